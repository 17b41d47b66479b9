import math

import cv2
from hypothesis import assume, given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from depth_nodes.data.sequence import Sequence
from depth_nodes.data.synthetic.render import render_sequence
from depth_nodes.data.synthetic.scene import SceneConfig
from depth_nodes.errors import InputError
from depth_nodes.evaluation.boundaries import (
    boundary_metrics,
    BoundaryMetrics,
    consistency_error,
    depth_edges,
)
from depth_nodes.evaluation.crop import crop_mask
from depth_nodes.evaluation.evaluation_config import EvaluationConfig

INF, NAN = math.inf, math.nan
PERFECT = BoundaryMetrics(1, 1, 1, 0, 0, 0)


def step(last: int, near: float = 2, far: float = 5) -> np.ndarray:
    """Near up to a last column, far behind it."""
    depth = np.full((9, 24), far, np.float32)
    depth[:, : last + 1] = near
    return depth


def squares(rng: np.random.Generator, rows: int, columns: int, side: int) -> np.ndarray:
    """Squares of 1-20 m."""
    depth = np.exp(rng.uniform(0, 3, (rows, columns)))
    return np.kron(depth, np.ones((side, side))).astype(np.float32)


def metrics(prediction, truth, stride=1, **settings_of_the_evaluation) -> BoundaryMetrics:
    config = EvaluationConfig(**settings_of_the_evaluation)
    result = boundary_metrics(prediction, truth, config, stride)
    assert result is not None
    return result


@pytest.mark.parametrize('turns', range(4))
def test_the_nearer_of_two_pixels_is_the_edge_in_every_direction(turns):
    depth = np.array([[2, 2, 5, 5], [2, 2, 5, 5], [2, 2, 2, 2]], np.float32)
    edges = np.array([[0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1]], bool)
    np.testing.assert_array_equal(depth_edges(np.rot90(depth, turns)), np.rot90(edges, turns))


def test_neither_a_factor_of_exactly_a_quarter_more_nor_nan_makes_an_edge():
    depth = np.array([[4, 5, 4, 5.01, NAN, 1, INF, INF, 0]])
    assert depth_edges(depth).astype(int).tolist() == [[0, 0, 1, 0, 0, 1, 0, 0, 1]]


def test_a_case_worked_by_hand():
    truth = step(9, near=2, far=4)[:8]
    prediction = truth.copy()
    prediction[4:] = 4.5
    # Predicted edges are row 3, columns 0-9, and column 9, rows 0-2; true ones column 9, rows 0-7.
    precision, recall = 6 / 13, 6 / 8
    assert metrics(prediction, truth) == pytest.approx(
        BoundaryMetrics(
            edge_precision=precision,
            edge_recall=recall,
            edge_f1=2 * precision * recall / (precision + recall),
            see_m=4 * 0.5 / 8,  # rows 4-7 say 4.5 m beside 2 and 4 m
            edge_acc_px=sum(range(10)) / 13,
            edge_comp_px=(1 + 2 + 3 + 4) / 8,
        )
    )


@pytest.mark.parametrize('shift', [-2, -1, 0, 1, 2])
def test_an_edge_within_two_pixels_is_found(shift):
    expected = PERFECT._replace(edge_acc_px=abs(shift), edge_comp_px=abs(shift))
    assert metrics(step(10 + shift), step(10)) == expected


@pytest.mark.parametrize('shift', [-9, -3, 3, 9])
def test_an_edge_three_pixels_off_is_not(shift):
    assert metrics(step(10 + shift), step(10)) == (0, 0, 0, 0, abs(shift), abs(shift))


@pytest.mark.parametrize('prediction', [step(21), np.full((9, 24), 5, np.float32)])
def test_a_missing_edge_costs_ten_pixels(prediction):
    assert metrics(prediction, step(10)) == (0, 0, 0, 0, 10, 10)


def test_depth_between_front_and_back_is_a_soft_edge_error():
    for depth, error in ((2, 0), (2.5, 0.5), (3.5, 1.5), (4, 1), (5, 0), (7, 2)):
        prediction = step(10)
        prediction[:, 10] = depth
        assert metrics(prediction, step(10)).see_m == pytest.approx(error)


def test_the_truth_scores_full_marks():
    rng = np.random.default_rng(0)
    for align in ('none', 'median', 'affine'):
        truth = squares(rng, 5, 6, 7)
        truth[rng.random(truth.shape) < 0.003] = 0
        assert metrics(truth, truth, align=align) == pytest.approx(PERFECT, abs=1e-5)


