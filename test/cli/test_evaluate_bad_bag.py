"""`depth_nodes evaluate --bag` on recordings that are damaged, or lack what it takes."""

import dataclasses

from bag_evaluation import changed, depth_of, error_line, evaluate, NUM_FRAMES, stamp_ns
import numpy as np
import pytest
from robot_bag import (
    cloud_message,
    depth_message,
    Event,
    events_of,
    IMAGE,
    image_message,
    INFO,
    LIDAR,
    PREDICTION,
    Robot,
    TRUTH,
    write_events,
    write_robot,
)
from rosbags.rosbag2 import CompressionMode, StoragePlugin


@pytest.mark.parametrize('share', [0.3, 0.6, 0.9])
@pytest.mark.parametrize('compression', [CompressionMode.NONE, CompressionMode.STORAGE])
@pytest.mark.parametrize('plugin', list(StoragePlugin))
def test_frames_before_the_damage_are_evaluated(tmp_path, capsys, plugin, compression, share):
    if plugin == StoragePlugin.SQLITE3 and compression == CompressionMode.STORAGE:
        pytest.skip('SQLite bags have no compression of their own')
    bag = write_robot(tmp_path / 'b', Robot(), plugin=plugin, compression=compression)
    (file,) = [path for path in bag.iterdir() if path.suffix != '.yaml']
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])
    code, results = evaluate(tmp_path, '--bag', bag)
    assert code == 1
    assert 'is damaged or cut off' in error_line(capsys)
    assert results['complete'] is False
    assert 'is damaged or cut off' in results['problems'][0]
    assert 0.5 * share * NUM_FRAMES < results['overall']['frames'] <= NUM_FRAMES
    assert results['overall']['abs_rel'] == pytest.approx(0.1, abs=1e-6)


def test_a_recorder_that_was_killed_leaves_no_metadata(tmp_path, capsys):
    bag = write_robot(tmp_path / 'b', Robot())
    (bag / 'metadata.yaml').unlink()
    code, results = evaluate(tmp_path, '--bag', bag)
    assert (code, results['complete'], results['overall']['frames']) == (1, False, NUM_FRAMES)
    assert 'ros2 bag reindex' in error_line(capsys)


def test_nothing_is_left_of_a_file_of_nothing(tmp_path, capsys):
    bag = write_robot(tmp_path / 'b', Robot())
    next(bag.glob('*.mcap')).write_bytes(b'')
    assert evaluate(tmp_path, '--bag', bag) == (1, None)
    assert 'is damaged or cut off' in error_line(capsys)


def with_depth(topic: str, change) -> list[Event]:
    return changed(events_of(Robot()), topic, lambda m, n: change(depth_of(m), stamp_ns(m), n))


def nan_only(depth, at_ns, _):
    return depth_message(np.full_like(depth, np.nan), at_ns)


def empty(depth, at_ns, _):
    return image_message(np.empty((0, 0), np.float32), '32FC1', at_ns)


def zeros(depth, at_ns, _):
    return depth_message(np.zeros_like(depth), at_ns, '16UC1')


def colours(depth, at_ns, _):
    return image_message(np.zeros((*depth.shape, 3), np.uint8), 'rgb8', at_ns)


def short(depth, at_ns, _):
    message = depth_message(depth, at_ns)
    message.data = message.data[:100]
    return message


def gigantic(depth, at_ns, _):
    message = depth_message(depth, at_ns)
    message.height = message.width = message.step = 1 << 30
    return message


@pytest.mark.parametrize(
    ('topic', 'change', 'reason'),
    [
        (TRUTH, nan_only, 'holds no depth in any image'),
        (TRUTH, zeros, 'holds no depth in any image'),
        (TRUTH, empty, 'image of 0x0 has no pixels'),
        (TRUTH, colours, "depth encoding 'rgb8' is not supported"),
        (TRUTH, short, 'is cut off'),
        (TRUTH, gigantic, 'more than 64 Mi pixels'),
        (PREDICTION, colours, "depth encoding 'rgb8' is not supported"),
        (PREDICTION, empty, 'image of 0x0 has no pixels'),
    ],
)
def test_frames_that_cannot_be_compared_are_one_line(tmp_path, capsys, topic, change, reason):
    bag = write_events(tmp_path / 'b', with_depth(topic, change))
    assert evaluate(tmp_path, '--bag', bag) == (1, None)
    line = error_line(capsys)
    assert reason in line
    assert topic in line


