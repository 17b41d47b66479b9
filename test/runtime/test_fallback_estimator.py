"""`auto` takes what works, says why it is not something better, and hides no damaged file."""

from dataclasses import replace
import logging
import sys

import numpy as np
import pytest

from depth_nodes.errors import BackendError, CheckpointError, InputError
from depth_nodes.messages.camera import Camera
from depth_nodes.runtime import backend as backend_module
from depth_nodes.runtime import estimator as estimator_module
from depth_nodes.runtime.backend import BackendConfig, BACKENDS
from depth_nodes.runtime.depth_estimate import EstimatorConfig
from depth_nodes.runtime.estimator import DepthEstimator, make_estimator
from depth_nodes.runtime.fake_backend import FakeBackend
from depth_nodes.runtime.fallback_estimator import FallbackEstimator
from depth_nodes.runtime.filter_config import FilterConfig
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.gpu import Gpu
from depth_nodes.runtime.model_store import fake_model, find_model

CAMERA = Camera.from_fov(128, 96, 60.0)
IMAGE = np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)
CONFIG = EstimatorConfig(input_height_px=96, input_width_px=128)
SHIPPED = find_model('small_depth')
GPU = Gpu(name='NVIDIA H200', compute_capability=(9, 0), driver_version='12.8')


class Frail:
    """The fake network, until `reason` says why not."""

    device, precision = 'cpu', 'fp32'

    def __init__(self, name: str, reason: str = '') -> None:
        self.name, self.reason = name, reason
        self.num_calls, self.is_closed = 0, False
        self._fake = FakeBackend(fake_model(), BackendConfig())

    def infer(self, image: np.ndarray) -> np.ndarray:
        self.num_calls += 1
        if self.reason:
            raise BackendError(self.reason)
        return self._fake.infer(image)

    def close(self) -> None:
        self.is_closed = True


def automatic(*choices: Frail | str) -> FallbackEstimator:
    """Of backends that load, and of reasons why one does not."""

    def loader(choice: Frail | str):
        def load():
            if isinstance(choice, str):
                raise BackendError(choice)
            return DepthEstimator(choice, fake_model(), CONFIG)

        return load

    labels = [getattr(choice, 'name', f'number {index}') for index, choice in enumerate(choices)]
    loaders = dict(zip(labels, map(loader, choices), strict=True))
    return FallbackEstimator(fake_model(), CONFIG, loaders)


def test_the_first_that_works_runs_and_the_others_are_not_loaded():
    first, second = Frail('first'), Frail('second')
    estimator = automatic(first, second)
    estimator.estimate(IMAGE, CAMERA)
    assert (first.num_calls, second.num_calls) == (1, 0)
    assert estimator.backend is first
    assert estimator.fallbacks == ()


def test_whatever_runs_has_the_filters_that_were_set_last():
    first, second = Frail('first'), Frail('second')
    estimator = automatic(first, second)
    wanted = FilterConfig(flying_pixels='all', is_temporal=True)
    estimator.filters = wanted
    first.reason = 'lost the device'
    estimator.estimate(IMAGE, CAMERA)
    assert estimator.backend is second
    assert estimator._current.filters == wanted


def test_what_does_not_load_is_passed_over_with_one_warning_each(caplog):
    with caplog.at_level(logging.WARNING):
        estimator = automatic('no library', 'no file', Frail('last'))
        for _ in range(3):
            estimator.estimate(IMAGE, CAMERA)
    assert estimator.backend.name == 'last'
    assert estimator.fallbacks == ('number 0: no library', 'number 1: no file')
    assert [record.getMessage() for record in caplog.records] == [
        'backend number 0 cannot run fake: no library',
        'backend number 1 cannot run fake: no file',
    ]


def test_what_fails_at_a_frame_is_left_for_good_and_the_frame_is_not_lost(caplog):
    first, second = Frail('first'), Frail('second')
    estimator = automatic(first, 'no library', second)
    expected = estimator.estimate(IMAGE, CAMERA).depth_m.copy()
    first.reason = 'the engine cannot be built'
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            np.testing.assert_array_equal(estimator.estimate(IMAGE, CAMERA).depth_m, expected)
    assert (first.num_calls, second.num_calls, first.is_closed) == (2, 2, True)
    assert estimator.backend is second
    reasons = ('first: the engine cannot be built', 'number 1: no library')
    assert estimator.fallbacks == reasons
    assert len(caplog.records) == len(reasons)