@pytest.mark.parametrize('factor', [0.001, 0.5, 4, 1000])
def test_edges_are_free_of_scale_even_beyond_the_range(factor):
    rng = np.random.default_rng(1)
    truth, prediction = squares(rng, 5, 6, 7), squares(rng, 7, 6, 7)[:35]
    expected = metrics(prediction, truth)
    scaled = metrics(prediction * factor, truth)
    assert scaled._replace(see_m=expected.see_m) == expected
    assert scaled.see_m != expected.see_m
    assert metrics(prediction * factor, truth, align='median') == pytest.approx(
        metrics(prediction, truth, align='median')
    )


def test_affine_alignment_comes_before_the_edges():
    truth = squares(np.random.default_rng(2), 5, 6, 7)
    prediction = 1 / (0.2 / truth + 0.5)
    assert metrics(prediction, truth, align='median').edge_recall < 0.5
    assert metrics(prediction, truth, align='affine') == pytest.approx(PERFECT, abs=1e-4)


def test_the_more_blur_the_fewer_edges():
    truth = squares(np.random.default_rng(3), 3, 4, 20)
    found = [metrics(cv2.blur(truth, (width, width)), truth) for width in (1, 5, 9, 15, 25)]
    recalls = [result.edge_recall for result in found]
    assert recalls[0] == 1
    assert recalls == sorted(recalls, reverse=True)
    assert recalls[-1] < 0.2
    assert found[0].see_m == 0
    assert all(result.see_m > 0.1 for result in found[1:])


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_a_mirror_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    truth, prediction = squares(rng, 4, 5, 5), squares(rng, 5, 4, 5)[:20, :20]
    truth = truth[:, :20]
    truth[rng.integers(0, 20, 3), rng.integers(0, 20, 3)] = 0
    expected = boundary_metrics(prediction, truth, EvaluationConfig())
    assume(expected is not None)
    for axis in (0, 1):
        mirrored = metrics(np.flip(prediction, axis), np.flip(truth, axis))
        assert mirrored == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ('hole', 'recall'), [(None, 0.5), (7, 0.5), (8, 1), (11, 1), (14, 1), (16, 0), (23, 0.5)]
)
def test_a_true_edge_beside_a_hole_does_not_count(hole, recall):
    truth = step(11)
    truth[:, 20:] = 15
    prediction = np.where(truth > 10, truth, 5)  # knows the edge in column 19, not in 11
    if hole is not None:
        truth[:, hole] = 0
    assert metrics(prediction, truth).edge_recall == recall


@pytest.mark.parametrize(('hole', 'precision'), [(None, 0.5), (2, 1), (5, 1), (8, 1), (9, 0.5)])
def test_a_predicted_edge_beside_a_hole_does_not_count(hole, precision):
    truth, prediction = step(18), step(18)
    prediction[:, :6] = 1
    if hole is not None:
        truth[:, hole] = 0
    assert metrics(prediction, truth).edge_precision == precision


def test_what_lies_beyond_range_or_crop_is_unknown_too():
    near_and_far, config = step(10, near=5, far=90), EvaluationConfig()
    assert boundary_metrics(near_and_far, near_and_far, config) is None
    assert metrics(near_and_far, near_and_far, max_depth_m=100.0) == PERFECT
    truth = np.full((100, 100), 5, np.float32)
    truth[:, 50:] = 10
    prediction = np.where(crop_mask('garg', 100, 100), truth, 1)
    assert metrics(prediction, truth, crop='garg') == PERFECT
    assert metrics(prediction, truth).edge_precision < 1


@pytest.mark.parametrize(
    'truth',
    [np.zeros((9, 24)), np.full((9, 24), NAN), np.full((9, 24), 5.0), step(10) * 0.01],
    ids=['nothing', 'nan', 'flat', 'too near'],
)
def test_without_a_true_edge_there_is_nothing_to_tell(truth):
    assert boundary_metrics(step(10), truth, EvaluationConfig()) is None


def test_sparse_truth_has_no_edges_that_count():
    truth = squares(np.random.default_rng(4), 5, 6, 7)
    truth[1::3] = 0
    assert boundary_metrics(truth, truth, EvaluationConfig()) is None


@pytest.mark.parametrize('value', [NAN, INF, -INF, -1.0])
def test_a_prediction_of_one_invalid_value_has_no_edges(value):
    # Beside the edge truth is 2 and 5 m.
    see_m = 2 - 0.5 if value < 0 else 80 - 5
    result = metrics(np.full((9, 24), value), step(10), min_depth_m=0.5)
    assert result == (0, 0, 0, see_m, 10, 10)


def test_infinities_make_edges_and_nan_does_not():
    prediction = step(10)
    prediction[:, 11:] = INF
    assert metrics(prediction, step(10)) == PERFECT
    prediction[:, :11] = -INF
    assert metrics(prediction, step(10), min_depth_m=0.5) == PERFECT._replace(see_m=1.5)
    prediction[:, 11:] = NAN
    assert metrics(prediction, step(10), min_depth_m=0.5).edge_f1 == 0


