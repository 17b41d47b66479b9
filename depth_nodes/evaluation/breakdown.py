"""Where depth is wrong: errors by range of the truth and by region of the image.

The pixels of all images are pooled, so that an image with three pixels in a range does not count
as much as one with thousands.
"""

from __future__ import annotations

from itertools import pairwise
import math

from jaxtyping import Float64, Int
import numpy as np

from depth_nodes.evaluation.compared_pixels import ComparedPixels
from depth_nodes.evaluation.evaluation_config import EvaluationConfig
from depth_nodes.evaluation.metrics import D1_FACTOR, is_within

RANGE_EDGES_M = (2.0, 5.0, 10.0, 20.0, 40.0, 80.0)
REGIONS = (
    'top_left', 'top', 'top_right', 'left', 'centre', 'right', 'bottom_left', 'bottom',
    'bottom_right',
)  # fmt: skip

Row = dict[str, float | None]


class Breakdown:
    """Adds up the errors of images under the alignment asked for."""

    def __init__(self, config: EvaluationConfig) -> None:
        inside = [edge for edge in RANGE_EDGES_M if config.min_depth_m < edge < config.max_depth_m]
        self._config = config
        self._inner_edges_m = inside
        self._bounds_m = [config.min_depth_m, *inside, config.max_depth_m]
        # Of every range and region: pixels, relative, squared and signed error, within d1, known.
        self._sums = np.zeros((6, len(inside) + 1, len(REGIONS)))

    def add(self, pixels: ComparedPixels) -> None:
        """Takes in the pixels of an image."""
        truth, prediction = pixels.truth_m, pixels.clamped_m(self._config.align)
        error = prediction - truth
        relative = np.abs(error) * pixels.inverse_truth
        is_d1 = is_within(D1_FACTOR, prediction, truth)
        cells = region_grid(*pixels.is_compared.shape)[pixels.is_compared]
        for edge in self._inner_edges_m:
            cells += len(REGIONS) * (truth >= edge)
        weights = (None, relative, error**2, error, is_d1, ~np.isnan(pixels.prediction_m))
        size = self._sums[0].size
        for total, weight in zip(self._sums, weights, strict=True):
            total += np.bincount(cells, weight, minlength=size).reshape(total.shape)

    def by_range(self) -> list[dict[str, float | None]]:
        """A row for every range of the truth, from near to far."""
        rows = _rows(self._sums.sum(axis=2))
        bounds = pairwise(self._bounds_m)
        return [
            {'min_m': low, 'max_m': high, **row}
            for (low, high), row in zip(bounds, rows, strict=True)
        ]

    def by_region(self) -> dict[str, Row]:
        """A row for every ninth of the image."""
        return dict(zip(REGIONS, _rows(self._sums.sum(axis=1)), strict=True))


def region_grid(height: int, width: int) -> Int[np.ndarray, '{height} {width}']:
    """The number of the region that each pixel lies in, row by row."""
    rows, columns = (np.arange(side) * 3 // side for side in (height, width))
    return rows[:, None] * 3 + columns


def _rows(sums: Float64[np.ndarray, 'quantity cell']) -> list[Row]:
    """The share of the pixels that each cell holds, and the means; None where it holds none."""
    rows = []
    for count, *cell in sums.T.tolist():
        means = [value / count for value in cell] if count else [None] * len(cell)
        abs_rel, squared, bias_m, d1, density = means
        rows.append(
            {
                'share': count / max(sums[0].sum(), 1),
                'abs_rel': abs_rel,
                'rmse': None if squared is None else math.sqrt(squared),
                'bias_m': bias_m,
                'd1': d1,
                'density': density,
            }
        )
    return rows
