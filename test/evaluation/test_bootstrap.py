import numpy as np
import pytest
from report_example import correlated_noise

from depth_nodes.evaluation.bootstrap import block_length, mean_interval


def test_independent_values_give_the_interval_of_the_textbook():
    values = np.random.default_rng(3).normal(5.0, 2.0, 400)
    found = mean_interval([values])
    half_width = 1.96 * values.std() / np.sqrt(400)
    assert found.mean == pytest.approx(values.mean())
    assert found.high - found.mean == pytest.approx(half_width, rel=0.15)
    assert found.mean - found.low == pytest.approx(half_width, rel=0.15)


def test_intervals_of_alike_neighbours_hold_the_truth_nearly_as_often_as_they_say():
    hits = {'blocks': 0, 'single frames': 0}
    rng = np.random.default_rng(0)
    for _ in range(100):
        values = correlated_noise(rng, 300, 0.8)
        found = mean_interval([values])
        hits['blocks'] += found.low < 0 < found.high
        half_width = 1.96 * values.std() / np.sqrt(300)
        hits['single frames'] += abs(values.mean()) < half_width
    assert hits['blocks'] >= 85
    assert hits['single frames'] <= 60


def test_blocks_are_as_long_as_frames_are_alike():
    rng = np.random.default_rng(1)
    lengths = [block_length(correlated_noise(rng, 1000, memory)) for memory in (0.0, 0.8, 0.97)]
    assert lengths[0] <= 12 < lengths[1] < lengths[2]
    assert block_length(np.zeros(100)) == 5
    assert block_length(0.3 + 1e-16 * np.arange(100.0)) == 5
    assert block_length(np.arange(100.0)) == 33
    assert block_length(np.ones(1)) == 1


def test_the_same_values_give_the_same_interval():
    values = np.random.default_rng(2).normal(size=60)
    assert mean_interval([values]) == mean_interval([values])


def test_sequences_count_alike_whatever_their_length():
    rng = np.random.default_rng(4)
    groups = [rng.normal(1.0, 0.1, 500), rng.normal(3.0, 0.1, 40)]
    found = mean_interval(groups)
    assert found.mean == pytest.approx(2.0, abs=0.05)
    assert found.low < found.mean < found.high


def test_few_frames_have_no_interval():
    found = mean_interval([np.array([1.0, 2.0, 3.0])])
    assert (found.mean, found.low, found.high) == (2.0, None, None)


def test_no_spread_is_a_point():
    assert mean_interval([np.full(50, 0.25)])[:3] == (0.25, 0.25, 0.25)
