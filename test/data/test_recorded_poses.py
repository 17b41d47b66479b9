"""Where the camera of a recording was: odometry of its robot, and how it is mounted."""

import itertools
import logging

import cv2
import numpy as np
import pytest
from robot_bag import (
    Event,
    events_of,
    header,
    new,
    OPTICAL,
    Robot,
    START_NS,
    transforms_message,
    write_events,
)
from rosbags.rosbag2 import StoragePlugin, Writer

from depth_nodes.data.bag import raw_messages
from depth_nodes.data.bag_storage import TYPESTORE
from depth_nodes.data.evaluation_bag import EvaluationBag
from depth_nodes.data.evaluation_topics import TopicNames
from depth_nodes.errors import MissingTopicError
from depth_nodes.messages.transform_tree import pose_from_values, values_from_pose
from depth_nodes.ros.cdr import restamped

ROBOT = Robot(num_frames=5, has_prediction=False)
# A base_link that looks ahead along x, and a camera on it that looks the same way along z.
MAST = ('base_link', 'mast', np.array([0.3, 0.1, 0.8]), np.array([0.0, 0, 0, 1]))
LENS = ('mast', OPTICAL, np.array([0.0, 0.02, 0.1]), np.array([-0.5, 0.5, -0.5, 0.5]))


def world_from_base(time_s: float) -> np.ndarray:
    """A robot that drives a circle, evenly."""
    pose = np.eye(4)
    pose[:3, :3] = cv2.Rodrigues(np.array([0.0, 0.0, 0.5 * time_s]))[0]
    pose[:3, 3] = (2 * time_s, 0.0, 0.1)
    return pose


def odometry(time_s: float, child_frame: str = 'base_link') -> object:
    x, y, z, *turn = values_from_pose(world_from_base(time_s))
    pose = new(
        'geometry_msgs/msg/Pose',
        new('geometry_msgs/msg/Point', x, y, z),
        new('geometry_msgs/msg/Quaternion', *turn),
    )
    still = [new('geometry_msgs/msg/Vector3', 0.0, 0.0, 0.0) for _ in range(2)]
    twist, unknown = new('geometry_msgs/msg/Twist', *still), np.zeros(36)
    return new(
        'nav_msgs/msg/Odometry',
        header(START_NS + round(time_s * 1e9), 'odom'),
        child_frame,
        new('geometry_msgs/msg/PoseWithCovariance', pose, unknown),
        new('geometry_msgs/msg/TwistWithCovariance', twist, unknown),
    )


def drive(path, *links, topics=('/odom',), times_s=None, child_frame='base_link'):
    """A recording of 5 frames at 10 Hz, with odometry at 33 Hz that is 20 ms late to arrive."""
    times_s = np.arange(-0.05, 0.5, 0.03) if times_s is None else times_s
    events = [
        Event(topic, START_NS + round(1e9 * (time_s + 0.02)), odometry(time_s, child_frame))
        for topic in topics
        for time_s in times_s
    ]
    events += [Event('/tf_static', START_NS, transforms_message(*links))] if links else []
    return write_events(path, sorted([*events, *events_of(ROBOT)], key=lambda one: one[1]))


def base_from_camera():
    return pose_from_values([*MAST[2], *MAST[3]]) @ pose_from_values([*LENS[2], *LENS[3]])


def test_the_camera_is_where_odometry_and_mounting_say(tmp_path):
    bag = EvaluationBag(drive(tmp_path / 'b', MAST, LENS))
    assert bag.topics.odometry == '/odom'
    for _ in range(2):  # a source may be iterated again
        for index, sample in enumerate(bag):
            expected = world_from_base(index / 10) @ base_from_camera()
            np.testing.assert_allclose(sample.world_from_camera, expected, atol=1e-6)
        assert index == 4
    assert (bag.facts()['odometry'], bag.facts()['missing_poses']) == ('/odom', '')


def test_odometry_of_the_camera_itself_needs_no_mounting(tmp_path):
    for sample in EvaluationBag(drive(tmp_path / 'b', child_frame=OPTICAL)):
        time_s = int(sample.name) / 10
        np.testing.assert_allclose(sample.world_from_camera, world_from_base(time_s), atol=1e-6)


def test_a_mounting_that_nobody_tells_is_asked_for_and_can_be_given(tmp_path):
    path = drive(tmp_path / 'b', MAST)
    bag = EvaluationBag(path)
    assert all(sample.world_from_camera is None for sample in bag)
    facts = bag.facts()
    assert facts['missing_poses'].startswith('5 images have no pose: /tf_static does not connect')
    assert '--base-from-camera' in facts['missing_poses']
    assert facts['warnings'] == []  # which count against what depth is compared with
    first, *_ = EvaluationBag(path, base_from_camera=base_from_camera())
    np.testing.assert_allclose(first.world_from_camera, base_from_camera() @ np.eye(4) + [
        [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0.1], [0, 0, 0, 0]
    ], atol=1e-6)  # fmt: skip


