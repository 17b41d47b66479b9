import pytest
from report_example import example_frames, example_sequence, LATENCY

from depth_nodes.evaluation.report.verdict import (
    evidence,
    lateness,
    metres,
    near_error,
    obstacles,
    steadiness,
    verdicts,
)


@pytest.fixture
def result():
    return example_sequence(example_frames(50))


@pytest.mark.parametrize(
    ('scale', 'spread', 'grade', 'words'),
    [
        (1.0, 0.01, 'good', 'Yes. In the median frame depth is right'),
        (1.25, 0.01, 'poor', 'No. In the median frame depth is 20 % too small'),
        (0.9, 0.01, 'fair', 'Roughly. In the median frame depth is 11 % too large'),
        (1.0, 0.2, 'poor', 'spreads by 20 %'),
    ],
)
def test_metres_are_told_by_scale_and_spread(result, scale, spread, grade, words):
    answer = metres(result | {'scale_median': scale, 'scale_std_over_median': spread})
    assert answer.grade == grade
    assert words.replace(' %', '\N{NO-BREAK SPACE}%') in answer.text


def test_what_scaling_would_leave_is_said(result):
    means = {'none': {'abs_rel': 0.3}, 'median': {'abs_rel': 0.12}}
    assert '30 % as published, and would be 12 %'.replace(
        ' %', '\N{NO-BREAK SPACE}%'
    ) in metres(result | {'alignments': means}).text  # fmt: skip


def test_a_network_that_says_nothing_is_poor(result):
    answer = metres(result | {'scale_median': None, 'scale_std_over_median': None})
    assert (answer.grade, answer.text) == ('poor', 'Nothing was predicted.')


def row(near, far, share, abs_rel, bias_m):
    return {'min_m': near, 'max_m': far, 'share': share, 'abs_rel': abs_rel, 'bias_m': bias_m}


def test_near_error_weighs_ranges_and_leaves_out_those_with_next_to_no_truth(result):
    ranges = [row(0, 2, 0.6, 0.1, -0.1), row(2, 5, 0.2, 0.3, 0.7), row(5, 10, 0.001, 0.9, 5),
              row(10, 20, 0.199, 0.8, 9), row(20, 40, 0.0, None, None)]  # fmt: skip
    answer = near_error(result | {'by_range': ranges})
    mean = (0.6 * 0.1 + 0.2 * 0.3) / 0.8
    assert answer.short.startswith(f'{100 * mean:.0f}')
    assert answer.grade == 'fair'
    assert 'worst at 2–5 m: there depth is on average 0.7 m too far' in answer.text
    assert '5–10 m' not in answer.text


def test_far_truth_alone_is_graded_by_its_nearest_range(result):
    answer = near_error(result | {'by_range': [row(20, 40, 1.0, 0.05, 1)]})
    assert (answer.grade, answer.short[-4:]) == ('good', '40 m')


def within(distance_m, true, missed, phantom, columns=1000):
    return {
        'distance_m': distance_m, 'true_columns': true, 'missed': missed, 'phantom': phantom,
        'missed_share': missed / true if true else None,
        'phantom_share': phantom / (columns - true),
    }  # fmt: skip


def scores(*rows, columns=1000):
    return {'columns': columns, 'nearest_error_m': 0.2, 'within': list(rows)}


def test_obstacles_are_graded_by_the_worst_share(result):
    rows = [within(1, 0, 0, 0), within(2, 100, 1, 5), within(5, 500, 10, 200)]
    answer = obstacles(result | {'obstacles': scores(*rows)})
    assert (answer.grade, answer.short.split()[-4:]) == ('poor', ['phantom', '<', '5', 'm'])
    assert 'within 1 m' not in answer.text


def test_phantoms_count_where_there_is_no_obstacle(result):
    assert obstacles(result | {'obstacles': scores(within(1, 0, 0, 500))}).grade == 'poor'


def test_three_columns_are_no_share(result):
    """Nearly all columns have an obstacle, and the few without a phantom each."""
    rows = [within(5, 997, 5, 3)]
    answer = obstacles(result | {'obstacles': scores(*rows)})
    assert (answer.grade, answer.short.split()[-4]) == ('good', 'missed')


def test_drift_is_said_of_what_was_seen(result):
    temporal = result['temporal'] | {'scale_drift_per_min': 0.6}
    text = steadiness(result | {'temporal': temporal}).text
    # 4.9 s of a minute
    assert '+4.9\N{NO-BREAK SPACE}% over the recording' in text
    result['per_frame'][-1]['stamp_s'] += 100
    text = steadiness(result | {'temporal': temporal}).text
    assert '+60\N{NO-BREAK SPACE}% a minute' in text


def test_what_is_not_known_is_said(result):
    nothing = scores(within(1, 0, 0, 0))
    temporal = dict.fromkeys(result['temporal'])
    for answer in (
        obstacles(result | {'obstacles': nothing}),
        steadiness(result | {'temporal': temporal}),
        lateness(result),
    ):
        assert answer.grade == 'unknown'
        assert answer.text.startswith('Not known')


def test_lateness_counts_age_and_drops(result):
    assert lateness(result | {'latency': LATENCY}).grade == 'fair'
    fresh = LATENCY | {'dropped': 0}
    assert lateness(result | {'latency': fresh}).grade == 'good'
    assert lateness(result | {'latency': fresh | {'age_p95_ms': 900.0}}).grade == 'poor'


def test_evidence_is_worth_less_with_few_or_skipped_frames(result):
    whole = result | {'skipped': {}}
    assert evidence(whole).grade == 'good'
    assert evidence(whole | {'warnings': ['the clocks differ']}).grade == 'fair'
    assert evidence(whole | {'frames': 5}).grade == 'poor'
    assert evidence(whole | {'skipped': {'no depth': 60}}).grade == 'poor'
    assert '(60 no depth)' in evidence(whole | {'skipped': {'no depth': 60}}).text


def test_a_folder_tells_no_reasons(result):
    for key in ('skipped', 'warnings', 'clock_offset_s', 'ground_truth'):
        del result[key]
    assert [answer.question for answer in verdicts(result)][0] == 'Is it metres?'
    assert 'ground truth: folder' in evidence(result).text
