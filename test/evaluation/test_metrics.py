import math

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from depth_nodes.errors import InputError
from depth_nodes.evaluation.crop import crop_mask
from depth_nodes.evaluation.evaluation_config import EvaluationConfig
from depth_nodes.evaluation.metrics import image_metrics, ImageMetrics

INF, NAN = math.inf, math.nan


def depth(rows) -> np.ndarray:
    return np.array(rows, np.float32)


def metrics(prediction, truth, stride=1, **settings_of_the_evaluation) -> ImageMetrics:
    config = EvaluationConfig(**settings_of_the_evaluation)
    result = image_metrics(depth(prediction), depth(truth), config, stride)
    assert result is not None
    return result


def test_a_case_worked_by_hand():
    # Errors 0, -1 and +1 m at truths of 1, 2 and 4 m; the fourth truth is unknown.
    result = metrics([[1, 1], [5, 3]], [[1, 2], [4, 0]])
    assert result == pytest.approx(
        ImageMetrics(
            density=1,
            abs_rel=(0 + 1 / 2 + 1 / 4) / 3,
            sq_rel=(0 + 1 / 2 + 1 / 4) / 3,
            rmse=math.sqrt(2 / 3),
            rmse_log=math.sqrt((math.log(2) ** 2 + math.log(5 / 4) ** 2) / 3),
            d1=1 / 3,  # 5 / 4 is not below 1.25
            d2=2 / 3,
            d3=2 / 3,  # 2 is not below 1.953
            scale=2.0,
            silog=100 * np.std([0, -math.log(2), math.log(5 / 4)]),
            irmse_per_km=1000 * math.sqrt((0 + 0.5**2 + 0.05**2) / 3),
            imae_per_km=1000 * (0 + 0.5 + 0.05) / 3,
        )
    )


def test_a_perfect_prediction():
    truth = [[1, 2], [30, 70]]
    for align in ('none', 'median', 'affine'):
        result = metrics(truth, truth, align=align)
        expected = ImageMetrics(1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0)
        assert result == pytest.approx(expected, abs=1e-4)


def test_truth_at_the_ends_of_the_range_does_not_count():
    truth = [[0.1, 80, 2], [NAN, INF, 0]]
    result = metrics([[9, 9, 3], [9, 9, 9]], truth, min_depth_m=0.1, max_depth_m=80.0)
    assert result.abs_rel == 0.5
    assert metrics([[9, 3]], [[1, 2]], min_depth_m=1.0).abs_rel == 0.5
    assert metrics([[3, 9]], [[2, 8]], max_depth_m=8.0).abs_rel == 0.5


def test_no_truth_in_range_gives_nothing():
    config = EvaluationConfig()
    assert image_metrics(depth([[1, 1]]), depth([[0, 90]]), config) is None


def test_infinities_clamp_to_the_range_and_count_as_predicted():
    result = metrics([[INF, -INF]], [[40, 1]], min_depth_m=0.5, max_depth_m=80.0)
    assert result.density == 1
    assert result.abs_rel == pytest.approx((1 + 0.5) / 2)


def test_nan_counts_as_the_far_end_and_against_density():
    result = metrics([[NAN, 20]], [[40, 20]], max_depth_m=80.0)
    assert result.density == 0.5
    assert result.abs_rel == pytest.approx(0.5)


def test_finite_predictions_clamp_to_the_range_too():
    result = metrics([[200, 0.01, -3]], [[40, 1, 1]], min_depth_m=0.5, max_depth_m=80.0)
    assert result.abs_rel == pytest.approx((1 + 0.5 + 0.5) / 3)


@pytest.mark.parametrize('align', ['none', 'median', 'affine'])
def test_what_is_not_finite_stays_at_its_end_under_every_alignment(align):
    truth = [[10, 20, 40, 40, 40, 1]]
    prediction = [[1, 2, 4, NAN, INF, -INF]]
    result = metrics(prediction, truth, align=align, min_depth_m=0.5, max_depth_m=80.0)
    expected = {'none': (3 * 0.9 + 1 + 1 + 0.5) / 6}.get(align, (1 + 1 + 0.5) / 6)
    assert result.abs_rel == pytest.approx(expected, abs=1e-6)
    assert result.density == pytest.approx(5 / 6)
    assert result.scale == pytest.approx(10)


def test_without_any_prediction_there_is_no_scale():
    for align in ('none', 'median', 'affine'):
        result = metrics([[NAN, NAN]], [[40, 20]], align=align, max_depth_m=80.0)
        assert math.isnan(result.scale)
        assert result.density == 0
        assert result.abs_rel == pytest.approx((1 + 3) / 2)


def test_median_alignment_removes_a_scale():
    rng = np.random.default_rng(0)
    truth = rng.uniform(1, 30, (20, 30))
    result = metrics(truth / 7, truth, align='median')
    assert result.scale == pytest.approx(7, rel=1e-5)
    assert result.abs_rel == pytest.approx(0, abs=1e-5)
    assert metrics(truth / 7, truth).scale == pytest.approx(7, rel=1e-5)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), scale=st.floats(0.1, 10))
def test_no_metric_of_median_alignment_depends_on_the_scale(seed, scale):
    rng = np.random.default_rng(seed)
    truth = rng.uniform(1, 30, (7, 9))
    prediction = truth * rng.uniform(0.7, 1.4, truth.shape)
    one, other = (metrics(factor * prediction, truth, align='median') for factor in (1, scale))
    assert other._replace(scale=0) == pytest.approx(one._replace(scale=0), rel=1e-4)
    assert other.scale == pytest.approx(one.scale / scale, rel=1e-5)


