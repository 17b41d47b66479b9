"""Keyframes in, refined depth out: the real node over real DDS."""

from collections.abc import Callable
import os
import threading
import time

import cv2
from lifecycle_msgs.msg import State, Transition
from lifecycle_msgs.srv import ChangeState, GetState
from nav_msgs.msg import Odometry
import numpy as np
import pytest
from random_refiner import random_refiner_weights
from rclpy.serialization import serialize_message
from refiner_rig import CAMERA, expected_depth, HEIGHT, overrides, RGB, Rig, TOPICS, WIDTH
from std_srvs.srv import Trigger
import yaml

from depth_nodes.messages.camera import camera_from_message
from depth_nodes.messages.cloud import points_from_cloud
from depth_nodes.messages.depth import depth_from_image
from depth_nodes.ros import keyframe_processor, low_priority, odometry_input
from depth_nodes.ros.nodes.depth_node import DepthNode
from depth_nodes.ros.parameters import specifications
from depth_nodes.ros.refiner_parameters import RefinerParameters


@pytest.fixture
def make_idle_rig(harness) -> Callable[..., Rig]:
    """Computes only where a core has nothing else to do, as a robot's does."""
    return lambda **parameters: Rig(harness, parameters)


@pytest.fixture
def make_rig(monkeypatch, make_idle_rig) -> Callable[..., Rig]:
    """Computes at the usual priority: the lowest gets nothing while other tests are at work."""
    for module in (low_priority, keyframe_processor):
        monkeypatch.setattr(module, 'lower_priority', lambda: None)
    return make_idle_rig


def test_publishes_the_refined_depth_at_the_scale_of_depth_node(make_rig):
    rig = make_rig().connect()
    header = rig.send(7, depth_m=20.0)
    rig.harness.spin_until(lambda: all(rig.outputs.values()))
    depth, info, cloud = (messages[0] for messages in rig.outputs.values())
    expected = expected_depth(np.full((HEIGHT, WIDTH), 20.0, np.float32))
    found = depth_from_image(depth)
    np.testing.assert_array_equal(found, expected)
    assert np.median(found) == pytest.approx(20, rel=0.05)
    assert camera_from_message(info).matrix.tolist() == CAMERA.matrix.tolist()
    assert (info.width, info.height) == (WIDTH, HEIGHT)
    points = points_from_cloud(cloud)
    assert points.shape == (HEIGHT, WIDTH, 3)
    np.testing.assert_allclose(points[..., 2], expected, rtol=1e-6)
    for output in (depth, info, cloud):
        assert serialize_message(output.header) == serialize_message(header)
    values = rig.values()
    scale = np.median(expected / expected_depth())
    assert float(values['scale']) == pytest.approx(scale, rel=1e-3)
    assert (values['backend'], values['model'], values['tile size']) == ('fake', 'fake', '256x192')
    assert float(values['tiles p50 ms']) > 0


def test_beside_a_real_depth_node(make_rig, harness):
    depth_node = DepthNode(
        context=harness.context, parameter_overrides=overrides({'backend': 'fake'})
    )
    harness.add(depth_node)
    depth_node.start()
    rig = make_rig(max_period_s=0.0, depth_timeout_s=30.0).connect()
    harness.spin_until(lambda: depth_node.count_subscribers('image') == 2)
    for second in range(3):
        rig.refine(second)
    assert float(rig.values()['scale']) == pytest.approx(1, abs=0.01)
    assert rig.status().level == b'\x00'


def test_without_depth_it_has_a_scale_of_its_own_and_says_so(make_rig):
    rig = make_rig(depth_timeout_s=0.2).connect()
    np.testing.assert_array_equal(depth_from_image(rig.refine(1)), expected_depth())
    assert rig.values()['scale'] == 'own'
    status = rig.status()
    assert status.level == b'\x01'
    assert 'no depth/image_rect for the last keyframe' in status.message


