"""Several cameras on one node, over real DDS: no depth is mixed up, and none waits for another."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
import re
import threading
from typing import Any

import cv2
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import numpy as np
import pytest
from random_model import random_weights, TINY
from rclpy.parameter import Parameter
from rclpy.serialization import serialize_message
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2

from depth_nodes.messages.camera import Camera, camera_from_message, fill_camera_info
from depth_nodes.messages.cloud import points_from_cloud
from depth_nodes.messages.depth import depth_from_image
from depth_nodes.messages.image import fill_image
from depth_nodes.ros.nodes.depth_node import DepthNode
from depth_nodes.runtime.backend import BackendConfig, BACKENDS
from depth_nodes.runtime.depth_estimate import EstimatorConfig
from depth_nodes.runtime.estimator import make_estimator
from depth_nodes.runtime.torch_gpu_backend import TorchGpuBackend

NETWORK_SIZE = {'input_height_px': 96, 'input_width_px': 128}
SIZES = {'front': (160, 128), 'left': (96, 128), 'right': (160, 128)}
# What these are for the network, padding included.
WIDTH, LEFT_WIDTH = 128, 96
OUTPUTS = {'depth/image_rect': Image, 'depth/camera_info': CameraInfo, 'depth/points': PointCloud2}


@dataclass
class Stream:
    """A camera with a scene and a lens of its own, and what the node makes of it."""

    name: str
    images: Any
    camera_infos: Any
    outputs: list[list[Any]]
    seed: int
    image: Image = field(default_factory=Image)
    camera_info: CameraInfo = field(default_factory=CameraInfo)

    def __post_init__(self) -> None:
        width, height = SIZES[self.name]
        camera = Camera.from_fov(width, height, 50.0 + 10 * self.seed)
        self.rgb = np.random.default_rng(self.seed).integers(0, 256, (height, width, 3), np.uint8)
        self.rgb //= 1 + self.seed
        fill_image(self.image, self.rgb)
        fill_camera_info(self.camera_info, camera)
        self.image.header.frame_id = f'{self.name}_optical_frame'

    def send(self, second: int) -> None:
        stamp = self.image.header.stamp
        stamp.sec, stamp.nanosec = second, 111_111_111 * (1 + self.seed)
        self.images.publish(self.image)
        self.camera_infos.publish(self.camera_info)

    def expected_depth(self, model: str = 'fake', backend: str = 'fake') -> np.ndarray:
        estimator = make_estimator(
            model,
            backend,
            backend_config=BackendConfig(precision='fp32'),
            estimator_config=EstimatorConfig(**NETWORK_SIZE),
        )
        return estimator.estimate(self.rgb, camera_from_message(self.camera_info)).depth_m

    @property
    def seconds(self) -> list[int]:
        """Of the depth images that came."""
        return [depth.header.stamp.sec for depth in self.outputs[0]]


class Rig:
    """Cameras around one depth_node."""

    def __init__(self, harness: Any, parameters: dict[str, Any], topics: list[str]) -> None:
        self.harness = harness
        parameters = {
            'backend': 'fake', 'cameras': list(SIZES), 'diagnostics_period_s': 0.1,
            **NETWORK_SIZE, **parameters,
        }  # fmt: skip
        overrides = [Parameter(name, value=value) for name, value in parameters.items()]
        self.node = DepthNode(context=harness.context, parameter_overrides=overrides)
        harness.add(self.node)
        self.node.start()
        self.streams = {
            name: Stream(
                name,
                harness.publisher(Image, f'{name}/image'),
                harness.publisher(CameraInfo, f'{name}/camera_info'),
                [harness.collect(OUTPUTS[topic], f'{name}/{topic}') for topic in topics],
                seed,
            )
            for seed, name in enumerate(SIZES)
        }
        self.messages: list[DiagnosticArray] = harness.collect(DiagnosticArray, '/diagnostics')
        harness.spin_until(self._is_connected)

    def _is_connected(self) -> bool:
        publishers = [one.images for one in self.streams.values()]
        publishers += [one.camera_infos for one in self.streams.values()]
        outputs = [one for outputs in self.node._pipeline.outputs for one in outputs.publishers]
        num_collected = sum(len(one.outputs) for one in self.streams.values())
        return (
            all(one.get_subscription_count() for one in publishers)
            and sum(one.get_subscription_count() for one in outputs) == num_collected
        )

    def statuses(self) -> dict[str, DiagnosticStatus]:
        """The newest of each camera."""
        return {one.name: one for message in self.messages for one in message.status}

    def status(self, name: str) -> DiagnosticStatus:
        return self.statuses().get(f'depth_node: depth {name}', DiagnosticStatus())

    def values(self, name: str) -> dict[str, str]:
        return {value.key: value.value for value in self.status(name).values}

    def wait_for_counts(self, name: str, **counts: int) -> None:
        expected = {f'frames {outcome}': str(count) for outcome, count in counts.items()}
        self.harness.spin_until(lambda: expected.items() <= self.values(name).items())


@pytest.fixture
def make_rig(harness):
    def make(topics=('depth/image_rect',), **parameters) -> Rig:
        return Rig(harness, parameters, list(topics))

    return make


def test_each_camera_gets_its_own_depth_under_its_own_header(make_rig):
    rig = make_rig(OUTPUTS)
    for second, stream in enumerate(rig.streams.values()):
        stream.send(second)
    rig.harness.spin_until(lambda: all(all(one.outputs) for one in rig.streams.values()))
    depths = {}
    for name, stream in rig.streams.items():
        ((depth,), (info,), (cloud,)) = stream.outputs
        expected = stream.expected_depth()
        depths[name] = depth_from_image(depth)
        np.testing.assert_array_equal(depths[name], expected)
        np.testing.assert_allclose(points_from_cloud(cloud)[..., 2], expected, rtol=1e-6)
        assert camera_from_message(info) == camera_from_message(stream.camera_info)
        header = serialize_message(stream.image.header)
        assert {serialize_message(one.header) for one in (depth, info, cloud)} == {header}
    assert np.abs(depths['front'] / depths['right'] - 1).min() > 0.05  # the scenes do differ


def test_a_silent_camera_holds_nobody_and_says_why_nothing_comes(make_rig):
    rig = make_rig()
    rig.harness.node.destroy_publisher(rig.streams['right'].images)
    for second in range(5):
        for name in ('front', 'left'):
            rig.streams[name].send(second)
        rig.harness.spin_until(
            lambda count=second + 1: all(
                len(rig.streams[name].outputs[0]) == count for name in ('front', 'left')
            )
        )
    silence = re.compile(r'no image for \d+ s: nobody publishes /right/image')
    rig.harness.spin_until(lambda: silence.search(rig.status('right').message))
    assert set(rig.statuses()) == {f'depth_node: depth {name}' for name in SIZES}
    assert 'right' not in rig.status('left').message
    rig.wait_for_counts('front', received=5, published=5)
    rig.wait_for_counts('right', received=0, published=0)
    assert rig.values('left')['model'] == 'fake'


def test_garbage_of_one_camera_costs_its_own_frames_alone(make_rig, capfd):
    rig = make_rig()
    left = rig.streams['left']
    for second in range(4):
        left.image.encoding = 'rgb8' if second % 2 else 'garbage'
        for name in SIZES:
            rig.streams[name].send(second)
        rig.wait_for_counts('left', rejected=second // 2 + 1, published=(second + 1) // 2)
        rig.wait_for_counts('right', published=second + 1)
    assert left.seconds == [1, 3]
    assert rig.streams['front'].seconds == rig.streams['right'].seconds == [0, 1, 2, 3]
    assert 'left: frame rejected: ' in capfd.readouterr().err
    rig.wait_for_counts('front', rejected=0, failed=0)


def test_a_camera_without_camera_info_holds_nobody(make_rig):
    rig = make_rig()
    front, left = rig.streams['front'], rig.streams['left']
    for received in (1, 2):
        left.images.publish(left.image)
        rig.wait_for_counts('left', received=received, rejected=received - 1)
        front.send(received)
        rig.wait_for_counts('front', published=received)
    assert 'no message on /left/camera_info yet' in ' '.join(
        one.message for message in rig.messages for one in message.status
    )
    assert 'no camera_info' not in rig.status('front').message


def test_the_newest_frame_of_each_camera_wins_and_each_counts_its_drops(make_rig):
    rig = make_rig()
    backend = rig.node._pipeline.estimator.backend
    infer, may_go, started = backend.infer, threading.Event(), threading.Event()

    def wait_and_infer(image):
        started.set()
        assert may_go.wait(timeout=20)
        return infer(image)

    backend.infer = wait_and_infer
    rig.streams['right'].send(0)
    rig.harness.spin_until(started.is_set)
    received = defaultdict(int)
    for name, second in [('front', 1), ('left', 2), ('front', 3), ('front', 4)]:
        rig.streams[name].send(second)
        received[name] += 1
        rig.wait_for_counts(name, received=received[name])
    may_go.set()
    for name, dropped in [('front', 2), ('left', 0), ('right', 0)]:
        rig.wait_for_counts(name, dropped=dropped, published=1)
    assert [rig.streams[name].seconds for name in SIZES] == [[4], [2], [0]]


def test_an_error_at_one_camera_is_loud_and_costs_the_others_nothing(make_rig, capfd):
    rig = make_rig()
    backend = rig.node._pipeline.estimator.backend
    infer = backend.infer
    backend.infer = lambda image: infer(image) if image.shape[3] != LEFT_WIDTH else 1 / 0
    for second in range(2):
        for stream in rig.streams.values():
            stream.send(second)
        rig.wait_for_counts('left', failed=second + 1)
        for name in ('front', 'right'):
            rig.wait_for_counts(name, published=second + 1, failed=0)
    log = capfd.readouterr().err
    assert 'left: frame failed: ZeroDivisionError' in log
    assert 'front: ' not in log


def test_on_a_gpu_cameras_of_one_size_are_one_batch(monkeypatch, tmp_path, make_rig):
    """The same way on torch's CPU."""
    monkeypatch.setitem(
        BACKENDS,
        'torch',
        lambda model, config: TorchGpuBackend(model, replace(config, device='cpu')),
    )
    model = str(random_weights(TINY).safetensors_path)
    # In a folder of its own: sizes that earlier starts have noted would be prepared for.
    folder = str(tmp_path / 'engines')
    rig = make_rig(backend='torch', precision='fp32', model=model, engine_cache_dir=folder)
    backend = rig.node._pipeline.estimator.backend
    shapes = []
    network = backend.network
    backend.network = lambda shape: shapes.append(shape) or network(shape)
    for second in range(3):
        for stream in rig.streams.values():
            stream.send(second)
        for name in SIZES:
            rig.wait_for_counts(name, published=second + 1)
    assert set(shapes) == {(3, 96, WIDTH), (3, 96, LEFT_WIDTH)}
    for stream in rig.streams.values():
        assert stream.seconds == [0, 1, 2]
        depth = depth_from_image(stream.outputs[0][-1])
        expected = stream.expected_depth(model, 'torch')
        assert np.isfinite(expected).mean() > 0.5
        np.testing.assert_allclose(depth, expected, rtol=1e-5)


