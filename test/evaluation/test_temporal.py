import math

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from depth_nodes.data.sequence import Sequence
from depth_nodes.data.synthetic.render import render_sequence
from depth_nodes.data.synthetic.scene import SceneConfig
from depth_nodes.evaluation.evaluation_config import EvaluationConfig
from depth_nodes.evaluation.reprojection import View
from depth_nodes.evaluation.sequence_evaluation import SequenceEvaluation
from depth_nodes.evaluation.temporal import scale_drift_per_min, TemporalScores, TimedView


def scored(predictions, truths, scales=None, period_s: float = 0.1) -> dict:
    scores = TemporalScores()
    scales = [1.0] * len(truths) if scales is None else scales
    for index, (prediction, truth, scale) in enumerate(
        zip(predictions, truths, scales, strict=True)
    ):
        view = View(truth_m=np.float32(truth))
        scores.add(
            TimedView(
                stamp_s=index * period_s, scale=scale, prediction_m=np.float32(prediction),
                view=view,
            )
        )  # fmt: skip
    return scores.result()


def test_a_case_worked_by_hand():
    # Of 2x2 pixels three stay where they are; their depth changes by 0, +10 % and -50 %.
    truths = [[[1, 2], [4, 8]]] * 2
    truths[1] = [[1, 2], [4, 9]]
    predictions = [[[1, 2], [3, 4]], [[1, 2.2], [1.5, 9]]]
    result = scored(predictions, truths, scales=[2.0, 3.0])
    assert result['static_share'] == 3 / 4
    assert result['flicker'] == pytest.approx(math.log(1.1), rel=1e-6)
    assert result['flicker_of'] == 'static pixels'
    assert result['scale_jitter'] == pytest.approx(math.log(1.5))
    assert result['pairs'] == 1


def test_a_perfect_prediction_does_not_flicker_and_neither_does_a_constant_factor():
    rng = np.random.default_rng(0)
    base = rng.uniform(1, 9, (6, 8))
    truths = [base * rng.uniform(0.996, 1.004, base.shape) for _ in range(5)]
    for factor in (1, 0.3):
        predictions = [factor * np.float32(truth) for truth in truths]
        assert scored(predictions, truths)['flicker'] == pytest.approx(0, abs=1e-6)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_an_independent_implementation_agrees(seed):
    """Pixel by pixel in plain Python."""
    rng = np.random.default_rng(seed)
    base = rng.uniform(1, 9, (5, 7))
    truths = np.float32([base * rng.uniform(0.985, 1.015, base.shape) for _ in range(4)])
    truths[rng.random(truths.shape) < 0.1] = 0
    predictions = np.float32(base * rng.uniform(0.8, 1.2, truths.shape))
    predictions[rng.random(truths.shape) < 0.1] = math.nan
    flicker, shares = [], []
    for index in range(3):
        changes, num_known, num_static = [], 0, 0
        columns = zip(
            truths[index].flat, truths[index + 1].flat, predictions[index].flat,
            predictions[index + 1].flat, strict=True,
        )  # fmt: skip
        for pixel in columns:
            before, now, predicted_before, predicted_now = map(float, pixel)
            if before == 0 or now == 0:
                continue
            num_known += 1
            if abs(now - before) < 0.01 * before:
                num_static += 1
                change = math.log(predicted_now / predicted_before) - math.log(now / before)
                changes += [] if math.isnan(change) else [abs(change)]
        shares.append(num_static / num_known)
        if shares[-1] >= 0.25 and changes:
            flicker.append(np.median(changes))
    result = scored(predictions, truths)
    assert result['static_share'] == pytest.approx(np.mean(shares))
    expected = np.mean(flicker) if flicker else None
    assert result['flicker'] == (expected and pytest.approx(expected, rel=1e-6))


def test_flicker_by_a_known_amount_is_found():
    truth = np.full((6, 8), 4.0)
    predictions = [truth * (1.03 if index % 2 else 1) for index in range(6)]
    result = scored(predictions, [truth] * 6)
    assert result['flicker'] == pytest.approx(math.log(1.03), rel=1e-5)


def test_a_moving_camera_without_poses_tells_nothing_about_flicker():
    truths = [np.full((6, 8), 4.0 + index) for index in range(4)]
    result = scored(truths, truths)
    assert (result['flicker'], result['static_share'], result['pairs']) == (None, 0, 3)


def test_frames_far_apart_are_no_pairs():
    truth = np.full((6, 8), 4.0)
    result = scored([truth] * 3, [truth] * 3, period_s=1.5)
    assert (result['pairs'], result['flicker'], result['scale_jitter']) == (0, None, None)


def test_a_made_drift_is_found_despite_noise_and_outliers():
    rng = np.random.default_rng(0)
    times = (np.arange(200) * 0.1).tolist()
    logs = 0.09 * np.array(times) / 60 + rng.normal(0, 0.001, 200)
    logs[::17] += 0.7
    assert scale_drift_per_min(times, logs.tolist()) == pytest.approx(0.09, rel=0.05)


def test_a_long_sequence_drifts_as_a_short_one():
    times = (np.arange(5000) * 0.1).tolist()
    logs = [-0.02 * time / 60 for time in times]
    assert scale_drift_per_min(times, logs) == pytest.approx(-0.02)


@pytest.mark.parametrize(('frames', 'period_s'), [(9, 1.0), (30, 0.01)])
def test_a_drift_needs_frames_and_time(frames, period_s):
    times = [index * period_s for index in range(frames)]
    assert scale_drift_per_min(times, [0.0] * frames) is None


def test_a_rendered_flight_is_reprojected_through_its_poses():
    """The camera moves, so that hardly any pixel is static; the poses find the points again."""
    scene = SceneConfig(domain='room', seed=3, num_frames=3, height_px=96, width_px=128)
    samples = list(render_sequence(scene))
    rng = np.random.default_rng(0)
    results = []
    for noise in (0, 0.05):
        evaluation = SequenceEvaluation(EvaluationConfig(min_depth_m=1e-3))
        for sample in samples:
            factor = np.exp(rng.normal(0, noise, sample.depth_m.shape))
            evaluation.add(sample, (sample.depth_m * factor).astype(np.float32))
        results.append(evaluation.result()['temporal'])
    perfect, noisy = results
    assert perfect['flicker_of'] == 'reprojected pixels'
    assert perfect['static_share'] > 0.8
    assert perfect['flicker'] == pytest.approx(0, abs=1e-6)
    # The median of |difference of two normal numbers|.
    assert noisy['flicker'] == pytest.approx(0.6745 * 0.05 * math.sqrt(2), rel=0.05)


def test_recorded_poses_bring_recorded_points_together(shared_dir):
    evaluation = SequenceEvaluation(EvaluationConfig())
    for index, sample in enumerate(Sequence(shared_dir / 'data/eval/tum_fr1_rpy')):
        if index < 6:
            depth = np.zeros(sample.image.shape[:2], np.float32)
            stride = sample.depth_stride
            depth[::stride, ::stride] = sample.depth_m
            evaluation.add(sample, depth)
    temporal = evaluation.result()['temporal']
    assert temporal['flicker_of'] == 'reprojected pixels'
    assert temporal['static_share'] > 0.8
    assert temporal['flicker'] == 0