BATCH = {index: Frame(image=np.roll(IMAGE, index), camera=CAMERA) for index in range(4)}


def test_in_the_middle_of_a_batch_the_next_one_takes_what_is_left():
    first, second, third = (Frail(name) for name in ('first', 'second', 'third'))
    second.reason = 'no memory'
    estimator = automatic(first, second, third)
    order = []
    for index, estimate in estimator.estimate_batch(BATCH):
        order.append(index)
        first.reason = 'lost the device' if index == 1 else ''
        frame = BATCH[index]
        expected = automatic(Frail('alone')).estimate(frame.image, frame.camera).depth_m
        np.testing.assert_array_equal(estimate.depth_m, expected)
    assert order == [0, 1, 2, 3]
    assert [one.num_calls for one in (first, second, third)] == [3, 1, 2]
    assert estimator.fallbacks == ('first: lost the device', 'second: no memory')


def test_where_none_is_left_what_has_come_has_come():
    last = Frail('last')
    batch = automatic(last).estimate_batch(BATCH)
    assert next(batch)[0] == 0
    last.reason = 'lost the device'
    with pytest.raises(BackendError, match='^lost the device$'):
        next(batch)


def test_a_batch_is_as_large_as_that_of_what_runs():
    class Batching(DepthEstimator):
        batch_size = 4

    first, second = Frail('first', 'lost the device'), Frail('second')
    loaders = {
        'first': lambda: Batching(first, fake_model(), CONFIG),
        'second': lambda: DepthEstimator(second, fake_model(), CONFIG),
    }
    estimator = FallbackEstimator(fake_model(), CONFIG, loaders)
    assert estimator.batch_size == 4
    estimator.estimate(IMAGE, CAMERA)
    assert estimator.batch_size == 1


@pytest.mark.parametrize('unloadable', [(), ('no library',)])
def test_the_last_one_stays_and_every_frame_says_what_is_wrong(unloadable):
    last = Frail('last')
    estimator = automatic(last, *unloadable)
    last.reason = 'out of memory'
    for _ in range(3):
        with pytest.raises(BackendError, match='^out of memory$'):
            estimator.estimate(IMAGE, CAMERA)
    last.reason = ''
    estimator.estimate(IMAGE, CAMERA)
    assert not last.is_closed
    assert len(estimator.fallbacks) == 2 * len(unloadable)
    estimator.close()
    assert last.is_closed


def test_when_none_loads_every_reason_is_given():
    with pytest.raises(BackendError, match=r'fake; number 0: no library; number 1: no file$'):
        automatic('no library', 'no file')


def test_an_image_that_cannot_be_used_is_no_reason_to_fall_back():
    first = Frail('first')
    estimator = automatic(first, Frail('second'))
    with pytest.raises(InputError):
        estimator.estimate(IMAGE[1:], CAMERA)
    assert estimator.backend is first


def test_what_runs_says_how_to_warm_up():
    estimator = automatic('no library', Frail('last'))
    assert estimator.warm_up_sizes_px == [(96, 128)]
    assert estimator.activity == estimator.problem == ''


@pytest.mark.parametrize('reasons', [[''], ['no memory', '']])
def test_the_first_that_can_is_warmed_up_in_its_own_way(monkeypatch, reasons):
    """Not by frames: those would count as images that came."""
    warmed = []

    def warm_up(self, height, width):
        warmed.append(self.backend.name)
        if self.backend.reason:
            raise BackendError(self.backend.reason)

    monkeypatch.setattr(DepthEstimator, 'warm_up', warm_up)
    backends = [Frail(f'number {index}', reason) for index, reason in enumerate(reasons)]
    estimator = automatic(*backends)
    estimator.warm_up(96, 128)
    assert warmed == [one.name for one in backends]
    assert estimator.backend is backends[-1]
    assert [one.num_calls for one in backends] == [0] * len(backends)