def test_silog_does_not_see_a_scale_that_inverse_depth_sees():
    truth = np.full((4, 4), 10.0)
    result = metrics(3 * truth, truth)
    assert result.silog == pytest.approx(0, abs=1e-5)
    assert result.imae_per_km == result.irmse_per_km == pytest.approx(1000 * (1 / 10 - 1 / 30))


def test_affine_alignment_removes_scale_and_shift_of_inverse_depth():
    rng = np.random.default_rng(1)
    truth = rng.uniform(1, 30, (20, 30))
    prediction = 1 / (0.4 / truth + 0.3)
    assert metrics(prediction, truth, align='affine').abs_rel == pytest.approx(0, abs=1e-4)
    assert metrics(prediction, truth, align='median').abs_rel > 0.1


def test_inverse_depth_that_the_fit_makes_negative_is_far():
    # All but the first lie on 1/truth = 1/prediction - 0.45, which makes the first -0.4.
    prediction = [[20] + [1, 1 / 0.8, 1 / 0.6] * 200]
    truth = [[40] + [1 / 0.55, 1 / 0.35, 1 / 0.15] * 200]
    result = metrics(prediction, truth, align='affine', max_depth_m=80.0)
    assert result.rmse == pytest.approx(40 / math.sqrt(601), rel=0.02)


def test_a_constant_prediction_can_be_aligned():
    result = metrics([[3, 3, 3]], [[10, 10, 10]], align='affine')
    assert result.abs_rel == pytest.approx(0, abs=1e-6)


def test_only_the_crop_counts():
    truth = np.full((100, 100), 10.0)
    prediction = np.where(crop_mask('garg', 100, 100), 11.0, 50.0)
    assert metrics(prediction, truth, crop='garg').abs_rel == pytest.approx(0.1)
    assert metrics(prediction, truth).abs_rel > 1


def test_the_crop_is_that_of_the_image_where_truth_is_on_a_coarser_grid():
    prediction = np.where(crop_mask('garg', 100, 100), 11.0, 50.0)
    result = metrics(prediction, np.full((34, 34), 10.0), stride=3, crop='garg')
    assert result.abs_rel == pytest.approx(0.1)


@pytest.mark.parametrize('shape', [(3, 4), (2, 3)])
def test_truth_on_a_grid_belongs_to_every_kth_pixel(shape):
    rng = np.random.default_rng(2)
    prediction = rng.uniform(1, 30, (5, 7))
    truth = prediction[::2, ::2][: shape[0], : shape[1]]
    assert metrics(prediction, truth, stride=2).abs_rel == 0


def test_truth_that_does_not_fit_the_image_is_refused():
    with pytest.raises(InputError, match='4x3 at every 1'):
        metrics(np.ones((3, 3)), np.ones((3, 4)))


def reference(prediction, truth, align, low, high) -> dict[str, float]:
    """The same metrics pixel by pixel, in plain Python."""
    pairs = [(p, t) for p, t in zip(prediction, truth, strict=True) if low < t < high]
    if align == 'median':
        middle = sorted(t for _, t in pairs), sorted(p for p, _ in pairs)
        ratio = middle[0][len(pairs) // 2] / middle[1][len(pairs) // 2]
        pairs = [(p * ratio, t) for p, t in pairs]
    elif align == 'affine':
        x, y = [1 / p for p, _ in pairs], [1 / t for _, t in pairs]
        mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
        covariance = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
        slope = covariance / sum((a - mean_x) ** 2 for a in x)
        fitted = [mean_y + slope * (a - mean_x) for a in x]
        pairs = [(1 / f if f > 0 else high, t) for f, (_, t) in zip(fitted, pairs, strict=True)]
    pairs = [(min(max(p, low), high), t) for p, t in pairs]
    count = len(pairs)
    factors = [max(p / t, t / p) for p, t in pairs]
    logs = [math.log(p) - math.log(t) for p, t in pairs]
    return {
        'abs_rel': sum(abs(p - t) / t for p, t in pairs) / count,
        'sq_rel': sum((p - t) ** 2 / t for p, t in pairs) / count,
        'rmse': math.sqrt(sum((p - t) ** 2 for p, t in pairs) / count),
        'rmse_log': math.sqrt(sum((math.log(p) - math.log(t)) ** 2 for p, t in pairs) / count),
        **{f'd{n}': sum(f < 1.25**n for f in factors) / count for n in (1, 2, 3)},
        'silog': 100 * math.sqrt(sum(e * e for e in logs) / count - (sum(logs) / count) ** 2),
        'irmse_per_km': 1000 * math.sqrt(sum((1 / p - 1 / t) ** 2 for p, t in pairs) / count),
        'imae_per_km': 1000 * sum(abs(1 / p - 1 / t) for p, t in pairs) / count,
    }


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), align=st.sampled_from(['none', 'median', 'affine']))
def test_an_independent_implementation_agrees(seed, align):
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0.5, 12, (1, 41)).astype(np.float32)
    prediction = (truth * rng.uniform(0.5, 3, truth.shape)).astype(np.float32)
    truth[0, :4] = (0, 0.2, 11.5, 30)  # out of range: 37 pixels are left at most
    is_inside = (truth[0] > 0.6) & (truth[0] < 11)
    if is_inside.sum() % 2 == 0:  # the reference takes the middle one as the median
        truth[0, np.flatnonzero(is_inside)[0]] = 0
    expected = reference(prediction[0].tolist(), truth[0].tolist(), align, 0.6, 11.0)
    result = metrics(prediction, truth, align=align, min_depth_m=0.6, max_depth_m=11.0)
    for name, value in expected.items():
        assert getattr(result, name) == pytest.approx(value, rel=1e-6, abs=1e-9), name
