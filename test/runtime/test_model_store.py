"""Models are found by name and by path, and a file that is not whole is refused."""

import hashlib
import json
from pathlib import Path
import sys

import onnx
import pytest
from random_model import CANONICAL, random_model
from random_refiner import COARSE_SIZE_PX, random_refiner_weights, TILE_SIZE_PX

from depth_nodes.errors import BackendError, CheckpointError
from depth_nodes.runtime import model_store
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.model_store import (
    default_models_dir,
    file_sha256,
    find_model,
    find_share,
    list_models,
    verified_path,
)

MANIFEST = 'models: {{small: {{license: MIT, onnx: {{file: small.onnx, sha256: {sha256}}}}}}}'


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    content = b'weights'
    (tmp_path / 'small.onnx').write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    (tmp_path / 'manifest.yaml').write_text(MANIFEST.format(sha256=sha256))
    return tmp_path


def test_a_model_is_found_by_name(models_dir):
    assert find_model('small', models_dir) == list_models(models_dir)[0]


def test_an_unknown_name_lists_the_known_ones(models_dir):
    with pytest.raises(CheckpointError, match="no model 'large' .* holds small"):
        find_model('large', models_dir)


def test_the_fake_model_needs_nothing(tmp_path):
    assert find_model('fake', tmp_path).onnx_path is None


def test_a_whole_file_passes(models_dir):
    assert verified_path(find_model('small', models_dir), 'onnx') == models_dir / 'small.onnx'


def test_a_damaged_file_is_refused_even_after_a_whole_one(models_dir):
    model = find_model('small', models_dir)
    verified_path(model, 'onnx')
    (models_dir / 'small.onnx').write_bytes(b'weights, damaged')
    with pytest.raises(CheckpointError, match=r'is damaged.* restore it .*git checkout models/'):
        verified_path(model, 'onnx')


def test_a_missing_file_is_refused(models_dir):
    (models_dir / 'small.onnx').unlink()
    with pytest.raises(CheckpointError, match='is missing; restore it from the release'):
        verified_path(find_model('small', models_dir), 'onnx')


def test_a_missing_file_without_a_hash_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match='is missing'):
        verified_path(ModelFiles(name='a', onnx_path=tmp_path / 'a.onnx'), 'onnx')


def test_a_hash_is_computed_once(models_dir, monkeypatch):
    path = models_dir / 'small.onnx'
    first = file_sha256(path)
    monkeypatch.setattr(Path, 'read_bytes', lambda self: pytest.fail('the file was read again'))
    assert file_sha256(path) == first


@pytest.mark.parametrize('kind', ['onnx', 'safetensors'])
def test_a_file_describes_itself(kind):
    path = random_model().path(kind)
    model = find_model(str(path))
    assert model.path(kind) == path
    assert model.name == 'random'
    assert model.canonical == CANONICAL
    assert (model.input_height_px, model.input_width_px) == (96, 128)
    assert model.license == 'CC-BY-NC-4.0'


def test_a_refiner_finds_its_coarse_network_beside_it():
    path = random_refiner_weights().safetensors_path
    model = find_model(str(path))
    assert (model.input_height_px, model.input_width_px) == COARSE_SIZE_PX
    assert (model.tile_height_px, model.tile_width_px) == TILE_SIZE_PX
    assert model.coarse.safetensors_path == path.with_name('random_coarse.safetensors')


def test_else_a_refiner_finds_its_coarse_network_among_the_models(tmp_path, models_dir):
    path = tmp_path / 'fine' / 'fine.safetensors'
    path.parent.mkdir()
    path.write_bytes(described_by({}, {'coarse': 'small', 'coarse_size': [192, 352]}))
    model = find_model(str(path), models_dir)
    assert model.coarse == find_model('small', models_dir)
    assert (model.input_height_px, model.input_width_px) == (192, 352)
    assert (model.tile_height_px, model.tile_width_px) == (384, 512)
    (models_dir / 'manifest.yaml').write_text('models: {}')
    with pytest.raises(CheckpointError, match="no model 'small'"):
        find_model(str(path), models_dir)


def test_an_onnx_file_needs_onnxruntime(monkeypatch):
    path = random_model().onnx_path
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    with pytest.raises(BackendError, match='pip install onnxruntime'):
        find_model(str(path))


def safetensors_of(header: object) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, 'little') + text


def described_by(canonical: object, metadata: object) -> bytes:
    header = json.dumps({'canonical': canonical, 'metadata': metadata})
    return safetensors_of({'__metadata__': {'depth_nodes': header}})


DAMAGED = {
    'deep.safetensors': (10**5).to_bytes(8, 'little') + b'[' * 10**5,
    'negative.safetensors': described_by({'focal_px': -1.0}, {}),
    'lettered.safetensors': described_by({'focal_px': 'x'}, {}),
    'flat.safetensors': described_by({}, {'input_height_px': 0}),
    'odd.safetensors': described_by(
        {}, {'coarse': 'a', 'coarse_size': [96, 96], 'tile_size': [9]}
    ),
    'sizeless.safetensors': described_by({}, {'coarse': 'a'}),
    'empty.safetensors': b'',
    'noise.safetensors': bytes(range(256)),
    'list.safetensors': safetensors_of([1]),
    'foreign.safetensors': safetensors_of({'__metadata__': {'format': 'pt'}}),
    'wrong.safetensors': safetensors_of({'__metadata__': {'depth_nodes': '{"canonical": 3}'}}),
    'noise.onnx': bytes(range(256)),
    'empty.onnx': b'',
}


@pytest.mark.parametrize('name', DAMAGED)
def test_a_damaged_or_foreign_file_is_one_line(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(DAMAGED[name])
    with pytest.raises(CheckpointError, match=name) as caught:
        find_model(str(path))
    assert '\n' not in str(caught.value)


def test_a_foreign_onnx_file_is_refused(tmp_path):
    path = tmp_path / 'foreign.onnx'
    model = onnx.load(random_model().onnx_path)
    del model.metadata_props[:]
    onnx.save(model, path)
    with pytest.raises(CheckpointError, match='which camera'):
        find_model(str(path))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match='is missing'):
        find_model(str(tmp_path / 'none.onnx'))


@pytest.mark.parametrize('place', ['package', 'python', 'ament'])
def test_installed_models_are_found(tmp_path, monkeypatch, place):
    prefix = tmp_path / 'prefix'
    installed = prefix / 'share' / 'depth_nodes' / 'models'
    installed.mkdir(parents=True)
    (installed / 'manifest.yaml').write_text('models: {}')
    package = (
        prefix if place == 'package' else tmp_path
    ) / 'lib/python3/site-packages/depth_nodes'
    monkeypatch.setattr(model_store, 'PACKAGE_DIR', package)
    monkeypatch.setattr(sys, 'prefix', str(prefix if place == 'python' else tmp_path / 'none'))
    ament = f'{tmp_path / "other"}:{prefix}' if place == 'ament' else ''
    monkeypatch.setenv('AMENT_PREFIX_PATH', ament)
    assert default_models_dir() == installed
    assert find_share(Path('models/manifest.yaml')) == installed / 'manifest.yaml'
    assert find_share(Path('models/none.yaml')) is None
    assert list_models() == []


def test_without_any_installation_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(model_store, 'PACKAGE_DIR', tmp_path / 'depth_nodes')
    monkeypatch.setattr(sys, 'prefix', str(tmp_path))
    monkeypatch.delenv('AMENT_PREFIX_PATH', raising=False)
    with pytest.raises(CheckpointError, match='install depth_nodes again'):
        find_model('small_depth')