def test_where_odometry_is_silent_poses_are_unknown(tmp_path):
    times_s = [-0.01, 0.05, 0.11, 0.75, 0.8]
    path = drive(tmp_path / 'b', MAST, LENS, times_s=times_s)
    bag = EvaluationBag(path)
    known = [sample.world_from_camera is not None for sample in bag]
    assert known == [True, True, False, False, False]
    assert bag.facts()['missing_poses'] == (
        '3 images have no pose: odometry tells none at their stamps'
    )


def test_of_several_topics_one_is_to_be_named(tmp_path, caplog):
    path = drive(tmp_path / 'b', MAST, LENS, topics=('/wheels', '/visual'))
    with caplog.at_level(logging.WARNING):
        assert EvaluationBag(path).topics.odometry is None
    assert 'odometry_topic: /visual, /wheels' in caplog.text
    named = EvaluationBag(path, TopicNames(odometry='wheels'))
    assert named.topics.odometry == '/wheels'
    with pytest.raises(MissingTopicError, match='/lasers'):
        EvaluationBag(path, TopicNames(odometry='lasers'))


def test_the_standard_name_is_taken_among_several(tmp_path):
    path = drive(tmp_path / 'b', MAST, LENS, topics=('/odom', '/visual'))
    assert EvaluationBag(path).topics.odometry == '/odom'


def test_the_mounting_is_told_without_reading_the_frames(tmp_path):
    bag = EvaluationBag(drive(tmp_path / 'b', MAST, LENS))
    np.testing.assert_allclose(bag.base_from_camera, base_from_camera(), atol=1e-12)
    assert EvaluationBag(drive(tmp_path / 'c', MAST)).base_from_camera is None
    assert EvaluationBag(drive(tmp_path / 'd', MAST, LENS, topics=())).base_from_camera is None


def changed(path, change):
    """The recording again, odometry changed by its number; None leaves a message out."""
    numbers = itertools.count()
    with Writer(path.with_name('changed'), version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connections = {}
        for topic, kind, time_ns, cdr in raw_messages(path):
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=TYPESTORE)
            is_odometry = topic == '/odom'
            writer.write(
                connections[topic], time_ns, change(next(numbers), cdr) if is_odometry else cdr
            )
    return path.with_name('changed')


def test_a_stamp_that_is_far_off_takes_no_other_pose_along(tmp_path):
    def late(number, cdr):
        return restamped(cdr, START_NS + 100_000_000_000) if number in (0, 5) else cdr

    bag = EvaluationBag(changed(drive(tmp_path / 'b', MAST, LENS), late))
    for index, sample in enumerate(bag):
        expected = world_from_base(index / 10) @ base_from_camera()
        np.testing.assert_allclose(sample.world_from_camera, expected, atol=1e-6)


def test_damaged_odometry_harms_nothing_else(tmp_path):
    path = changed(
        drive(tmp_path / 'b', MAST, LENS), lambda number, cdr: cdr[: (0, 6, 60, 200)[number % 4]]
    )
    bag = EvaluationBag(path)
    assert all(sample.world_from_camera is None for sample in bag)
    assert bag.facts()['missing_poses'].startswith('5 images have no pose')


def test_what_else_moves_is_another_frame(tmp_path):
    path = drive(tmp_path / 'b', MAST, LENS, child_frame='arm')
    bag = EvaluationBag(path)
    assert all(sample.world_from_camera is None for sample in bag)
    assert "with 'arm'" in bag.facts()['missing_poses']


def test_a_named_topic_without_messages_is_refused(tmp_path):
    path = drive(tmp_path / 'b', MAST, LENS, times_s=[])
    with pytest.raises(MissingTopicError):
        EvaluationBag(path, TopicNames(odometry='/odom'))


def test_slow_frames_have_their_poses_at_their_own_stamps(tmp_path):
    times_s = np.arange(0.0, 0.5, 0.1)
    events = [
        Event('/odom', START_NS + round(12e9 * one), odometry(12 * one, OPTICAL))
        for one in times_s
    ]
    events += events_of(Robot(num_frames=5, rate_hz=10 / 12, has_prediction=False))
    path = write_events(tmp_path / 'b', sorted(events, key=lambda one: one[1]))
    assert all(sample.world_from_camera is not None for sample in EvaluationBag(path))
