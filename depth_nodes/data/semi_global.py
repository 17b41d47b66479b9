"""Semi-global aggregation of a matching cost volume (Hirschmueller, PAMI 2008, section II-B)."""

from __future__ import annotations

from jaxtyping import Float32
import numpy as np

Volume = Float32[np.ndarray, 'height width level']


def aggregate(cost: Volume, small_penalty: float, large_penalty: float) -> Volume:
    """The sum of the path costs from left, right, above and below (equation 13).

    Args:
        cost: matching cost; lower is better.
        small_penalty: price of a step of one level between neighbours on a path.
        large_penalty: price of any larger step.
    """
    total = np.zeros_like(cost)
    for axis in (0, 1):
        lines, summed = np.moveaxis(cost, axis, 0), np.moveaxis(total, axis, 0)
        for order in (range(len(lines)), range(len(lines) - 1, -1, -1)):
            _add_path(lines, summed, order, (small_penalty, large_penalty))
    return total


def _add_path(
    lines: Float32[np.ndarray, 'line point level'],
    summed: Float32[np.ndarray, 'line point level'],
    order: range,
    penalties: tuple[float, float],
) -> None:
    small, large = (np.float32(penalty) for penalty in penalties)
    path = lines[order[0]].copy()
    summed[order[0]] += path
    best = np.empty_like(path)
    for line in order[1:]:
        lowest = path.min(axis=-1, keepdims=True)
        np.minimum(path, lowest + large, out=best)
        path += small
        np.minimum(best[:, 1:], path[:, :-1], out=best[:, 1:])
        np.minimum(best[:, :-1], path[:, 1:], out=best[:, :-1])
        best -= lowest
        np.add(lines[line], best, out=path)
        summed[line] += path
