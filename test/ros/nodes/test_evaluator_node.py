from collections.abc import Callable, Iterator
import json
from pathlib import Path
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import cv2
from diagnostic_msgs.msg import DiagnosticArray
import numpy as np
import pytest
import rclpy
from rclpy.context import Context
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.parameter import Parameter
from rclpy.time import Time
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2
from std_msgs.msg import Header

from depth_nodes.data.bag import write_bag
from depth_nodes.data.sample import Sample
from depth_nodes.errors import ConfigError
from depth_nodes.messages.camera import Camera, fill_camera_info
from depth_nodes.messages.cloud import CloudWriter
from depth_nodes.messages.depth import DepthImageWriter
from depth_nodes.messages.image import fill_image
from depth_nodes.ros.nodes.evaluator_node import EvaluatorNode

CAMERA = Camera.from_fov(64, 48, 70.0)
TOPICS: dict[str, type] = {
    'image': Image,
    'camera_info': CameraInfo,
    'ground_truth/image_rect': Image,
    'depth/image_rect': Image,
    'depth/camera_info': CameraInfo,
    'depth/points': PointCloud2,
}
IMAGE = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
TRUTH_M = np.linspace(1, 5, 48 * 64, dtype=np.float32).reshape(48, 64)


class Stage:
    """Plays camera, depth node and ground truth for an evaluator."""

    def __init__(self, harness: Any) -> None:
        self.harness = harness
        self.publishers = {
            topic: harness.publisher(kind, topic, depth=100) for topic, kind in TOPICS.items()
        }

    def wait(self) -> None:
        publishers = self.publishers.values()
        self.harness.spin_until(lambda: all(p.get_subscription_count() for p in publishers))

    def send(self, scale: float, frame_id: str = 'cam') -> None:
        """One frame with depth = truth * scale; frame_id is that of the depth image."""
        stamp = self.harness.node.get_clock().now().to_msg()
        header = Header(stamp=stamp, frame_id='cam')
        messages = {topic: kind() for topic, kind in TOPICS.items()}
        for topic in ('camera_info', 'depth/camera_info'):
            fill_camera_info(messages[topic], CAMERA)
            messages[topic].header = header
        fill_image(messages['image'], IMAGE)
        messages['image'].header = header
        depth_m = TRUTH_M * np.float32(scale)
        DepthImageWriter(messages['ground_truth/image_rect'], '32FC1').write(TRUTH_M, header)
        other = Header(stamp=stamp, frame_id=frame_id)
        DepthImageWriter(messages['depth/image_rect'], '32FC1').write(depth_m, other)
        CloudWriter(messages['depth/points'], 1, 100.0).write(depth_m, CAMERA, IMAGE, header)
        for topic, message in messages.items():
            self.publishers[topic].publish(message)


@pytest.fixture
def stage(harness: Any) -> Stage:
    return Stage(harness)


@pytest.fixture
def evaluate(tmp_path: Path) -> Iterator[Callable[..., Callable[[], bool]]]:
    """Starts an evaluator in a context of its own; the answer says whether it has ended."""
    threads, contexts = [], []

    def spin(node: EvaluatorNode, context: Context) -> None:
        executor = SingleThreadedExecutor(context=context)
        executor.add_node(node)
        try:
            executor.spin()
        except ExternalShutdownException:
            pass
        finally:
            node.destroy_node()

    def start(**parameters: Any) -> Callable[[], bool]:
        context = Context()
        rclpy.init(context=context)
        values = {'output': str(tmp_path / 'report'), **parameters}
        overrides = [Parameter(name, value=value) for name, value in values.items()]
        node = EvaluatorNode(context=context, parameter_overrides=overrides)
        thread = threading.Thread(target=spin, args=(node, context))
        thread.start()
        threads.append(thread)
        contexts.append(context)
        return lambda: not thread.is_alive()

    yield start
    for context, thread in zip(contexts, threads, strict=True):
        context.try_shutdown()
        thread.join(10.0)
        assert not thread.is_alive()


