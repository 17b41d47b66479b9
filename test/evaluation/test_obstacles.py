import math

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from depth_nodes.evaluation.compared_pixels import compared_pixels
from depth_nodes.evaluation.evaluation_config import EvaluationConfig
from depth_nodes.evaluation.obstacles import nearest_obstacles, ObstacleScores
from depth_nodes.messages.camera import Camera

CAMERA = Camera.from_fov(160, 120, 70.0)
ROWS = np.arange(120.0)[:, None]
CONFIG = EvaluationConfig(max_depth_m=30.0)
HEIGHT_M = 1.0


def scene(*boxes: tuple[slice, float, float]) -> np.ndarray:
    """Flat ground 1 m below the camera before a wall 20 m away, and boxes that stand on it.

    Args:
        boxes: columns, distance [m] and height [m] of each.
    """
    down = (ROWS - CAMERA.cy_px) / CAMERA.fy_px
    with np.errstate(divide='ignore'):
        ground = np.where(down > 0, HEIGHT_M / np.maximum(down, 0), np.inf)
    depth = np.repeat(np.minimum(ground, 20.0), 160, axis=1)
    for columns, distance, height in boxes:
        is_below_top = down >= (HEIGHT_M - height) / distance
        box = np.where(is_below_top, distance, np.inf)
        depth[:, columns] = np.minimum(depth[:, columns], box)
    return depth.astype(np.float32)


def scored(prediction, truth, config=CONFIG) -> dict:
    scores = ObstacleScores()
    scores.add(compared_pixels(np.float32(prediction), np.float32(truth), config))
    return scores.result()


def within(result: dict, distance_m: float) -> dict:
    return next(row for row in result['within'] if row['distance_m'] == distance_m)


LEFT, RIGHT = slice(20, 40), slice(100, 130)
TRUTH = scene((LEFT, 1.5, 0.8), (RIGHT, 4.0, 1.6))


def test_the_nearest_obstacles_are_the_boxes_and_behind_them_the_wall():
    nearest = nearest_obstacles(compared_pixels(TRUTH, TRUTH, CONFIG))
    assert nearest.has_ground
    expected = np.full(160, 20.0)
    expected[LEFT], expected[RIGHT] = 1.5, 4.0
    assert nearest.true_m == pytest.approx(expected)
    assert nearest.predicted_m == pytest.approx(expected)


def test_a_perfect_prediction_misses_nothing_and_invents_nothing():
    result = scored(TRUTH, TRUTH)
    assert (result['columns'], result['ground_share']) == (160, 1)
    assert result['nearest_error_m'] == result['nearest_rel'] == 0
    assert [row['true_columns'] for row in result['within']] == [0, 20, 50]
    assert all(row['missed'] == row['phantom'] == 0 for row in result['within'])
    assert within(result, 1)['missed_share'] is None


def test_a_box_that_is_not_predicted_is_missed_and_one_too_many_a_phantom():
    result = scored(scene((RIGHT, 4.0, 1.6), (slice(50, 60), 0.9, 0.8)), TRUTH)
    assert within(result, 2) == {
        'distance_m': 2, 'true_columns': 20, 'missed': 20, 'phantom': 10, 'missed_share': 1,
        'phantom_share': 10 / 140,
    }  # fmt: skip
    assert within(result, 5)['missed_share'] == 20 / 50
    assert within(result, 1)['phantom'] == 10


@pytest.mark.parametrize(('factor', 'missed'), [(1.2, 0), (1.3, 20)])
def test_depth_up_to_a_quarter_too_far_is_no_miss(factor, missed):
    truth = scene((LEFT, 1.9, 0.8))
    prediction = scene((LEFT, 1.9 * factor, 0.8))
    assert within(scored(prediction, truth), 2)['missed'] == missed


@pytest.mark.parametrize(('distance', 'phantom'), [(2.4, 0), (2.6, 20)])
def test_depth_up_to_a_quarter_too_near_is_no_phantom(distance, phantom):
    prediction, truth = scene((LEFT, 1.95, 0.8)), scene((LEFT, distance, 0.8))
    assert within(scored(prediction, truth), 2)['phantom'] == phantom


def test_an_obstacle_that_is_nearer_still_but_seen_within_the_distance_is_not_missed():
    result = scored(scene((LEFT, 1.8, 0.8)), scene((LEFT, 0.9, 0.8)))
    assert within(result, 1)['missed'] == 20
    assert within(result, 2)['missed'] == 0


