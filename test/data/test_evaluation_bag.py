import copy
import dataclasses

import cv2
import numpy as np
import pytest
from robot_bag import (
    CAMERA,
    cloud_message,
    depth_message,
    Event,
    events_of,
    FACTOR,
    header,
    HEIGHT,
    IMAGE,
    INFO,
    info_message,
    LIDAR,
    OPTICAL,
    PREDICTION,
    Robot,
    scene,
    START_NS,
    transforms_message,
    TRUTH,
    WIDTH,
    write_events,
    write_robot,
)
import yaml

from depth_nodes.data.evaluation_bag import EvaluationBag
from depth_nodes.errors import InputError

STEP_NS = 100_000_000


def test_samples_hold_all_that_belongs_to_an_image(tmp_path):
    bag = EvaluationBag(write_robot(tmp_path / 'walk', Robot()))
    assert (len(bag), bag.name) == (12, 'walk')
    for _ in range(2):  # a source may be iterated again
        for index, sample in enumerate(bag):
            rgb, depth = scene(index / 10)
            assert (sample.name, sample.stamp_ns) == (f'{index:06d}', START_NS + index * STEP_NS)
            assert sample.frame_id == OPTICAL
            assert sample.camera.fx_px == CAMERA.fx_px
            np.testing.assert_array_equal(sample.image, rgb)
            np.testing.assert_array_equal(sample.depth_m, depth)
            np.testing.assert_array_equal(sample.prediction_m, depth * FACTOR)
        assert (bag.num_read, bag.skipped) == (12, {})


def test_values_of_rep_117_stay_in_predictions_and_are_unknown_in_truth(tmp_path):
    values = np.full((HEIGHT, WIDTH), 3.0, np.float32)
    values[0, :4] = [-np.inf, np.inf, np.nan, 0]
    events = [
        event._replace(message=depth_message(values, event.recorded_ns))
        if event.topic in (TRUTH, PREDICTION)
        else event
        for event in events_of(Robot(num_frames=1))
    ]
    (sample,) = EvaluationBag(write_events(tmp_path / 'b', events))
    np.testing.assert_array_equal(sample.prediction_m, values)
    np.testing.assert_array_equal(sample.depth_m[0, :5], [0, 0, 0, 0, 3])


def test_predictions_of_another_size_are_brought_to_the_image(tmp_path):
    events = [
        event._replace(message=depth_message(scene(0.0)[1][1::4, 1::4], event.recorded_ns))
        if event.topic == PREDICTION
        else event
        for event in events_of(Robot(num_frames=2, is_moving=False))
    ]
    first, _ = EvaluationBag(write_events(tmp_path / 'b', events))
    np.testing.assert_array_equal(first.prediction_m[1::4, 1::4], first.depth_m[1::4, 1::4])
    np.testing.assert_array_equal(first.prediction_m[::4, ::4], first.depth_m[1::4, 1::4])


def lidar_events(robot: Robot, topic: str, late_ns: int, chain: tuple[str, ...]) -> list[Event]:
    """The truth as a LiDAR's points, whose frame stands at the end of a chain of transforms."""
    camera_from_lidar = np.eye(4)
    links = []
    for number, (parent, child) in enumerate(zip(chain, chain[1:], strict=False)):
        axis, shift = np.array([0.5 - number, 0.3, -0.8]), np.array([0.2, -0.1 * number, 0.4])
        angle = np.linalg.norm(axis)
        turn = [*(np.sin(angle / 2) * axis / angle), np.cos(angle / 2)]
        links.append((parent, child, shift, turn))
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = cv2.Rodrigues(axis)[0], shift
        camera_from_lidar = camera_from_lidar @ pose
    lidar_from_camera = np.linalg.inv(camera_from_lidar)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    rays = np.stack([
        (columns - CAMERA.cx_px) / CAMERA.fx_px, (rows - CAMERA.cy_px) / CAMERA.fy_px,
        np.ones((HEIGHT, WIDTH)),
    ], axis=-1)  # fmt: skip
    events = [Event('/tf_static', START_NS, transforms_message(*links))]
    for event in events_of(robot):
        if event.topic == TRUTH:
            depth = event.message.data.view(np.float32).reshape(HEIGHT, WIDTH)
            points = (rays * depth[..., None]).reshape(-1, 3)
            points = points @ lidar_from_camera[:3, :3].T + lidar_from_camera[:3, 3]
            stamp = event.message.header.stamp
            stamp_ns = stamp.sec * 1_000_000_000 + stamp.nanosec + late_ns
            message = cloud_message(points, stamp_ns, chain[-1])
            event = Event(topic, event.recorded_ns + 2 * late_ns, message)
        events.append(event)
    return sorted(events, key=lambda event: event.recorded_ns)