def read(tmp_path: Path) -> dict[str, Any]:
    return json.loads((tmp_path / 'report' / 'report.json').read_text())


def test_report_tells_counts_headers_age_and_accuracy(tmp_path, stage, evaluate):
    is_over = evaluate(expected_frames=5)
    stage.wait()
    for _ in range(5):
        stage.send(scale=1.2)
        stage.harness.spin_for(0.02)
    stage.harness.spin_until(is_over)
    report = read(tmp_path)
    assert set(report['frames_received'].values()) == {5}
    assert report['headers_identical'] is True
    assert 0 < report['age_ms']['depth/image_rect']['p50'] < 60_000
    accuracy = report['accuracy']
    assert accuracy['align_none']['frames'] == 5
    assert accuracy['align_none']['abs_rel'] == pytest.approx(0.2, abs=1e-5)
    assert accuracy['align_none']['scale_median'] == pytest.approx(1 / 1.2, abs=1e-5)
    assert accuracy['align_median']['abs_rel'] == pytest.approx(0.0, abs=1e-5)


def test_frames_hold_what_was_received(tmp_path, stage, evaluate):
    is_over = evaluate(expected_frames=1)
    stage.wait()
    stage.send(scale=0.5)
    stage.harness.spin_until(is_over)
    with np.load(tmp_path / 'report' / 'frames.npz') as arrays:
        np.testing.assert_array_equal(arrays['image_0'], IMAGE)
        np.testing.assert_array_equal(arrays['colours_0'], IMAGE)
        np.testing.assert_array_equal(arrays['truth_0'], TRUTH_M)
        np.testing.assert_array_equal(arrays['depth_0'], TRUTH_M * np.float32(0.5))
        np.testing.assert_array_equal(arrays['points_0'][..., 2], arrays['depth_0'])
    (facts,) = read(tmp_path)['pictured']
    assert facts['align_none'] == pytest.approx(0.5, abs=1e-5)


def test_depth_of_another_encoding_is_told_and_left_out(tmp_path, stage, evaluate):
    statuses = stage.harness.collect(DiagnosticArray, '/diagnostics')
    is_over = evaluate(idle_timeout_s=5.0)
    stage.wait()
    stage.harness.spin_until(lambda: statuses)  # so the way back stands before it ends
    image = Image()
    fill_image(image, IMAGE)
    image.header = Header(stamp=stage.harness.node.get_clock().now().to_msg(), frame_id='cam')
    for topic in ('image', 'ground_truth/image_rect', 'depth/image_rect'):
        stage.publishers[topic].publish(image)
    stage.publishers['depth/points'].publish(PointCloud2(header=image.header))
    stage.harness.spin_for(0.1)
    stage.send(scale=0.5)

    def has_warning() -> bool:
        found = [status for message in statuses for status in message.status]
        return any("depth encoding 'rgb8'" in status.message for status in found)

    stage.harness.spin_until(has_warning)
    stage.harness.spin_until(is_over)
    report = read(tmp_path)
    assert report['accuracy']['align_none']['frames'] == 1
    assert report['accuracy_frames_skipped'] == 1
    (facts,) = report['pictured']
    assert facts['align_none'] == pytest.approx(0.5, abs=1e-5)
    with np.load(tmp_path / 'report' / 'frames.npz') as arrays:
        np.testing.assert_array_equal(arrays['truth_0'], TRUTH_M)