def test_topics_can_be_remapped_one_by_one(context, harness):
    overrides = [
        Parameter(name, value=value)
        for name, value in {
            'backend': 'fake',
            'cameras': ['front', 'left'],
            'image_transport': 'compressed',
        }.items()
    ]
    arguments = ['--ros-args', '-r', '__ns:=/robot', '-r', 'front/image:=/rig/front/raw']
    arguments += ['-r', 'image:=/other', '-r', 'left/depth/points:=left_points']
    node = DepthNode(context=context, parameter_overrides=overrides, cli_args=arguments)
    harness.add(node)
    node.start()
    subscribed = {one.topic_name for one in node.subscriptions}
    assert {'/rig/front/raw/compressed', '/robot/left/image/compressed'} <= subscribed
    assert {'/robot/front/camera_info', '/robot/left/camera_info'} <= subscribed
    published = {one.topic_name for one in node.publishers}
    assert {'/robot/left_points', '/robot/front/depth/points'} <= published
    for name in ('depth/image_rect', 'depth/camera_info'):
        assert f'/robot/left/{name}' in published
    publisher = harness.publisher(CompressedImage, '/rig/front/raw/compressed')
    infos = harness.publisher(CameraInfo, '/robot/front/camera_info')
    depths = harness.collect(Image, '/robot/front/depth/image_rect')
    harness.spin_until(lambda: node.count_subscribers('/robot/front/depth/image_rect'))
    harness.spin_until(infos.get_subscription_count)
    harness.spin_until(publisher.get_subscription_count)
    message = CompressedImage(format='png')
    message.data = cv2.imencode('.png', np.zeros((80, 96, 3), np.uint8))[1].tobytes()
    info = CameraInfo()
    fill_camera_info(info, Camera.from_fov(96, 80, 60.0))
    publisher.publish(message)
    infos.publish(info)
    harness.spin_until(lambda: depths)
