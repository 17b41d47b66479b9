"""What /diagnostics says about a stream that runs, and about one that does not."""

import re
import threading

from rclpy.clock import Clock
import torch

from depth_nodes.runtime import backend as backend_module
from depth_nodes.runtime.gpu import Gpu


def test_numbers_of_a_running_stream(make_depth_node, image_message, camera_info_message):
    depth_node = make_depth_node(diagnostics_period_s=0.5)
    depth_node.subscribe('depth', 'points')
    depth_node.camera_infos.publish(camera_info_message)
    for count in range(1, 6):
        image_message.header.stamp = Clock().now().to_msg()
        depth_node.images.publish(image_message)
        depth_node.harness.spin_until(lambda count=count: len(depth_node.depths) == count)
    values = depth_node.wait_for_count('published', 5)
    assert {name: values[f'frames {name}'] for name in ('received', 'published')} == {
        'received': '5',
        'published': '5',
    }
    outcomes = ('dropped', 'rejected', 'skipped', 'failed')
    assert [values[f'frames {outcome}'] for outcome in outcomes] == ['0'] * 4
    assert values['backend'] == 'fake'
    assert values['model'] == 'fake'
    assert values['license'] == 'Apache-2.0'
    assert values['input size'] == '128x96'
    stages = ('decode', 'preprocess', 'network', 'postprocess', 'publish', 'age at publish')
    for stage in stages:
        p50, p99 = float(values[f'{stage} p50 ms']), float(values[f'{stage} p99 ms'])
        assert 0 <= p50 <= p99 < 60_000, stage
        assert p50 < 1000, stage
    status = depth_node.statuses[0].status[0]
    assert status.name == 'depth_node: depth'
    assert depth_node.statuses[-1].status[0].hardware_id == 'fake'


def test_age_counts_from_the_stamp(make_depth_node, image_message, camera_info_message):
    depth_node = make_depth_node()
    depth_node.subscribe('depth')
    seconds, nanoseconds = Clock().now().seconds_nanoseconds()
    image_message.header.stamp.sec = seconds - 7
    image_message.header.stamp.nanosec = nanoseconds
    depth_node.send(image_message, camera_info_message)
    values = depth_node.wait_for_count('published', 1)
    assert 7000 <= float(values['age at publish p50 ms']) < 37_000


def test_stamps_of_another_clock_have_no_age(make_depth_node, image_message, camera_info_message):
    depth_node = make_depth_node()
    depth_node.subscribe('depth')
    depth_node.send(image_message, camera_info_message)  # recorded in 1970
    values = depth_node.wait_for_count('published', 1)
    assert values['age at publish'] == 'stamps are not of this clock'
    assert not any(name.startswith('age at publish p') for name in values)


def test_simulated_time_that_stands_still_does_not_silence_diagnostics(make_depth_node):
    depth_node = make_depth_node(use_sim_time=True)
    depth_node.harness.spin_until(lambda: len(depth_node.statuses) >= 2)


def test_the_newest_frame_wins_and_drops_are_counted(
    make_depth_node, image_message, camera_info_message
):
    depth_node = make_depth_node()
    depth_node.subscribe('depth')
    backend = depth_node.node._pipeline.estimator.backend
    infer, begun, may_go = backend.infer, threading.Event(), threading.Event()

    def wait_and_infer(image):
        begun.set()
        assert may_go.wait(timeout=20)
        return infer(image)

    backend.infer = wait_and_infer
    depth_node.camera_infos.publish(camera_info_message)
    for frame in range(5):
        image_message.header.stamp.sec = frame
        depth_node.images.publish(image_message)
        depth_node.wait_for_count('received', frame + 1)
        depth_node.harness.spin_until(begun.is_set)
    assert depth_node.wait_for_count('dropped', 3)['frames published'] == '0'
    may_go.set()
    depth_node.harness.spin_until(lambda: len(depth_node.depths) == 2)
    assert [depth.header.stamp.sec for depth in depth_node.depths] == [0, 4]
    values = depth_node.wait_for_count('published', 2)
    assert values['frames dropped'] == '3'


def test_a_backend_that_is_not_the_best_is_a_warning(monkeypatch, make_depth_node):
    """A driver reports a GPU, and nothing that is installed can use it."""
    gpu = Gpu(name='NVIDIA H200', compute_capability=(9, 0), driver_version='12.8')
    monkeypatch.setattr(backend_module, 'find_gpu', lambda: gpu)
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    depth_node = make_depth_node(backend='auto', model='small_depth')
    status = depth_node.status()
    assert status.level == b'\x01'
    for reason in ('fell back: tensorrt on the GPU: ', 'fell back: torch on the GPU: torch finds'):
        assert reason in status.message
    values = depth_node.values()
    assert [values[name] for name in ('backend', 'device', 'precision')] == ['onnx', 'cpu', 'fp32']
    estimator = depth_node.node._pipeline.estimator
    monkeypatch.setattr(type(estimator), 'activity', 'building the engine')
    assert depth_node.status().message.startswith('building the engine; fell back')
    monkeypatch.setattr(type(estimator), 'problem', 'the disk is full')
    assert '; the disk is full; ' in depth_node.status().message


def test_nobody_publishes(make_depth_node):
    depth_node = make_depth_node()
    depth_node.harness.node.destroy_publisher(depth_node.images)
    silence = re.compile(r'no image for \d+ s: nobody publishes /image')
    depth_node.harness.spin_until(lambda: silence.search(depth_node.status().message))
    assert depth_node.status().level == b'\x01'