def test_another_header_is_reported_while_running_and_at_the_end(tmp_path, stage, evaluate):
    statuses = stage.harness.collect(DiagnosticArray, '/diagnostics')
    is_over = evaluate(expected_frames=21, idle_timeout_s=60.0, queue_depth=100)
    stage.wait()
    # The evaluator ends soon after the last frame, so the way back must stand before.
    stage.harness.spin_until(lambda: statuses)
    stage.send(scale=1.0, frame_id='other')
    for _ in range(19):
        stage.send(scale=1.0)
        stage.harness.spin_for(0.01)

    def errors_beside_the_warning() -> list[str]:
        found = [status for message in statuses for status in message.status]
        values = [
            value for one in found if one.message == '1 wrong headers' for value in one.values
        ]
        return [value.value for value in values if value.key == 'align_none abs_rel']

    stage.harness.spin_until(errors_beside_the_warning)
    assert float(errors_beside_the_warning()[-1]) == pytest.approx(0.0, abs=1e-6)
    stage.send(scale=1.0)
    stage.harness.spin_until(is_over)
    report = read(tmp_path)
    assert (report['headers_identical'], report['header_mismatches']) == (False, 1)


def test_compressed_images_are_kept_too(tmp_path, stage, evaluate):
    compressed = stage.harness.publisher(CompressedImage, 'image/compressed')
    is_over = evaluate(image_transport='compressed', idle_timeout_s=3.0)
    stage.harness.spin_until(compressed.get_subscription_count)
    depths = stage.publishers['depth/image_rect']
    stage.harness.spin_until(depths.get_subscription_count)

    _, jpeg = cv2.imencode('.png', IMAGE[..., ::-1])
    header = Header(stamp=stage.harness.node.get_clock().now().to_msg(), frame_id='cam')
    compressed.publish(CompressedImage(header=header, format='png', data=jpeg.tobytes()))
    depth = Image()
    DepthImageWriter(depth, '32FC1').write(TRUTH_M, header)
    depths.publish(depth)
    stage.harness.spin_until(is_over)
    report = read(tmp_path)
    assert report['headers_identical'] is True
    assert report['accuracy'] is None
    with np.load(tmp_path / 'report' / 'frames.npz') as arrays:
        np.testing.assert_array_equal(arrays['image_0'], IMAGE)
        assert set(arrays) == {'image_0', 'depth_0'}


def test_ctrl_c_writes_the_report(tmp_path, harness):
    depths = harness.publisher(Image, 'depth/image_rect')
    command = [sys.executable, '-m', 'depth_nodes.ros.nodes.evaluator_node', '--ros-args']
    command += ['-p', f'output:={tmp_path}/report']
    process = subprocess.Popen(command)
    try:
        (tmp_path / 'report').mkdir()  # it makes the folder, so it must not mind that it exists
        harness.spin_until(depths.get_subscription_count)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        assert process.wait(60.0) == 0
    finally:
        process.kill()
    report = read(tmp_path)
    assert set(report['frames_received'].values()) == {0}
    assert report['headers_identical'] is False
    assert report['rate_hz'] is None


def test_it_ends_although_simulated_time_stands_still(tmp_path, stage, evaluate):
    is_over = evaluate(use_sim_time=True, idle_timeout_s=3.0)
    stage.wait()
    stage.send(scale=1.0)
    stage.harness.spin_until(is_over)
    assert read(tmp_path)['frames_received']['depth'] == 1


def test_one_that_was_held_up_takes_what_has_come_before_it_ends(tmp_path, stage, context):
    values = {'output': str(tmp_path / 'report'), 'idle_timeout_s': 1.0}
    overrides = [Parameter(name, value=value) for name, value in values.items()]
    node = EvaluatorNode(context=context, parameter_overrides=overrides)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    stage.wait()
    stage.send(scale=1.0)
    while node._recorder.num_outputs < 1:
        executor.spin_once(timeout_sec=0.1)
    for _ in range(10):  # until nothing of the first frame is on its way
        executor.spin_once(timeout_sec=0.01)
    stage.send(scale=1.0)
    time.sleep(1.5)
    while context.ok():
        executor.spin_once(timeout_sec=0.1)
    node.destroy_node()
    assert set(read(tmp_path)['frames_received'].values()) == {2}


