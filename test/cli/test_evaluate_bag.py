"""`depth_nodes evaluate --bag` on recordings as robots make them, good and bad."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from robot_bag import (
    cloud_message,
    compressed_depth_message,
    depth_message,
    Event,
    events_of,
    FACTOR,
    IMAGE,
    image_message,
    INFO,
    jpeg_message,
    LIDAR,
    PREDICTION,
    Robot,
    START_NS,
    TRUTH,
    write_events,
    write_robot,
)
from rosbags.rosbag2 import CompressionMode, StoragePlugin

from depth_nodes.cli.main import main
from depth_nodes.data.evaluation_bag import EvaluationBag

NUM_FRAMES = 12


def evaluate(tmp_path: Path, *arguments: str | Path) -> tuple[int, dict | None]:
    """The exit code and what was written."""
    output = tmp_path / 'run.json'
    code = main(['evaluate', *map(str, arguments), '--output', str(output)])
    return code, json.loads(output.read_text()) if output.exists() else None


def error_line(capsys) -> str:
    (line,) = [line for line in capsys.readouterr().err.splitlines() if 'error: ' in line]
    assert line.startswith('depth_nodes: error: ')
    return line


def changed(events: list[Event], topic: str, change) -> list[Event]:
    """The events with `change(message, number of the message)` in place of a topic's messages."""
    numbers = iter(range(len(events)))
    return [
        event._replace(message=change(event.message, next(numbers)))
        if event.topic == topic
        else event
        for event in events
    ]


def stamp_ns(message) -> int:
    return message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec


def depth_of(message) -> np.ndarray:
    return message.data.view(np.float32).reshape(message.height, message.width)


@pytest.mark.parametrize('compression', [CompressionMode.NONE, CompressionMode.MESSAGE])
@pytest.mark.parametrize('plugin', list(StoragePlugin))
def test_recorded_predictions_are_judged_without_a_model(tmp_path, plugin, compression):
    bag = write_robot(tmp_path / 'walk', Robot(), plugin=plugin, compression=compression)
    code, results = evaluate(tmp_path, '--bag', bag)
    assert code == 0
    assert (results['model'], results['weights_sha256']) == ('recorded /depth/image_rect', None)
    assert (results['complete'], results['problems']) == (True, [])
    walk = results['sequences']['walk']
    assert walk['frames'] == NUM_FRAMES
    assert walk['abs_rel'] == pytest.approx(0.1, abs=1e-6)
    assert walk['scale_median'] == pytest.approx(1 / FACTOR, abs=1e-6)
    assert walk['ground_truth'] == 'topic /ground_truth/image_rect'
    assert (walk['skipped'], walk['clock_offset_s'], walk['warnings']) == ({}, None, [])


def test_a_model_that_is_asked_for_runs(tmp_path):
    bag = write_robot(tmp_path / 'walk', Robot())
    code, results = evaluate(tmp_path, '--bag', bag, '--model', 'fake', '--backend', 'fake')
    assert (code, results['model']) == (0, 'fake')
    code, recorded = evaluate(tmp_path, '--bag', bag, '--prediction-topic', PREDICTION)
    assert (code, recorded['model']) == (0, 'recorded /depth/image_rect')
    assert recorded['overall']['abs_rel'] != results['overall']['abs_rel']


@pytest.mark.parametrize(
    ('topic', 'make', 'tolerance'),
    [
        ('/cam/depth/image_raw', lambda d, s: depth_message(d, s, '16UC1'), 1e-3),
        ('/cam/depth/image_raw/compressedDepth', compressed_depth_message, 1e-3),
        (
            '/cam/depth/image_raw/compressedDepth',
            lambda d, s: compressed_depth_message(d, s, '32FC1'),
            6e-3,  # at 10 m a step of the quantised inverse depth is 1 %
        ),
    ],
)
def test_depth_cameras_are_found_and_decoded(tmp_path, topic, make, tolerance):
    events = [
        event._replace(topic=topic, message=make(depth_of(event.message), event.recorded_ns))
        if event.topic == TRUTH
        else event
        for event in events_of(Robot())
    ]
    code, results = evaluate(tmp_path, '--bag', write_events(tmp_path / 'b', events))
    assert code == 0
    assert results['sequences']['b']['ground_truth'] == f'topic {topic}'
    assert results['overall']['abs_rel'] == pytest.approx(0.1, abs=tolerance)


def test_compressed_images_and_predictions_in_millimetres(tmp_path):
    events = [
        event._replace(
            topic='/image/compressed',
            message=jpeg_message(
                event.message.data.reshape(event.message.height, -1, 3), event.recorded_ns
            ),
        )
        if event.topic == IMAGE
        else event
        for event in events_of(Robot())
    ]
    events = changed(
        events, PREDICTION, lambda m, _: depth_message(depth_of(m), stamp_ns(m), '16UC1')
    )
    code, results = evaluate(tmp_path, '--bag', write_events(tmp_path / 'b', events))
    assert code == 0
    assert results['overall']['abs_rel'] == pytest.approx(0.1, abs=1e-3)


