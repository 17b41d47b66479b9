import json
import math

import pytest
from report_example import example_frames, example_results, example_sequence

from depth_nodes.errors import InputError
from depth_nodes.evaluation.comparison import compare, frame_value, paired_frames
from depth_nodes.evaluation.run_file import Run


def run(name: str, shift: float = 0.0, num_frames: int = 200, **changes) -> Run:
    frames = example_frames(num_frames, shift, seed=len(name))
    results = example_results({'room': example_sequence(frames)}, model=name)
    return Run(name=name, results=results | changes)


def metrics_of(comparison: dict, name: str) -> dict:
    return comparison['comparisons'][name]['overall']['metrics']


def test_better_worse_and_no_difference_are_told_apart():
    runs = [run('base'), run('better', -0.02), run('worse.', 0.02), run('same..')]
    comparison = compare(runs)
    better, worse, same = (metrics_of(comparison, one.name) for one in runs[1:])
    for metric in ('abs_rel', 'rmse', 'silog', 'd1', 'scale_error'):
        verdicts = [found[metric]['verdict'] for found in (better, worse, same)]
        assert verdicts == ['better', 'worse', 'same']
    assert better['abs_rel']['difference'] == pytest.approx(-0.02, abs=0.005)
    assert better['d1']['difference'] == pytest.approx(0.03, abs=0.008)
    assert better['density'] == {
        'reference': 1.0, 'run': 1.0, 'difference': 0.0, 'low': 0.0, 'high': 0.0,
        'block_frames': 6, 'verdict': 'same',
    }  # fmt: skip


def test_pairs_find_what_two_means_would_not():
    """The scenes differ by far more than the networks do."""
    abs_rel = metrics_of(compare([run('base'), run('new', 0.01)]), 'new')['abs_rel']
    spread = abs_rel['high'] - abs_rel['low']
    errors = [frame['abs_rel'] for frame in example_frames(200)]
    assert spread < 0.3 * (max(errors) - min(errors))
    assert abs_rel['verdict'] == 'worse'


def test_every_run_is_held_against_the_first():
    comparison = compare([run('a'), run('bb', 0.05), run('ccc', -0.05)])
    assert comparison['reference'] == 'a'
    assert list(comparison['comparisons']) == ['bb', 'ccc']
    assert list(comparison['runs']) == ['a', 'bb', 'ccc']
    assert json.loads(json.dumps(comparison, allow_nan=False)) == comparison


def test_only_common_frames_count():
    comparison = compare([run('a', num_frames=100), run('bb', num_frames=60)])
    room = comparison['comparisons']['bb']['sequences']['room']
    assert (room['frames'], room['single_frames']) == (60, 40)
    with pytest.raises(InputError, match='no frame in common'):
        compare([run('a'), Run(name='b', results=example_results({}))])


def test_frames_are_paired_by_stamp_or_else_by_name():
    first = [{'name': 'a', 'stamp_s': 1.0}, {'name': 'b', 'stamp_s': 2.0}]
    second = [{'name': 'a', 'stamp_s': 2.0}, {'name': 'b', 'stamp_s': 3.0}]
    pairs = paired_frames(first, second)
    assert pairs.common == [(first[1], second[0])]
    assert pairs.num_single == 2
    unstamped = [{'name': 'b', 'stamp_s': None}]
    assert paired_frames(first, unstamped).common == [(first[1], unstamped[0])]


def test_a_folder_whose_stamps_begin_at_0_is_paired_with_its_bag():
    folder = [{'name': f'{index}', 'stamp_s': 0.4 * index} for index in range(4)]
    bag = [frame | {'stamp_s': frame['stamp_s'] + 100} for frame in folder[1:]]
    pairs = paired_frames(folder, bag)
    assert [first['name'] for first, _ in pairs.common] == ['1', '2', '3']
    assert pairs.num_single == 1
    bag[-1]['stamp_s'] += 0.01
    assert paired_frames(folder, bag).common == []


def test_a_scale_is_wrong_alike_on_both_sides():
    for scale in (0.5, 2.0):
        assert frame_value({'scale': scale}, 'scale_error') == pytest.approx(math.log(2))
    assert math.isnan(frame_value({'scale': None}, 'scale_error'))


def test_frames_without_a_number_are_left_out_of_that_metric():
    one, other = run('a', num_frames=50), run('bb', num_frames=50)
    for frame in other.results['sequences']['room']['per_frame']:
        frame['scale'] = None
    found = metrics_of(compare([one, other]), 'bb')
    assert found['scale_error'] is None
    assert found['abs_rel'] is not None


def test_three_frames_tell_nothing():
    found = metrics_of(compare([run('a', num_frames=3), run('bb', 0.1, 3)]), 'bb')
    assert found['abs_rel']['verdict'] == 'unknown'
    assert found['abs_rel']['low'] is None


def test_what_weakens_a_comparison_is_noted():
    one, other = run('a'), run('bb', complete=False)
    other.results['sequences']['room']['ground_truth'] = 'lidar /points'
    other.results['sequences']['yard'] = other.results['sequences']['room']
    notes = compare([one, other])['notes']
    assert notes == [
        'bb is incomplete: only part of its data was read',
        'not in both a and bb: yard',
        'room: ground truth is folder in a and lidar /points in bb',
    ]