@pytest.fixture
def recording(tmp_path: Path) -> str:
    """Three frames of TRUTH_M, of which the second has none."""
    samples = [
        Sample(
            name=f'{index:06d}',
            image=IMAGE,
            camera=CAMERA,
            depth_m=None if index == 1 else TRUTH_M,
        )
        for index in range(3)
    ]
    write_bag(samples, tmp_path / 'room.bag', rate_hz=10.0)
    return str(tmp_path / 'room.bag')


def test_depth_of_a_recording_is_compared_with_its_own_truth(
    tmp_path, harness, evaluate, recording
):
    depths = harness.publisher(Image, 'depth/image_rect')
    infos = harness.publisher(CameraInfo, 'depth/camera_info')
    clocks = harness.publisher(Clock, '/clock')
    player = harness.publisher(CameraInfo, 'camera_info')  # while it is there, nothing is over
    compared = harness.collect(Header, 'evaluation/compared')
    is_over = evaluate(source=recording, idle_timeout_s=0.5, crop='none', rate=2.0)
    everyone = (depths, infos, clocks, player)
    harness.spin_until(lambda: all(one.get_subscription_count() for one in everyone))
    harness.spin_until(lambda: harness.node.count_publishers('evaluation/compared'))
    harness.spin_for(0.2)
    for index in (0, 1):  # the third never comes
        header = Header(stamp=Time(nanoseconds=10**9 + index * 10**8).to_msg(), frame_id='cam')
        clocks.publish(Clock(clock=header.stamp))
        harness.spin_for(0.5)
        depth = Image()
        DepthImageWriter(depth, '32FC1').write(TRUTH_M * np.float32(1.2), header)
        depths.publish(depth)
        infos.publish(CameraInfo(header=header))
        harness.spin_until(lambda index=index: len(compared) == index + 1)
        assert compared[-1].stamp == header.stamp
    harness.node.destroy_publisher(player)
    harness.spin_until(is_over)
    evaluation = json.loads((tmp_path / 'report' / 'evaluation.json').read_text())
    (result,) = evaluation['sequences'].values()
    assert result['frames'] == 1
    assert result['abs_rel'] == evaluation['overall']['abs_rel'] == pytest.approx(0.2, abs=1e-5)
    assert result['skipped'] == {'no_depth_arrived': 1, 'no_truth_at_stamp': 1}
    latency = result['latency']
    assert (latency['published'], latency['expected'], latency['dropped']) == (2, 3, 1)
    assert 700 <= latency['age_p50_ms'] < 60_000  # 0.5 s at twice the speed
    assert not (tmp_path / 'report' / 'frames.npz').exists()


def test_a_recording_without_a_single_depth_is_an_error(tmp_path, harness, recording):
    command = [sys.executable, '-m', 'depth_nodes.ros.nodes.evaluator_node', '--ros-args']
    command += ['-p', f'output:={tmp_path}/report', '-p', f'source:={recording}']
    infos = harness.publisher(CameraInfo, 'camera_info')
    with subprocess.Popen(
        [*command, '-p', 'idle_timeout_s:=0.2'], stderr=subprocess.PIPE, text=True
    ) as process:
        harness.spin_until(infos.get_subscription_count)
        harness.spin_for(0.2)
        for _ in range(5):
            infos.publish(CameraInfo())
            harness.spin_for(0.1)
        assert process.poll() is None, 'the player is still there'
        harness.node.destroy_publisher(infos)
        harness.spin_until(lambda: process.poll() is not None)
        assert process.returncode == 1
        (line,) = [line for line in process.stderr.read().splitlines() if 'FATAL' in line]
    assert line.endswith('room: no frame could be compared (3 x no depth arrived)')


def test_an_output_that_cannot_be_made_is_refused(context, tmp_path):
    (tmp_path / 'file').write_text('')
    overrides = [Parameter('output', value=str(tmp_path / 'file' / 'report'))]
    with pytest.raises(ConfigError, match='parameter output'):
        EvaluatorNode(context=context, parameter_overrides=overrides)