@pytest.mark.parametrize('order', ['topic after topic', 'truth late'])
def test_topics_may_be_recorded_out_of_step(tmp_path, order):
    events = events_of(Robot(num_frames=20))
    if order == 'topic after topic':
        events = sorted(events, key=lambda event: event.topic)
    else:
        events = [e for e in events if e.topic != TRUTH] + [e for e in events if e.topic == TRUTH]
    late = [e._replace(recorded_ns=START_NS + 10**6 * n) for n, e in enumerate(events)]
    code, results = evaluate(tmp_path, '--bag', write_events(tmp_path / 'b', late))
    assert (code, results['overall']['frames']) == (0, 20)
    assert results['overall']['abs_rel'] == pytest.approx(0.1, abs=1e-6)


def test_what_is_skipped_is_counted_by_reason(tmp_path):
    events = events_of(Robot())
    truths = [event for event in events if event.topic == TRUTH]
    predictions = [event for event in events if event.topic == PREDICTION]
    gone = [truths[1], truths[2], predictions[4]]
    events = [event for event in events if not any(event is one for one in gone)]
    events = changed(
        events,
        TRUTH,
        lambda m, n: depth_message(depth_of(m) * np.nan, stamp_ns(m)) if n == 3 else m,
    )
    code, results = evaluate(tmp_path, '--bag', write_events(tmp_path / 'b', events))
    assert code == 0
    assert results['sequences']['b']['skipped'] == {
        'no_prediction_at_stamp': 1,
        'no_truth_at_stamp': 2,
        'truth_without_depth': 1,
    }
    assert results['overall']['frames'] == NUM_FRAMES - 4


def test_stamps_match_within_a_tolerance(tmp_path, capsys):
    bag = write_robot(tmp_path / 'b', Robot(truth_shift_s=0.004, truth_delay_s=0.004))
    assert evaluate(tmp_path, '--bag', bag) == (1, None)
    line = error_line(capsys)
    assert 'has the stamp of an image (the nearest is 0.004 s off)' in line
    assert '--tolerance-s' in line
    code, results = evaluate(tmp_path, '--bag', bag, '--tolerance-s', '0.005')
    assert (code, results['overall']['frames']) == (0, NUM_FRAMES)


@pytest.mark.parametrize('has_model', [False, True])
@pytest.mark.parametrize('shift_s', [0.2, -0.2])
@pytest.mark.parametrize('is_recording_shifted', [False, True])
def test_a_clock_that_is_off_is_said_and_taken_out(
    tmp_path, capsys, caplog, shift_s, is_recording_shifted, has_model
):
    robot = Robot(
        num_frames=30,
        truth_shift_s=shift_s,
        truth_delay_s=shift_s if is_recording_shifted else 0.0,
        has_prediction=not has_model,
    )
    arguments = ['--model', 'fake', '--backend', 'fake'] if has_model else []
    bag = write_robot(tmp_path / 'b', robot)
    code, results = evaluate(tmp_path, '--bag', bag, *arguments)
    assert code == 0
    assert results['sequences']['b']['clock_offset_s'] == pytest.approx(shift_s, abs=1e-3)
    (line,) = results['sequences']['b']['warnings']
    assert f'is 0.20 s {"ahead of" if shift_s > 0 else "behind"} the camera' in line
    assert line in caplog.text
    assert results['overall']['frames'] == 30
    if not has_model:
        assert results['overall']['abs_rel'] == pytest.approx(0.1, abs=1e-6)


def test_a_delay_of_recording_is_no_offset(tmp_path):
    bag = write_robot(tmp_path / 'b', Robot(num_frames=30, truth_delay_s=0.2))
    code, results = evaluate(tmp_path, '--bag', bag)
    assert code == 0
    assert results['sequences']['b']['clock_offset_s'] is None
    assert results['sequences']['b']['warnings'] == []


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


def test_a_folder_of_recordings_is_evaluated_by_where_they_lie(tmp_path):
    for place in ('a/walk', 'b/walk'):
        (tmp_path / 'fleet' / place).parent.mkdir(parents=True)
        write_robot(tmp_path / 'fleet' / place, Robot())
    code, results = evaluate(tmp_path, '--bags', tmp_path / 'fleet')
    assert (code, list(results['sequences'])) == (0, ['a/walk', 'b/walk'])
    assert results['overall']['frames'] == 2 * NUM_FRAMES


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


def test_an_interrupted_run_goes_on_where_it_was(tmp_path, monkeypatch):
    bags = [write_robot(tmp_path / name, Robot()) for name in ('first', 'second')]
    whole = evaluate(tmp_path, '--bag', *bags)
    assert whole[0] == 0
    frames, read, interrupted = EvaluationBag.__iter__, [], ['second']

    def interrupt(bag):
        read.append(bag.name)
        if bag.name in interrupted:
            raise KeyboardInterrupt
        return frames(bag)

    monkeypatch.setattr(EvaluationBag, '__iter__', interrupt)
    (tmp_path / 'run.json').unlink()
    assert evaluate(tmp_path, '--bag', *bags) == (130, None)
    assert read == ['first', 'second']
    interrupted.clear()
    assert evaluate(tmp_path, '--bag', *bags) == whole
    # The report's pictures read both once more.
    assert read == ['first', 'second', 'second', 'first', 'second']
    assert not list(tmp_path.glob('*.partial'))