def test_only_keyframes_are_refined(make_rig):
    rig = make_rig().connect()
    rig.refine(0, depth_m=3.0)
    for second in range(1, 4):
        rig.send(second, depth_m=3.0)
        rig.wait_for_count('skipped: unchanged', second)
    assert [depth.header.stamp.sec for depth in rig.refined] == [0]
    other = np.ascontiguousarray(RGB[::-1, ::-1])
    rig.refine(4, rgb=other, depth_m=3.0)
    rig.send(5, rgb=cv2.blur(RGB, (25, 1)), depth_m=3.0)
    rig.wait_for_count('skipped: blurred', 1)


def test_a_service_asks_for_a_keyframe(make_rig):
    rig = make_rig().connect()
    rig.refine(0, depth_m=3.0)
    response = rig.harness.call(Trigger, 'refiner_node/refine', Trigger.Request())
    assert response.success
    assert 'will be refined' in response.message
    rig.refine(1, depth_m=3.0)


def test_odometry_tells_motion(monkeypatch, make_rig):
    monkeypatch.setattr(odometry_input, 'MAX_SILENCE_S', 60.0)
    rig = make_rig().connect()
    pose = Odometry()
    pose.pose.pose.orientation.w = 1.0
    input_pose = rig.node._pipeline._processor._pose

    def move(x_m: float) -> None:
        pose.pose.pose.position.x = x_m
        rig.odometry.publish(pose)
        rig.harness.spin_until(lambda: input_pose() and input_pose().position_m[0] == x_m)

    move(1.0)
    rig.refine(0, depth_m=3.0)
    move(1.2)
    rig.send(1, rgb=np.ascontiguousarray(RGB[::-1, ::-1]), depth_m=3.0)
    rig.wait_for_count('skipped: unchanged', 1)
    move(1.31)
    rig.refine(2, depth_m=3.0)


def test_one_keyframe_at_a_time_and_the_newest_waits(make_rig):
    rig = make_rig(max_period_s=0.0).connect()
    refiner = rig.node._pipeline.refiner
    residuals, begun, may_go = refiner.backend.residuals, threading.Event(), threading.Event()

    def wait_and_refine(*inputs):
        begun.set()
        assert may_go.wait(timeout=20)
        return residuals(*inputs)

    refiner.backend.residuals = wait_and_refine
    for second in range(5):
        rig.send(second, depth_m=3.0)
        rig.wait_for_count('received', second + 1)
        rig.harness.spin_until(begun.is_set)
    rig.wait_for_count('dropped', 3)
    values = rig.values()
    assert (values['state'], values['tiles']) == ('refining', '0 of 4')
    assert values['frames published'] == '0'
    may_go.set()
    rig.harness.spin_until(lambda: len(rig.refined) == 2)
    assert [depth.header.stamp.sec for depth in rig.refined] == [0, 4]
    # It says so a moment after the depth is out.
    rig.harness.spin_until(lambda: rig.values()['state'] == 'waiting for a keyframe')


@pytest.mark.skipif(not hasattr(os, 'SCHED_IDLE'), reason='needs Linux')
def test_all_others_go_before_its_thread(make_idle_rig):
    rig = make_idle_rig().connect()
    rig.send(0, depth_m=3.0)
    (worker,) = [one for one in threading.enumerate() if one.name == 'refiner']
    rig.harness.spin_until(lambda: os.sched_getscheduler(worker.native_id) == os.SCHED_IDLE)
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_a_budget_refines_the_tiles_that_it_allows(make_rig):
    rig = make_rig(max_tiles=2).connect()
    told = []
    refiner = rig.node._pipeline.refiner
    refine = refiner.refine

    def refine_and_note(frame, reference_m, on_progress):
        return refine(frame, reference_m, lambda *one: told.append(one) or on_progress(*one))

    refiner.refine = refine_and_note
    rig.refine(0, depth_m=3.0)
    assert told == [(0, 2), (1, 2), (2, 2)]


def test_nothing_is_refined_when_nobody_listens(make_rig):
    rig = make_rig()
    for topic in TOPICS:
        rig.harness.node.destroy_subscription(
            next(one for one in rig.harness.node.subscriptions if one.topic_name == f'/{topic}')
        )
    rig.harness.spin_until(rig.images.get_subscription_count)
    rig.harness.spin_until(rig.depths.get_subscription_count)
    rig.harness.spin_until(lambda: not any(rig.node.count_subscribers(topic) for topic in TOPICS))
    rig.send(0, depth_m=3.0)
    rig.wait_for_count('skipped: nobody subscribes to an output', 1)
    assert 'tiles p50 ms' not in rig.values()


