"""Whatever happens to one frame of a batch, the others get their depth; each has one outcome."""

from collections.abc import Iterator

import numpy as np
import pytest
from random_model import random_weights, TINY
from rclpy.parameter import Parameter
from sensor_msgs.msg import CameraInfo, Image

from depth_nodes.errors import BackendError
from depth_nodes.messages.camera import Camera, fill_camera_info
from depth_nodes.messages.image import fill_image
from depth_nodes.ros import frame_processor
from depth_nodes.ros.batch_processor import BatchProcessor
from depth_nodes.ros.frame_input import CameraFrame
from depth_nodes.ros.frame_monitor import FrameMonitor, OUTCOMES
from depth_nodes.ros.frame_processor import FrameProcessor
from depth_nodes.ros.nodes.depth_node import DepthNode
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.depth_estimate import EstimatorConfig
from depth_nodes.runtime.torch_estimator import TorchEstimator
from depth_nodes.runtime.torch_gpu_backend import TorchGpuBackend

CAMERAS = ['front', 'left', 'back', 'right']
LEFT = 1
LEFT_SIZE, SIZE = (96, 128), (160, 128)


class Batch:
    """A frame of each camera, and a GPU's estimator on torch's CPU for them."""

    def __init__(self, node: DepthNode) -> None:
        backend = TorchGpuBackend(
            random_weights(TINY), BackendConfig(precision='fp32', device='cpu')
        )
        config = EstimatorConfig(num_cameras=len(CAMERAS))
        self.estimator = TorchEstimator(backend, random_weights(TINY), config)
        self.outputs = node._pipeline.outputs
        self.monitors = [FrameMonitor(node.get_logger(), camera) for camera in CAMERAS]
        cameras = map(FrameProcessor, [node] * len(CAMERAS), self.outputs, self.monitors)
        self.process = BatchProcessor(self.estimator, list(cameras))
        self.frames = {index: self.frame(index) for index in range(len(CAMERAS))}

    def frame(self, index: int) -> CameraFrame:
        width, height = LEFT_SIZE if index == LEFT else SIZE
        image, camera_info = Image(), CameraInfo()
        fill_image(image, np.full((height, width, 3), 50 * index, np.uint8))
        fill_camera_info(camera_info, Camera.from_fov(width, height, 60.0))
        return CameraFrame(image=image, camera_info=camera_info)

    def outcomes(self) -> list[str]:
        """Of each camera's frame, which has one."""
        found = []
        for monitor in self.monitors:
            counts = monitor.snapshot().counts
            (outcome,) = [name for name in OUTCOMES for _ in range(counts[name])]
            found.append(outcome)
        return found


@pytest.fixture
def batch(context, harness) -> Iterator[Batch]:
    parameters = [Parameter('backend', value='fake'), Parameter('cameras', value=CAMERAS)]
    node = DepthNode(context=context, parameter_overrides=parameters)
    harness.add(node)
    node.start()
    for camera in CAMERAS:
        harness.collect(Image, f'{camera}/depth/image_rect')
    batch = Batch(node)
    harness.spin_until(lambda: all(outputs.has_subscribers for outputs in batch.outputs))
    return batch


def only_left(outcome: str) -> list[str]:
    return ['published', outcome, 'published', 'published']


def test_all_are_published(batch):
    batch.process(batch.frames)
    assert batch.outcomes() == ['published'] * 4
    assert set(batch.monitors[0].snapshot().times_ms) >= {'decode', 'load', 'pipeline', 'publish'}


def test_an_image_that_cannot_be_used_is_rejected(batch):
    batch.frames[LEFT].image.encoding = 'bayer_rggb8'
    batch.process(batch.frames)
    assert batch.outcomes() == only_left('rejected')


def test_a_camera_of_another_size_is_rejected(batch):
    batch.frames[LEFT].camera_info.width += 1
    batch.process(batch.frames)
    assert batch.monitors[LEFT].snapshot().counts['rejected: size'] == 1
    assert batch.outcomes() == only_left('rejected')


def test_what_nobody_wants_is_skipped(batch, monkeypatch):
    monkeypatch.setattr(batch.outputs[LEFT], 'publishers', [])
    batch.process(batch.frames)
    assert batch.outcomes() == only_left('skipped')


def test_an_error_while_decoding_fails_one_frame(batch, monkeypatch):
    decode = frame_processor.camera_from_message
    monkeypatch.setattr(
        frame_processor,
        'camera_from_message',
        lambda message: decode(message) if message.width == SIZE[0] else 1 / 0,
    )
    batch.process(batch.frames)
    assert batch.outcomes() == only_left('failed')


def test_an_error_while_publishing_fails_one_frame(batch, monkeypatch):
    monkeypatch.setattr(batch.outputs[LEFT], 'publish', lambda *_: 1 / 0)
    batch.process(batch.frames)
    assert batch.outcomes() == only_left('failed')


def test_whatever_is_raised_fails_one_frame(batch, monkeypatch):
    def leave(*_):
        raise SystemExit

    monkeypatch.setattr(batch.outputs[LEFT], 'publish', leave)
    batch.process(batch.frames)
    assert batch.outcomes() == only_left('failed')


@pytest.mark.parametrize('order', [[0, 1, 2, 3], [1, 0, 2, 3], [3, 2, 0, 1]])
def test_a_size_that_cannot_be_run_fails_its_own_frames(batch, monkeypatch, order):
    network, left_shape = batch.estimator.backend.network, batch.estimator._shape_of(128, 96)

    def network_or_not(shape):
        if shape == left_shape:
            raise BackendError('no such engine')
        return network(shape)

    monkeypatch.setattr(batch.estimator.backend, 'network', network_or_not)
    batch.process({index: batch.frames[index] for index in order})
    assert batch.outcomes() == only_left('failed')
    assert batch.monitors[LEFT].snapshot().problem == 'frame failed: no such engine'


def test_an_engine_that_is_lost_fails_each_frame_once(batch):
    batch.estimator.backend.close()
    batch.process(batch.frames)
    assert batch.outcomes() == ['failed'] * 4


def test_the_end_of_ros_is_no_failure(batch, context):
    context.try_shutdown()
    batch.process(batch.frames)
    assert sum(monitor.snapshot().counts['failed'] for monitor in batch.monitors) == 0
