"""The exported network of several frames says what torch's says, and alone what the single one."""

from dataclasses import replace
import subprocess
import sys

import numpy as np
import pytest
from random_model import CANONICAL, random_multi_frame_model, random_multi_frame_network
from tiny_drive import tiny_drive
import torch

from depth_nodes.cli.predictor import make_predictor
from depth_nodes.errors import BackendError, CheckpointError
from depth_nodes.runtime.backend import (
    automatic_choices,
    BackendConfig,
    make_backend,
    MultiFrameBackend,
)
from depth_nodes.runtime.gpu import Gpu
from depth_nodes.runtime.model_store import find_model
from depth_nodes.runtime.previous_view import PreviousView

CONFIG = BackendConfig(num_threads=1)
SIZES = [(96, 96), (128, 160)]


@pytest.fixture(scope='module')
def backends():
    model = random_multi_frame_model()
    made = {name: make_backend(name, model, CONFIG) for name in ('onnx', 'torch')}
    yield made
    for backend in made.values():
        backend.close()


def images(size):
    return np.random.default_rng(0).random((2, 1, 3, *size), dtype=np.float32)


def pose(x_m=0.0, z_m=0.0):
    matrix = np.eye(4)
    matrix[:3, 3] = x_m, 0.01, z_m
    matrix[:3, :3] = [[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]]
    return matrix


def intrinsics(size):
    return np.array([[150.0, 0, size[1] / 2], [0, 140.0, size[0] / 2], [0, 0, 1]])


@pytest.mark.slow
@pytest.mark.parametrize('size', SIZES)
def test_it_agrees_with_torch_on_a_pair(backends, size):
    image, before = images(size)
    view = PreviousView(before, pose(0.3, -0.1), intrinsics(size))
    found, expected = (backends[name].infer_after(image, view) for name in ('onnx', 'torch'))
    assert found.shape == (1, 1, *size)
    assert np.abs(found - expected).max() <= 1e-4 * np.ptp(expected)
    assert np.abs(found - backends['onnx'].infer(image)).max() > 0.01


@pytest.mark.slow
@pytest.mark.parametrize('size', SIZES)
def test_alone_it_is_the_single_network(backends, size):
    image, before = images(size)
    with torch.inference_mode():
        expected = random_multi_frame_network().single(torch.from_numpy(image)).full.numpy()
    alone = backends['onnx'].infer(image)
    assert np.ptp(expected) > 0.05
    np.testing.assert_allclose(alone, expected, rtol=0, atol=1e-6)
    for standing in (np.eye(4), pose()):
        standing[:3, 3] = 0
        view = PreviousView(before, standing, intrinsics(size))
        np.testing.assert_array_equal(backends['onnx'].infer_after(image, view), alone)


@pytest.mark.slow
def test_a_folder_with_poses_is_predicted_as_by_torch():
    frames = [replace(one, stamp_ns=n * 10**8) for n, one in enumerate(tiny_drive(3))]
    model = random_multi_frame_model()
    depths = []
    for path, backend in ((model.onnx_path, 'onnx'), (model.safetensors_path, 'torch')):
        predict = make_predictor(str(path), backend, depth_range_m=(1e-3, 1e6))
        depths.append([predict(frame) for frame in frames])
        predict.close()
    for found, expected in zip(*depths, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3)


@pytest.mark.slow
def test_the_file_says_that_it_looks_back():
    found = find_model(str(random_multi_frame_model().onnx_path))
    assert found.is_multi_frame
    assert found.canonical == CANONICAL
    assert isinstance(make_backend('onnx', found, CONFIG), MultiFrameBackend)
    with pytest.raises(CheckpointError, match='export it anew'):
        make_backend('onnx', replace(found, is_multi_frame=False), CONFIG)


@pytest.mark.slow
def test_it_runs_without_torch():
    program = (
        'import sys; sys.modules["torch"] = None\n'
        'import numpy as np\n'
        'from depth_nodes.messages.camera import Camera\n'
        'from depth_nodes.runtime.estimator import make_estimator\n'
        'from depth_nodes.runtime.frame import Frame\n'
        f'estimator = make_estimator({str(random_multi_frame_model().onnx_path)!r}, "auto")\n'
        'camera, pose = Camera.from_fov(160, 120, 60.0), np.eye(4)\n'
        'image = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)\n'
        'for index in range(2):\n'
        '    pose[0, 3] = index\n'
        '    frame = Frame(image=image, camera=camera, stamp_ns=index * 10**8,\n'
        '                  world_from_camera=pose.copy())\n'
        '    ((_, estimate),) = estimator.estimate_batch({0: frame})\n'
        '    print(estimate.previous_frame, estimator.backend.name)\n'
    )
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ['none yet onnx', 'used onnx']


def test_tensorrt_says_what_to_choose_and_auto_knows(monkeypatch):
    model = replace(find_model('small_depth'), is_multi_frame=True)
    with pytest.raises(BackendError, match='which backend tensorrt cannot; choose onnx'):
        make_backend('tensorrt', model, CONFIG)
    gpu = Gpu(name='NVIDIA H200', compute_capability=(9, 0), driver_version='12.8')
    monkeypatch.setattr('depth_nodes.runtime.backend.find_gpu', lambda: gpu)
    assert [choice.backend for choice in automatic_choices(model, CONFIG)] == ['onnx', 'torch']