def test_a_real_refiner_refines(make_rig):
    rig = make_rig(
        backend='torch', model=str(random_refiner_weights().safetensors_path), num_threads=1
    ).connect()
    depth = depth_from_image(rig.refine(0, depth_m=3.0))
    finite = np.isfinite(depth)
    assert finite.mean() > 0.5
    assert depth[finite].std() > 0.1
    assert rig.values()['model'] == 'random_refiner'


def change(harness, transition: int) -> bool:
    request = ChangeState.Request(transition=Transition(id=transition))
    return harness.call(ChangeState, 'refiner_node/change_state', request).success


def state(harness) -> int:
    return harness.call(GetState, 'refiner_node/get_state', GetState.Request()).current_state.id


def test_a_manager_drives_the_node(make_rig, harness):
    rig = make_rig(autostart=False)
    assert state(harness) == State.PRIMARY_STATE_UNCONFIGURED
    response = harness.call(Trigger, 'refiner_node/refine', Trigger.Request())
    assert not response.success
    assert 'not active' in response.message
    assert change(harness, Transition.TRANSITION_CONFIGURE)
    assert 'not active' in rig.status().message
    assert change(harness, Transition.TRANSITION_ACTIVATE)
    rig.connect().refine(0, depth_m=3.0)
    assert change(harness, Transition.TRANSITION_DEACTIVATE)
    assert not rig.node.count_subscribers('odom')
    assert change(harness, Transition.TRANSITION_ACTIVATE)
    rig.connect().refine(1, depth_m=3.0)
    assert change(harness, Transition.TRANSITION_DEACTIVATE)
    assert change(harness, Transition.TRANSITION_CLEANUP)
    assert not rig.node.count_publishers('refined/image_rect')
    assert state(harness) == State.PRIMARY_STATE_UNCONFIGURED


def test_deactivation_does_not_wait_for_the_end_of_a_keyframe(make_rig):
    rig = make_rig().connect()
    refiner, processor = rig.node._pipeline.refiner, rig.node._pipeline._processor
    residuals, begun = refiner.backend.residuals, threading.Event()
    calls = []

    def wait_and_refine(*inputs):
        calls.append(1)
        begun.set()
        deadline_s = time.monotonic() + 20
        while not processor._is_stopping:
            assert time.monotonic() < deadline_s
            time.sleep(0.001)
        return residuals(*inputs)

    refiner.backend.residuals = wait_and_refine
    rig.send(0, depth_m=3.0)
    rig.harness.spin_until(begun.is_set)
    rig.node.trigger_deactivate()
    assert len(calls) == 1
    counts = rig.node.monitors[''].snapshot().counts
    assert (counts['dropped'], counts['published'], counts['failed']) == (1, 0, 0)


def test_an_error_costs_one_keyframe(make_rig):
    rig = make_rig(max_period_s=0.0).connect()
    refiner = rig.node._pipeline.refiner
    residuals = refiner.backend.residuals
    refiner.backend.residuals = lambda *_: 1 / 0
    rig.send(0, depth_m=3.0)
    rig.wait_for_count('failed', 1)
    refiner.backend.residuals = residuals
    rig.refine(1, depth_m=3.0)


def test_every_declared_parameter_is_read(monkeypatch, make_rig):
    read = set()

    def recording(self, name):
        read.add(name)
        return object.__getattribute__(self, name)

    monkeypatch.setattr(RefinerParameters, '__getattribute__', recording)
    make_rig().connect().refine(0, depth_m=3.0)
    assert set(specifications(RefinerParameters)) <= read


def test_the_shipped_file_says_the_defaults(request):
    path = request.config.rootpath / 'config/realtime.yaml'
    shipped = yaml.safe_load(path.read_text())['/**']['refiner_node']['ros__parameters']
    assert shipped == {
        name: one.default for name, one in specifications(RefinerParameters).items()
    }
