"""`depth_nodes export`: the file runs, and knows what it was made for."""

from dataclasses import replace
import sys

import numpy as np
import pytest
from random_model import CANONICAL, random_model, random_weights, TINY
from random_refiner import (
    COARSE_SIZE_PX,
    random_refiner_graphs,
    random_refiner_weights,
    TILE_SIZE_PX,
)
from tiny_networks import TINY_MULTI_FRAME_DEPTH

from depth_nodes.cli.main import main
from depth_nodes.networks.checkpoints import Checkpoint, save_checkpoint
from depth_nodes.networks.multi_frame_depth import MultiFrameDepth
from depth_nodes.runtime.backend import BackendConfig, BACKENDS, make_backend
from depth_nodes.runtime.gpu import Gpu
from depth_nodes.runtime.model_store import file_sha256, find_model
from depth_nodes.runtime.refiner_backend import REFINER_BACKENDS


def test_an_exported_file_is_a_model(tmp_path, capsys):
    output = tmp_path / 'new' / 'small.onnx'
    weights = random_weights(TINY)
    options = ['--format', 'onnx', '--size', '128x160', '--output', str(output)]
    assert main(['export', '--model', str(weights.safetensors_path), *options]) == 0
    assert 'random for 128x160' in capsys.readouterr().out
    model = find_model(str(output))
    assert (model.name, model.license) == ('random', 'CC-BY-NC-4.0')
    assert (model.input_height_px, model.input_width_px) == (128, 160)
    assert model.canonical == CANONICAL
    image = np.random.default_rng(0).random((1, 3, 96, 96), dtype=np.float32)
    exported, trained = (
        make_backend(name, one, BackendConfig(num_threads=1)).infer(image)
        for name, one in (('onnx', model), ('torch', weights))
    )
    np.testing.assert_allclose(exported, trained, atol=1e-5)
    assert sorted(path.name for path in output.parent.iterdir()) == ['small.onnx']


@pytest.mark.slow
def test_a_refiner_is_two_files_that_belong_together():
    model = random_refiner_graphs()
    folder = model.onnx_path.parent
    graphs = {path.name for path in folder.glob('*.onnx')}
    assert graphs == {'random_refiner.onnx', 'random_refiner_coarse.onnx'}
    assert (model.name, model.license) == ('random_refiner', 'CC-BY-NC-4.0')
    assert (model.input_height_px, model.input_width_px) == COARSE_SIZE_PX
    assert (model.tile_height_px, model.tile_width_px) == TILE_SIZE_PX
    assert model.canonical == CANONICAL
    assert model.coarse.sha256('onnx') == file_sha256(model.coarse.onnx_path)


def test_engines_of_a_refiner_are_two_files_and_kept_for_the_nodes(tmp_path, monkeypatch, capsys):
    from depth_nodes.runtime import tensorrt_backend, tensorrt_refiner
    from depth_nodes.runtime.tensorrt_refiner_engines import LoadedEngine, RefinerEngines

    def load_engines(networks, *keys_and_cache):
        *keys, cache = keys_and_cache
        plans = [cache.load_or_build(key, lambda key=key: key.part.encode()) for key in keys]
        return RefinerEngines(*(LoadedEngine(plan, list) for plan in plans))

    gpu = Gpu(name='NVIDIA H200', compute_capability=(9, 0), driver_version='12.8')
    monkeypatch.setattr(tensorrt_backend, 'find_gpu', lambda: gpu)
    monkeypatch.setattr(tensorrt_backend, 'tensorrt_versions', dict)
    monkeypatch.setattr(tensorrt_refiner, 'load_engines', load_engines)
    make = on_torchs_cpu(tensorrt_refiner.TensorRtRefiner)
    monkeypatch.setitem(REFINER_BACKENDS, 'tensorrt', make)
    weights, output = str(random_refiner_weights().safetensors_path), tmp_path / 'a.engine'
    options = ['--format', 'tensorrt', '--size', '96x128', '--output', str(output)]
    options += ['--engine-cache-dir', str(tmp_path / 'engines')]
    assert main(['export', '--model', weights, *options]) == 0
    assert output.read_bytes() == b'refiner of 96x128'
    assert (tmp_path / 'a_coarse.engine').read_bytes() == b'coarse maps of 96x128'
    kept = list((tmp_path / 'engines').glob('*.engine'))
    said = capsys.readouterr().out
    assert len(kept) == 2
    assert all(f'{path}: the same' in said for path in kept)
    assert f'{tmp_path / "a_coarse.engine"}: its coarse network' in said


def test_no_engine_is_built_of_a_network_of_several_frames(tmp_path, capsys):
    weights, output = tmp_path / 'several.safetensors', tmp_path / 'several.engine'
    network = MultiFrameDepth(TINY_MULTI_FRAME_DEPTH)
    save_checkpoint(
        weights,
        Checkpoint(network=network, network_name='multi_frame_depth', canonical=CANONICAL),
    )
    options = ['--format', 'tensorrt', '--output', str(output)]
    assert main(['export', '--model', str(weights), *options]) == 1
    message = capsys.readouterr().err
    assert 'looks at a frame before' in message
    assert message.count('\n') == 1
    assert not output.exists()


