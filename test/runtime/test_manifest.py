"""The manifest is read strictly: every mistake names file and key."""

from pathlib import Path

import pytest

from depth_nodes.errors import CheckpointError, ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.runtime.manifest import ModelFiles, read_manifest

WHOLE = """
models:
  small:
    onnx: {file: small.onnx, sha256: aa}
    safetensors: {file: small.safetensors, sha256: bb}
    license: CC-BY-NC-4.0
    training_data: [kitti, rendered]
    input_height_px: 96
    input_width_px: 128
    canonical: {focal_px: 300, min_depth_m: 0.05, max_depth_m: 400.0}
    scores: {kitti: {abs_rel: 0.25}}
    num_parameters: 2354000
    summary: a test
    is_multi_frame: true
  bare:
    license: Apache-2.0
"""
REFINER = """
models:
  fine:
    license: MIT
    onnx: {file: fine.onnx, sha256: aa}
    safetensors: {file: fine.safetensors, sha256: bb}
    canonical: {focal_px: 300, min_depth_m: 0.05, max_depth_m: 400.0}
    input_width_px: 352
    tile_height_px: 192
    tile_width_px: 256
    coarse:
      onnx: {file: fine_coarse.onnx, sha256: cc}
      safetensors: {file: small.safetensors, sha256: dd}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / 'manifest.yaml'
    path.write_text(text)
    return path


def test_everything_is_read(tmp_path):
    models = read_manifest(written(tmp_path, WHOLE))
    assert models['small'] == ModelFiles(
        name='small',
        onnx_path=tmp_path / 'small.onnx',
        safetensors_path=tmp_path / 'small.safetensors',
        onnx_sha256='aa',
        safetensors_sha256='bb',
        canonical=CanonicalCamera(focal_px=300.0, min_depth_m=0.05, max_depth_m=400.0),
        input_height_px=96,
        input_width_px=128,
        license='CC-BY-NC-4.0',
        training_data=('kitti', 'rendered'),
        scores={'kitti': {'abs_rel': 0.25}},
        num_parameters=2354000,
        summary='a test',
        is_multi_frame=True,
    )
    assert models['bare'] == ModelFiles(name='bare', license='Apache-2.0')
    assert not models['small'].is_permissive
    assert models['bare'].is_permissive


def test_a_refiner_names_its_coarse_network_and_its_tiles(tmp_path):
    (model,) = read_manifest(written(tmp_path, REFINER)).values()
    assert (model.tile_height_px, model.tile_width_px) == (192, 256)
    assert (model.input_height_px, model.input_width_px) == (192, 352)
    assert model.coarse is not None
    assert model.path('onnx') == tmp_path / 'fine.onnx'
    assert model.coarse.path('onnx') == tmp_path / 'fine_coarse.onnx'
    assert model.coarse.path('safetensors') == tmp_path / 'small.safetensors'
    assert (model.coarse.sha256('onnx'), model.coarse.sha256('safetensors')) == ('cc', 'dd')
    assert model.coarse.coarse is None


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('model: {}', 'model: unknown key'),
        ('models: {a: {license: MIT, licence: MIT}}', r'models\.a\.licence: unknown key'),
        ('models: {a: {}}', r'models\.a\.license: is missing'),
        ('models: {a: {license: MIT, onnx: {file: a}}}', r'models\.a\.onnx\.sha256: is missing'),
        ('models: {a: {license: MIT, input_width_px: wide}}', 'input_width_px: must be of type'),
        ('models: {a: {license: MIT, input_width_px: -3}}', r'models\.a: input_width_px is -3'),
        ('models: {a: {license: MIT, canonical: {focal_px: -1}}}', r'canonical: focal_px is -1'),
        (
            'models: {a: {license: MIT, tile_width_px: 500}}',
            'tile_width_px is 500; .* multiple of',
        ),
        (
            'models: {a: {license: MIT, coarse: {file: a.onnx}}}',
            r'models\.a\.coarse\.file: unknown key',
        ),
        ('models: {1: {license: MIT}}', r'models\.1: must be of type str'),
        ('models: [a]', 'models: must hold keys'),
        ('models: {a', 'is not valid YAML'),
    ],
)
def test_a_mistake_names_file_and_key(tmp_path, text, reason):
    path = written(tmp_path, text)
    with pytest.raises(ConfigError, match=reason) as caught:
        read_manifest(path)
    assert str(path) in str(caught.value)
    assert '\n' not in str(caught.value)


def test_without_a_manifest_there_are_no_models(tmp_path):
    with pytest.raises(CheckpointError, match='is missing'):
        read_manifest(tmp_path / 'manifest.yaml')