@pytest.mark.parametrize(
    ('topic', 'chain'),
    [
        ('/lidar/points', (OPTICAL, 'lidar')),
        ('/velodyne_points', (OPTICAL, 'camera_link', 'base_link', 'roof', 'velodyne')),
    ],
)
def test_a_lidar_that_was_back_projected_comes_back_as_the_depth_image(tmp_path, topic, chain):
    events = lidar_events(Robot(num_frames=5), topic, 0, chain)
    bag = EvaluationBag(write_events(tmp_path / 'b', events))
    assert bag.facts()['ground_truth'] == f'lidar {topic}'
    samples = list(bag)
    assert len(samples) == 5
    for index, sample in enumerate(samples):
        np.testing.assert_allclose(sample.depth_m, scene(index / 10)[1], rtol=1e-5)


def test_a_lidar_that_is_late_matches_and_is_no_clock_that_is_off(tmp_path):
    """Its stamps lie 30 ms after the images', and it is recorded 90 ms after its stamps."""
    events = lidar_events(Robot(num_frames=30), LIDAR, 30_000_000, (OPTICAL, 'lidar'))
    bag = EvaluationBag(write_events(tmp_path / 'b', events))
    assert sum(1 for _ in bag) == 30
    assert bag.clock.offset_s is None
    strict = EvaluationBag(tmp_path / 'b', tolerance_s=0.02)
    with pytest.raises(InputError, match=r'the nearest is 0\.03 s off'):
        list(strict)


def test_a_lidar_whose_clock_is_off_is_found(tmp_path):
    robot = Robot(num_frames=30, truth_shift_s=0.2, truth_delay_s=0.2)
    events = lidar_events(robot, LIDAR, 0, (OPTICAL, 'lidar'))
    bag = EvaluationBag(write_events(tmp_path / 'b', events))
    samples = list(bag)
    assert bag.clock.offset_s == pytest.approx(0.2, abs=1e-3)
    assert len(samples) == 30
    np.testing.assert_allclose(samples[9].depth_m, scene(0.9)[1], rtol=1e-5)


def test_a_camera_of_another_size_cannot_take_points(tmp_path):
    events = lidar_events(Robot(num_frames=3), LIDAR, 0, (OPTICAL, 'lidar'))
    other = dataclasses.replace(CAMERA, width_px=WIDTH + 2)
    events = [
        event._replace(message=info_message(other, event.recorded_ns))
        if event.topic == INFO
        else event
        for event in events
    ]
    with pytest.raises(InputError, match='CameraInfo is of 82x64 pixels, but the image of 80x64'):
        list(EvaluationBag(write_events(tmp_path / 'b', events)))


def test_an_uncalibrated_camera_is_one_line(tmp_path):
    events = [
        event._replace(message=info_message(CAMERA, event.recorded_ns, k=np.zeros(9)))
        if event.topic == INFO
        else event
        for event in events_of(Robot(num_frames=3))
    ]
    with pytest.raises(InputError, match='/camera_info: CameraInfo holds no calibration'):
        list(EvaluationBag(write_events(tmp_path / 'b', events)))


def test_truth_of_every_third_frame_belongs_to_one_frame_each(tmp_path):
    robot = Robot(num_frames=30, rate_hz=30.0)
    events = [
        event
        for index, event in enumerate(events_of(robot))
        if event.topic != TRUTH or (index // 4) % 3 == 0
    ]
    bag = EvaluationBag(write_events(tmp_path / 'b', events), tolerance_s=0.05)
    assert [sample.name for sample in bag] == [f'{index:06d}' for index in range(0, 30, 3)]
    assert bag.skipped == {'no_truth_at_stamp': 20}


def test_frames_of_two_cameras_are_told_apart(tmp_path):
    twice = [
        one
        for event in events_of(Robot(num_frames=3))
        for one in (event, event._replace(topic=f'/left{event.topic}'))
        if event.topic in (IMAGE, INFO) or one is event
    ]
    assert EvaluationBag(write_events(tmp_path / 'b', twice)).topics.image == '/image'


@pytest.mark.parametrize('topic', [IMAGE, INFO, TRUTH, PREDICTION])
def test_a_message_that_is_cut_off_takes_no_others_with_it(tmp_path, topic):
    cut_off = START_NS + 2 * STEP_NS
    events = [
        event._replace(message=header(cut_off)) if event[:2] == (topic, cut_off) else event
        for event in events_of(Robot(num_frames=5))
    ]
    bag = EvaluationBag(write_events(tmp_path / 'b', events))
    samples = []
    with pytest.raises(InputError, match=f'b: {topic} holds a damaged message'):
        samples.extend(bag)  # keeps what comes before an error
    assert [sample.stamp_ns for sample in samples] == [
        START_NS + index * STEP_NS for index in range(5) if index != 2 or topic == INFO
    ]


def test_cameras_that_only_the_description_holds_are_said(tmp_path):
    path = write_events(tmp_path / 'b', [e for e in events_of(Robot()) if e.topic != INFO])
    description = yaml.safe_load((path / 'metadata.yaml').read_text())
    topics = description['rosbag2_bagfile_information']['topics_with_message_count']
    promised = copy.deepcopy(topics[0])
    promised['topic_metadata'] |= {'name': INFO, 'type': 'sensor_msgs/msg/CameraInfo'}
    topics.append(promised)
    (path / 'metadata.yaml').write_text(yaml.safe_dump(description))
    with pytest.raises(InputError, match='/camera_info: no message can be read'):
        list(EvaluationBag(path))