def test_predictions_of_nan_only_fail_with_their_numbers_kept(tmp_path, capsys):
    bag = write_events(tmp_path / 'b', with_depth(PREDICTION, nan_only))
    code, results = evaluate(tmp_path, '--bag', bag)
    assert (code, results['overall']['density']) == (1, 0)
    assert '/depth/image_rect is NaN at every pixel of every frame' in error_line(capsys)


def test_some_unreadable_frames_fail_with_the_others_kept(tmp_path, capsys):
    events = with_depth(TRUTH, lambda d, t, n: (colours if n in (3, 7) else depth_as_is)(d, t, n))
    code, results = evaluate(tmp_path, '--bag', write_events(tmp_path / 'b', events))
    assert (code, results['complete'], results['overall']['frames']) == (1, False, NUM_FRAMES - 2)
    assert results['sequences']['b']['skipped'] == {'unreadable_truth': 2}
    assert '2 of 12 frames cannot be read; the first: /ground_truth' in error_line(capsys)


def depth_as_is(depth, at_ns, _):
    return depth_message(depth, at_ns)


def test_bags_without_what_it_takes_are_one_line(tmp_path, capsys):
    robot = Robot()
    for number, (events, reason) in enumerate(
        (
            (events_of(dataclasses.replace(robot, has_info=False)), 'no camera_info for /image'),
            ([e for e in events_of(robot) if e.topic != TRUTH], 'no ground truth'),
            ([e for e in events_of(robot) if e.topic != IMAGE], 'no topic with colour images'),
            (events_of(Robot(truth_shift_s=100.0)), 'has the stamp of an image'),
        )
    ):
        bag = write_events(tmp_path / f'b{number}', events)
        assert evaluate(tmp_path, '--bag', bag) == (1, None)
        assert reason in error_line(capsys)


@pytest.mark.parametrize(
    'option', ['--image-topic', '--camera-info-topic', '--truth-topic', '--prediction-topic']
)
def test_an_unknown_topic_is_wrong_use(tmp_path, capsys, option):
    bag = write_robot(tmp_path / 'b', Robot())
    assert evaluate(tmp_path, '--bag', bag, option, '/nothing') == (2, None)
    line = error_line(capsys)
    assert f'has no topic /nothing; choose one of its topics: {INFO}, {PREDICTION}' in line


def test_a_tolerance_that_is_none_is_wrong_use(tmp_path, capsys):
    bag = write_robot(tmp_path / 'b', Robot())
    for value in ('-1', 'nan', 'inf'):
        assert evaluate(tmp_path, '--bag', bag, f'--tolerance-s={value}') == (2, None)
        assert 'give 0 to 10 seconds' in error_line(capsys)


def test_one_bad_bag_leaves_the_others_their_results(tmp_path, capsys):
    good = write_robot(tmp_path / 'good', Robot())
    silent = write_robot(tmp_path / 'silent', Robot(has_info=False))
    late = write_robot(tmp_path / 'late', Robot(truth_shift_s=100.0))
    code, results = evaluate(tmp_path, '--bag', silent, late, good)
    assert (code, list(results['sequences'])) == (1, ['good'])
    assert results['complete'] is False
    assert len(results['problems']) == 2
    line = error_line(capsys)
    assert all(problem in line for problem in results['problems'])


def test_of_many_problems_the_first_are_said(tmp_path, capsys):
    bags = [write_robot(tmp_path / f'silent{n}', Robot(has_info=False)) for n in range(5)]
    assert evaluate(tmp_path, '--bag', *bags) == (1, None)
    assert error_line(capsys).count('no camera_info') == 5
    code, results = evaluate(tmp_path, '--bag', write_robot(tmp_path / 'good', Robot()), *bags)
    assert (code, len(results['problems'])) == (1, 5)
    line = error_line(capsys)
    assert line.count('no camera_info') == 3
    assert line.endswith(f'and 2 more, see `problems` in {tmp_path / "run.json"}')


def test_a_lidar_that_is_not_connected_is_one_line(tmp_path, capsys):
    events = [
        event._replace(topic=LIDAR, message=cloud_message(np.ones((4, 3)), event.recorded_ns))
        if event.topic == TRUTH
        else event
        for event in events_of(Robot())
    ]
    assert evaluate(tmp_path, '--bag', write_events(tmp_path / 'b', events)) == (1, None)
    line = error_line(capsys)
    assert "/tf_static does not connect 'lidar' with 'camera_optical_frame'" in line