def test_truth_on_a_grid_belongs_to_every_kth_pixel():
    truth = squares(np.random.default_rng(5), 4, 5, 8)
    prediction = np.full((95, 118), NAN, np.float32)
    prediction[::3, ::3] = truth
    assert metrics(prediction, truth, stride=3) == PERFECT


def test_truth_that_does_not_fit_the_image_is_refused():
    with pytest.raises(InputError, match='24x9 at every 1'):
        metrics(np.ones((9, 23)), step(10))


def test_consistency_is_the_mean_difference_where_both_are_finite():
    first = np.array([[1, 2, 3], [NAN, 5, INF]], np.float32)
    second = np.array([[1.5, 2, 2], [4, NAN, INF]], np.float32)
    assert consistency_error(first, second) == pytest.approx((0.5 + 0 + 1) / 3)
    assert consistency_error(second, first) == consistency_error(first, second)
    assert consistency_error(second, second) == 0
    assert math.isnan(consistency_error(first, np.full_like(first, NAN)))


def reference(prediction, truth, low, high) -> list[float] | None:
    """The same metrics from the definitions, pixel by pixel, in plain Python."""
    height, width = truth.shape
    pixels = [(i, j) for i in range(height) for j in range(width)]
    known = {pixel: low < truth[pixel] < high for pixel in pixels}

    def edges(depth):
        return [
            pixel
            for pixel in pixels
            for other in pixels
            if math.dist(pixel, other) == 1
            and known[pixel]
            and known[other]
            and depth[other] > 1.25 * depth[pixel]
        ]

    def counts(edge):
        return all(known[pixel] for pixel in pixels if math.dist(edge, pixel) <= 3)

    def distances(some, others):
        return [min((math.dist(a, b) for b in others), default=INF) for a in some]

    def mean(values, default):
        return sum(values) / len(values) if values else default

    true, predicted = set(edges(truth)), set(edges(prediction))
    counted = [edge for edge in true if counts(edge)]
    if not counted:
        return None
    accuracy = distances([edge for edge in predicted if counts(edge)], true)
    completeness = distances(counted, predicted)
    precision = mean([distance <= 2 for distance in accuracy], 0)
    recall = mean([distance <= 2 for distance in completeness], 0)
    soft_errors = [
        min(
            abs(truth[pixel] - min(max(prediction[edge], low), high))
            for pixel in pixels
            if math.dist(edge, pixel) < 2
        )
        for edge in counted
    ]
    f1 = 0 if precision == recall == 0 else 2 * precision * recall / (precision + recall)
    accuracy_px = mean([distance for distance in accuracy if distance < 10], 10)
    completeness_px = mean([min(distance, 10) for distance in completeness], None)
    return [precision, recall, f1, mean(soft_errors, None), accuracy_px, completeness_px]


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6))
def test_an_independent_implementation_agrees(seed):
    rng = np.random.default_rng(seed)
    truth = squares(rng, 3, 4, 5)[:11, :17]
    prediction = np.roll(truth, rng.integers(0, 4), axis=rng.integers(0, 2))
    prediction[rng.random(truth.shape) < 0.1] *= 1.5
    prediction[4:7, 3:9] = rng.choice([INF, 0.01, 40, 3])
    truth[rng.integers(0, 11), rng.integers(0, 17)] = rng.choice([0, 30])
    result = boundary_metrics(
        prediction, truth, EvaluationConfig(min_depth_m=0.6, max_depth_m=25.0)
    )
    expected = reference(prediction.astype(float), truth.astype(float), 0.6, 25.0)
    assert (result is None) == (expected is None)
    if expected is not None:
        assert list(result) == pytest.approx(expected, rel=1e-5)


def test_rendered_truth_has_edges_and_a_hole_in_it_costs_nothing():
    scene = SceneConfig(domain='room', seed=0, num_frames=1, height_px=96, width_px=128)
    (frame,) = render_sequence(scene)
    truth = frame.depth_m.copy()
    assert metrics(frame.depth_m, truth) == PERFECT
    truth[30:50, 40:80] = 0
    assert metrics(frame.depth_m, truth) == PERFECT


def test_recorded_truth_counts_where_it_is_dense(shared_dir):
    num_counted = {}
    for name in ('middlebury_2014', 'kitti_traffic'):
        frames = list(Sequence(shared_dir / 'data/eval' / name))
        results = [
            boundary_metrics(frame.depth_m, frame.depth_m, EvaluationConfig())
            for frame in frames
            if frame.depth_stride == 1
        ]
        num_counted[name] = sum(result is not None for result in results), len(frames)
        assert all(result in (PERFECT, None) for result in results)
    assert num_counted == {'middlebury_2014': (7, 7), 'kitti_traffic': (0, 13)}
