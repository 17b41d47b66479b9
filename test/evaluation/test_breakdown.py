from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from depth_nodes.evaluation.breakdown import Breakdown, region_grid, REGIONS
from depth_nodes.evaluation.compared_pixels import compared_pixels
from depth_nodes.evaluation.evaluation_config import EvaluationConfig

CONFIG = EvaluationConfig(min_depth_m=0.5, max_depth_m=30.0)


def broken_down(prediction, truth, config=CONFIG) -> Breakdown:
    breakdown = Breakdown(config)
    for one, other in zip(np.float32(prediction), np.float32(truth), strict=True):
        pixels = compared_pixels(one, other, config)
        if pixels is not None:
            breakdown.add(pixels)
    return breakdown


def test_a_case_worked_by_hand():
    # The nearest range has errors of +1 m at 1 m and 0 at 1.5 m, the next one a NaN at 4 m.
    breakdown = broken_down([[[2, 1.5], [np.nan, 9]]], [[[1, 1.5], [4, 0]]])
    near, next_one, empty, *_ = breakdown.by_range()
    assert near == {
        'min_m': 0.5, 'max_m': 2.0, 'share': pytest.approx(2 / 3), 'abs_rel': 0.5,
        'rmse': pytest.approx(0.5**0.5), 'bias_m': 0.5, 'd1': 0.5, 'density': 1,
    }  # fmt: skip
    assert next_one == {
        'min_m': 2.0, 'max_m': 5.0, 'share': pytest.approx(1 / 3), 'abs_rel': 6.5, 'rmse': 26,
        'bias_m': 26, 'd1': 0, 'density': 0,
    }  # fmt: skip
    assert empty['share'] == 0
    assert empty['abs_rel'] is empty['rmse'] is empty['bias_m'] is empty['density'] is None


@pytest.mark.parametrize(
    ('low', 'high', 'expected'),
    [
        (0.1, 80, [0.1, 2, 5, 10, 20, 40, 80]),
        (1e-3, 200, [1e-3, 2, 5, 10, 20, 40, 80, 200]),
        (2, 10, [2, 5, 10]),
        (3, 4, [3, 4]),
    ],
)
def test_ranges_end_with_the_range_that_is_compared(low, high, expected):
    config = EvaluationConfig(min_depth_m=float(low), max_depth_m=float(high))
    rows = Breakdown(config).by_range()
    assert [row['min_m'] for row in rows] == expected[:-1]
    assert [row['max_m'] for row in rows] == expected[1:]


def test_regions_are_ninths_of_the_image():
    grid = region_grid(9, 30)
    assert grid[0, [0, 9, 10, 19, 20, 29]].tolist() == [0, 0, 1, 1, 2, 2]
    assert grid[[0, 2, 3, 5, 6, 8], 0].tolist() == [0, 0, 3, 3, 6, 6]
    truth = np.full((1, 9, 30), 4.0)
    prediction = truth + np.where(grid == REGIONS.index('bottom_left'), -1, 0)
    rows = broken_down(prediction, truth).by_region()
    assert list(rows) == list(REGIONS)
    assert rows.pop('bottom_left') == {
        'share': pytest.approx(1 / 9), 'abs_rel': 0.25, 'rmse': 1, 'bias_m': -1, 'd1': 0,
        'density': 1,
    }  # fmt: skip
    assert all(row['abs_rel'] == 0 for row in rows.values())


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_an_independent_implementation_agrees(seed):
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0.3, 33, (3, 7, 11)).astype(np.float32)
    truth[rng.random(truth.shape) < 0.2] = 0
    prediction = (truth * rng.uniform(0.6, 1.7, truth.shape) + 0.1).astype(np.float32)
    prediction[rng.random(truth.shape) < 0.1] = np.nan
    breakdown = broken_down(prediction, truth)
    pooled = [
        (row, column, float(p), float(t))
        for one, other in zip(prediction, truth, strict=True)
        for row, (ps, ts) in enumerate(zip(one, other, strict=True))
        for column, (p, t) in enumerate(zip(ps, ts, strict=True))
        if 0.5 < t < 30
    ]
    regions = breakdown.by_region()
    for index, name in enumerate(REGIONS):
        cell = [(p, t) for r, c, p, t in pooled if (3 * r // 7) * 3 + 3 * c // 11 == index]
        check(regions[name], cell, len(pooled))
    for row in breakdown.by_range():
        cell = [(p, t) for _, _, p, t in pooled if row['min_m'] <= t < row['max_m']]
        check(row, cell, len(pooled))


def check(row, cell, total) -> None:
    assert row['share'] == pytest.approx(len(cell) / total)
    if not cell:
        assert row['abs_rel'] is None
        return
    pairs = [(min(max(p, 0.5), 30.0) if p == p else 30.0, t) for p, t in cell]
    expected = {
        'abs_rel': np.mean([abs(p - t) / t for p, t in pairs]),
        'bias_m': np.mean([p - t for p, t in pairs]),
        'd1': np.mean([max(p / t, t / p) < 1.25 for p, t in pairs]),
        'density': np.mean([p == p for p, _ in cell]),
        'rmse': np.sqrt(np.mean([(p - t) ** 2 for p, t in pairs])),
    }
    for name in expected.keys() & row.keys():
        assert row[name] == pytest.approx(expected[name], rel=1e-6, abs=1e-9), name
