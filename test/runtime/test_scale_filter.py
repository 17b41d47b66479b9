"""The laws that a robot relies on: quick start, no jumps, slow drift, honest variance."""

import math

import numpy as np
import pytest

from depth_nodes.runtime.scale_filter import MAX_STD, ScaleFilter
from depth_nodes.runtime.scale_measurement import ScaleMeasurement

PERIOD_S = 0.1
VARIANCE = 0.02**2


def run(filter_, log_scales, start_s=0.0):
    """The scale after each frame."""
    scales = []
    for i, log_scale in enumerate(log_scales):
        filter_.add(ScaleMeasurement(float(log_scale), VARIANCE), start_s + i * PERIOD_S)
        scales.append(math.exp(filter_.log_scale))
    return np.array(scales)


@pytest.mark.parametrize('factor', [0.2, 0.5, 5.0, 20.0])
@pytest.mark.parametrize('seed', range(5))
def test_within_two_percent_after_two_seconds_with_a_third_of_bad_frames(factor, seed):
    random = np.random.default_rng(seed)
    log_scales = math.log(factor) + random.normal(0, 0.02, 20)
    log_scales[random.permutation(20)[:6]] += random.uniform(-2, 2, 6)
    assert run(ScaleFilter(), log_scales)[-1] == pytest.approx(factor, rel=0.02)


def test_steady_where_the_scene_is():
    random = np.random.default_rng(3)
    scales = run(ScaleFilter(), random.normal(0, 0.02, 300))
    assert scales[20:].std() / np.median(scales) <= 0.01


@pytest.mark.parametrize('error', [-3.0, -0.5, -0.1, -0.05, 0.03, 0.05, 0.08, 0.2, 3.0])
def test_one_bad_frame_moves_it_by_less_than_a_percent(error):
    filter_ = ScaleFilter()
    random = np.random.default_rng(4)
    before = run(filter_, random.normal(0, 0.01, 60))[-1]
    after = run(filter_, [error], start_s=6.0)[-1]
    assert after == pytest.approx(before, rel=0.01)


def test_slow_drift_is_followed():
    drift = np.linspace(0, math.log(1.2), 600)  # 20 % in a minute
    scales = run(ScaleFilter(), drift + np.random.default_rng(5).normal(0, 0.02, 600))
    np.testing.assert_allclose(scales[50:], np.exp(drift)[50:], rtol=0.03)


def test_a_jump_is_believed_within_a_second():
    filter_ = ScaleFilter()
    run(filter_, np.zeros(50))
    scales = run(filter_, np.full(10, math.log(3.0)), start_s=5.0)
    assert scales[3] == pytest.approx(1.0, rel=0.01)
    assert scales[-1] == pytest.approx(3.0, rel=0.01)


def test_bad_frames_are_held_not_used():
    filter_ = ScaleFilter()
    run(filter_, np.zeros(20))
    assert not filter_.add(ScaleMeasurement(1.0, VARIANCE), 2.0)
    assert filter_.measured_at_s == pytest.approx(1.9)


def test_trust_comes_with_agreement_and_goes_with_silence():
    filter_ = ScaleFilter()
    assert filter_.variance(0.0) == math.inf
    run(filter_, np.zeros(4))
    assert not filter_.is_trusted(0.4)
    run(filter_, np.zeros(8), start_s=0.4)
    assert filter_.is_trusted(1.2)
    variances = [filter_.variance(1.1 + silence_s) for silence_s in (0, 1, 10, 100)]
    assert variances == sorted(variances)
    assert not filter_.is_trusted(101.1)


@pytest.mark.parametrize('seed', range(20))
def test_frames_that_do_not_agree_are_not_trusted(seed):
    random = np.random.default_rng(seed)
    filter_ = ScaleFilter()
    run(filter_, random.uniform(-2, 2, 12))
    assert filter_.variance(1.1) > MAX_STD**2


def test_where_time_jumps_back_it_goes_on():
    filter_ = ScaleFilter()
    run(filter_, np.zeros(20), start_s=100.0)
    scales = run(filter_, np.full(20, 0.01), start_s=0.0)
    assert scales[-1] == pytest.approx(math.exp(0.01), rel=0.005)
    assert filter_.is_trusted(2.0)


def test_silence_counts_from_a_jump_back_in_time():
    filter_ = ScaleFilter()
    run(filter_, np.zeros(20), start_s=1000.0)
    filter_.rewind(5.0)
    assert filter_.measured_at_s == 5.0
    assert filter_.is_trusted(5.0)
    assert not filter_.is_trusted(100.0)
    filter_.rewind(100.0)
    assert filter_.measured_at_s == 5.0
