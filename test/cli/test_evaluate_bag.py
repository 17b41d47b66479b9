"""`depth_nodes evaluate --bag` on recordings as robots make them."""

from bag_evaluation import changed, depth_of, error_line, evaluate, NUM_FRAMES, stamp_ns
import numpy as np
import pytest
from random_model import random_multi_frame_weights
from robot_bag import (
    compressed_depth_message,
    depth_message,
    events_of,
    FACTOR,
    IMAGE,
    jpeg_message,
    PREDICTION,
    Robot,
    START_NS,
    TRUTH,
    write_events,
    write_robot,
)
from rosbags.rosbag2 import CompressionMode, StoragePlugin
from tiny_drive import tiny_drive

from depth_nodes.cli.main import main
from depth_nodes.data.evaluation_bag import EvaluationBag
from depth_nodes.data.sequence import write_sequence


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


def test_a_model_of_several_frames_says_of_a_bag_what_it_says_of_its_folder(tmp_path):
    folder, bag = tmp_path / 'drive', tmp_path / 'drive.bag'
    write_sequence(folder, tiny_drive(4), name='drive')
    assert main(['bag', 'make', '--sequence', str(folder), '--output', str(bag)]) == 0
    model = ('--model', random_multi_frame_weights().safetensors_path, '--backend', 'torch')
    _, of_folder = evaluate(tmp_path, '--sequence', folder, *model)
    _, of_bag = evaluate(tmp_path, '--bag', bag, *model)
    elsewhere = ('--base-from-camera', '0 0 0 0 0 0.6 0.8')
    _, turned = evaluate(tmp_path, '--bag', bag, *model, *elsewhere)
    expected, found, other = (
        results['sequences']['drive'] for results in (of_folder, of_bag, turned)
    )
    assert expected['temporal']['flicker_of'] == found['temporal']['flicker_of']
    assert found['abs_rel'] == pytest.approx(expected['abs_rel'], rel=1e-6)
    for name in ('flicker', 'scale_jitter', 'static_share'):
        assert found['temporal'][name] == pytest.approx(expected['temporal'][name], rel=1e-6)
    assert other['abs_rel'] != pytest.approx(expected['abs_rel'], rel=1e-5)


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


def test_a_folder_of_recordings_is_evaluated_by_where_they_lie(tmp_path):
    for place in ('a/walk', 'b/walk'):
        (tmp_path / 'fleet' / place).parent.mkdir(parents=True)
        write_robot(tmp_path / 'fleet' / place, Robot())
    code, results = evaluate(tmp_path, '--bags', tmp_path / 'fleet')
    assert (code, list(results['sequences'])) == (0, ['a/walk', 'b/walk'])
    assert results['overall']['frames'] == 2 * NUM_FRAMES


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