def test_where_nothing_can_be_warmed_up_the_last_says_why():
    with pytest.raises(BackendError, match='^no kernel$'):
        automatic(Frail('first', 'no memory'), Frail('second', 'no kernel')).warm_up(96, 128)


# From here on, the choices that are really made.


@pytest.fixture
def a_gpu(monkeypatch):
    """A driver that reports a GPU, which neither torch nor TensorRT finds."""
    monkeypatch.setattr(backend_module, 'find_gpu', lambda: GPU)


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(backend_module, 'find_gpu', lambda: None)


def automatic_of(monkeypatch, model):
    monkeypatch.setattr(estimator_module, 'find_model', lambda *_: model)
    return make_estimator('small_depth', 'auto', estimator_config=CONFIG)


def test_without_a_gpu_onnx_is_taken_without_a_warning(monkeypatch, no_gpu):
    estimator = automatic_of(monkeypatch, SHIPPED)
    assert (estimator.backend.name, estimator.backend.device) == ('onnx', 'cpu')
    assert estimator.fallbacks == ()


def test_without_a_gpu_torch_is_the_last_resort(monkeypatch, no_gpu, caplog):
    with caplog.at_level(logging.WARNING):
        estimator = automatic_of(monkeypatch, replace(SHIPPED, onnx_path=None))
    assert (estimator.backend.name, estimator.backend.device) == ('torch', 'cpu')
    assert 'has no .onnx file' in caplog.text


def test_an_engine_that_is_not_installed_is_passed_over(monkeypatch, no_gpu):
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    assert automatic_of(monkeypatch, SHIPPED).backend.name == 'torch'


def test_a_gpu_that_nothing_can_use_ends_on_the_cpu_and_says_why(monkeypatch, a_gpu):
    import torch

    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    estimator = automatic_of(monkeypatch, SHIPPED)
    assert (estimator.backend.name, estimator.backend.device) == ('onnx', 'cpu')
    tensorrt, torch_reason = estimator.fallbacks
    assert tensorrt.startswith('tensorrt on the GPU: ')
    assert torch_reason.startswith('torch on the GPU: torch finds no GPU')


@pytest.mark.parametrize('num_failing', range(5))
def test_the_order_with_a_gpu(monkeypatch, a_gpu, num_failing):
    order = ['tensorrt/cuda', 'torch/cuda', 'onnx/cuda', 'onnx/cpu', 'torch/cpu']

    def make(name):
        def load(model, config):
            if f'{name}/{config.device}' in order[:num_failing]:
                raise BackendError('broken')
            backend = Frail(name)
            backend.device = config.device
            return backend

        return load

    for name in ('tensorrt', 'torch', 'onnx'):
        monkeypatch.setitem(BACKENDS, name, make(name))
    monkeypatch.setattr(backend_module, '_has_onnx_on_gpu', lambda: True)
    estimator = automatic_of(monkeypatch, SHIPPED)
    assert f'{estimator.backend.name}/{estimator.backend.device}' == order[num_failing]
    assert len(estimator.fallbacks) == num_failing


@pytest.mark.parametrize('gpu', [None, GPU])
@pytest.mark.parametrize('content', [None, b'damaged'])
def test_a_missing_or_damaged_file_is_not_hidden(tmp_path, monkeypatch, content, gpu):
    monkeypatch.setattr(backend_module, 'find_gpu', lambda: gpu)
    path = tmp_path / 'small.onnx'
    if content is not None:
        path.write_bytes(content)
    model = replace(SHIPPED, onnx_path=path, onnx_sha256='0' * 64, safetensors_path=None)
    with pytest.raises(CheckpointError, match='restore it from the release'):
        automatic_of(monkeypatch, model)


def test_without_any_file_every_reason_is_given(monkeypatch, no_gpu):
    model = replace(SHIPPED, onnx_path=None, safetensors_path=None)
    with pytest.raises(BackendError, match=r'onnx: .* torch: '):
        automatic_of(monkeypatch, model)


def test_the_fake_model_runs_on_the_fake_backend(a_gpu):
    assert make_estimator('fake', 'auto').backend.name == 'fake'