def test_a_refiner_has_one_camera(tmp_path, capsys):
    weights = str(random_refiner_weights().safetensors_path)
    options = ['--format', 'tensorrt', '--cameras', '2', '--output', str(tmp_path / 'a.engine')]
    assert main(['export', '--model', weights, *options]) == 2
    message = capsys.readouterr().err
    assert 'leave --cameras away' in message
    assert message.count('\n') == 1


@pytest.mark.parametrize('size', ['192', '192x', '100x96', '64x96', '0x0', 'axb', '96x96000000'])
def test_a_size_that_no_network_takes_is_wrong_use(tmp_path, size, capsys):
    with pytest.raises(SystemExit) as caught:
        main(['export', '--model', 'a', '--size', size, '--output', str(tmp_path / 'a.onnx')])
    assert caught.value.code == 2
    assert '--size' in capsys.readouterr().err


def test_a_model_without_weights_is_one_line(tmp_path, capsys):
    graph = random_model().onnx_path
    assert main(['export', '--model', str(graph), '--output', str(tmp_path / 'a.onnx')]) == 1
    message = capsys.readouterr().err
    assert 'has no .safetensors file' in message
    assert message.count('\n') == 1


def test_a_missing_exporter_is_one_line(tmp_path, monkeypatch, capsys):
    weights = random_model().safetensors_path
    monkeypatch.setitem(sys.modules, 'onnxscript', None)
    assert main(['export', '--model', str(weights), '--output', str(tmp_path / 'a.onnx')]) == 1
    message = capsys.readouterr().err
    assert "pip install 'depth_nodes[train]'" in message
    assert message.count('\n') == 1


def on_torchs_cpu(kind):
    return lambda model, config: kind(model, replace(config, device='cpu'))


@pytest.mark.parametrize(('cameras', 'batch'), [([], 1), (['--cameras', '3'], 3)])
def test_an_engine_is_written_and_kept_for_the_nodes(
    tmp_path, monkeypatch, capsys, cameras, batch
):
    from depth_nodes.runtime import tensorrt_backend

    gpu = Gpu(name='NVIDIA H200', compute_capability=(9, 0), driver_version='12.8')
    built = []
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    monkeypatch.setattr(tensorrt_backend, 'find_gpu', lambda: gpu)
    monkeypatch.setattr(tensorrt_backend, 'tensorrt_versions', dict)
    monkeypatch.setattr(tensorrt_backend, 'load_compiler', lambda: None)
    monkeypatch.setattr(
        tensorrt_backend, 'compile_engine', lambda *given: built.append(given[1:]) or b'plan'
    )
    monkeypatch.setattr(tensorrt_backend, 'TensorRtEngine', lambda *_: str)
    monkeypatch.setattr(tensorrt_backend.TensorRtBackend, '_check', lambda *_: None)
    monkeypatch.setitem(BACKENDS, 'tensorrt', on_torchs_cpu(tensorrt_backend.TensorRtBackend))
    output = tmp_path / 'new' / 'small.engine'
    options = ['--format', 'tensorrt', '--size', '192x352', '--precision', 'fp32', *cameras]
    for _ in range(2):
        assert main(['export', '--model', 'small_depth', *options, '--output', str(output)]) == 0
    assert built == [((batch, 192, 352), 'fp32')]
    assert output.read_bytes() == b'plan'
    (kept,) = (tmp_path / 'cache').rglob('*.engine')
    assert f'{kept}: the same' in capsys.readouterr().out
    options += ['--engine-cache-dir', str(tmp_path / 'engines')]
    assert main(['export', '--model', 'small_depth', *options, '--output', str(output)]) == 0
    assert [path.name for path in (tmp_path / 'engines').glob('*.engine')] == [kept.name]
    assert [path.name for path in output.parent.iterdir()] == ['small.engine']


def test_an_engine_for_no_camera_is_refused(tmp_path, capsys):
    options = ['--format', 'tensorrt', '--cameras', '0', '--output', str(tmp_path / 'a.engine')]
    assert main(['export', '--model', 'small_depth', *options]) == 2
    assert '--cameras is 0' in capsys.readouterr().err


def test_an_engine_without_a_gpu_is_one_line(tmp_path, monkeypatch, capsys):
    from depth_nodes.runtime import tensorrt_backend

    monkeypatch.setattr(tensorrt_backend, 'find_gpu', lambda: None)
    options = ['--format', 'tensorrt', '--output', str(tmp_path / 'a.engine')]
    assert main(['export', '--model', 'small_depth', *options]) == 1
    message = capsys.readouterr().err
    assert 'needs an NVIDIA GPU' in message
    assert message.count('\n') == 1
    assert list(tmp_path.iterdir()) == []