def test_flat_things_ceilings_and_specks_are_no_obstacles():
    truth = scene((LEFT, 1.5, 0.15))
    truth[:8] = 1.2  # something that hangs 1.6 m above the ground, and then 2.5 m
    truth[60, 70] = 0.5
    nearest = nearest_obstacles(compared_pixels(truth, truth, CONFIG))
    assert nearest.true_m[LEFT] == pytest.approx(1.2)
    assert nearest.true_m[70] == pytest.approx(1.2)
    truth[:8] = 3.0
    nearest = nearest_obstacles(compared_pixels(truth, truth, CONFIG))
    assert nearest.true_m[LEFT] == pytest.approx(20)
    assert nearest.true_m[70] == pytest.approx(20)


def test_depth_that_lifts_the_ground_is_full_of_phantoms():
    result = scored(0.7 * TRUTH, scene())
    assert within(result, 5)['phantom_share'] == 1


def test_what_is_too_near_is_an_obstacle_and_what_is_invalid_or_far_is_none():
    pixels = [np.where(TRUTH == 1.5, value, TRUTH) for value in (-math.inf, math.nan, math.inf)]
    near, invalid, far = (
        nearest_obstacles(compared_pixels(np.float32(one), TRUTH, CONFIG)).predicted_m[LEFT]
        for one in pixels
    )
    assert (near == CONFIG.min_depth_m).all()
    assert (invalid >= 20).all()
    assert (far >= 20).all()


def test_without_ground_the_second_quarter_of_the_rows_counts():
    truth = np.full((120, 160), 6.0)
    truth[:30, 10] = 1.0
    truth[30:60, 20] = 2.0
    truth[60:, 30] = 1.0
    nearest = nearest_obstacles(compared_pixels(np.float32(truth), np.float32(truth), CONFIG))
    assert not nearest.has_ground
    assert nearest.true_m[[10, 20, 30]] == pytest.approx([6, 2, 6])


def test_columns_without_truth_do_not_count():
    truth = TRUTH.copy()
    truth[:, :15] = 0
    assert scored(TRUTH, truth)['columns'] == 145


def test_alignment_is_the_one_asked_for():
    config = EvaluationConfig(align='median', max_depth_m=30.0)
    assert scored(TRUTH / 3, TRUTH, config)['nearest_rel'] == pytest.approx(0, abs=1e-6)
    assert scored(TRUTH / 3, TRUTH)['nearest_rel'] > 0.5


def test_frames_are_added_up():
    scores = ObstacleScores()
    for prediction in (TRUTH, scene((RIGHT, 4.0, 1.6))):
        scores.add(compared_pixels(prediction, TRUTH, CONFIG))
    result = scores.result()
    assert result['columns'] == 320
    assert within(result, 2)['missed_share'] == 0.5


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_an_independent_implementation_agrees(seed):
    """Column by column in plain Python, where no ground is seen."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0.3, 12, (24, 30)).astype(np.float32)
    truth[rng.random(truth.shape) < 0.3] = 0
    prediction = (truth * rng.uniform(0.4, 2, truth.shape) + 0.3).astype(np.float32)
    prediction[rng.random(truth.shape) < 0.1] = math.nan
    result = scored(prediction, truth)
    assert result['ground_share'] == 0
    columns = []
    for column in range(30):
        rows = [row for row in range(6, 12) if 0.1 < truth[row, column] < 30]
        near = [float(prediction[row, column]) for row in rows]
        near = [depth for depth in near if depth < 30]
        true = [float(truth[row, column]) for row in rows]
        if true:
            columns.append((min(true), min(near, default=math.inf)))
    both = [(t, p) for t, p in columns if p < math.inf]
    assert result['columns'] == len(columns)
    assert result['nearest_error_m'] == pytest.approx(
        float(np.median([abs(t - p) for t, p in both])), rel=1e-6
    )
    assert result['nearest_rel'] == pytest.approx(
        float(np.median([abs(t - p) / t for t, p in both])), rel=1e-6
    )
    for row in result['within']:
        d = row['distance_m']
        assert row['true_columns'] == sum(t <= d for t, _ in columns)
        assert row['missed'] == sum(t <= d < p and p > 1.25 * t for t, p in columns)
        assert row['phantom'] == sum(p <= d < t and t > 1.25 * p for t, p in columns)
