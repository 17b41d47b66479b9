"""How far the clock of one topic is from another's, told by what their pictures show.

Small copies of the pictures of both topics are compared at every distance of their stamps. Where
something moves they agree best at the same moment, whatever the stamps say.
"""

from __future__ import annotations

from collections.abc import Sequence
import math
from typing import NamedTuple

import cv2
from jaxtyping import Float, Float32, Float64, UInt8
import numpy as np

GRID = (24, 32)  # rows and columns of a small copy
MAX_LAG_S = 1.0
MIN_REACH_S = 0.3
MIN_FRAMES = 8
# Nearer in time than this, pictures may look alike though something moves.
MIN_RIVAL_S = 0.15
# A difference of agreements counts from here on, and only if it is no accident.
MIN_GAIN = 0.02
MIN_SIGMAS = 4.0

Feature = Float32[np.ndarray, 'cell']


class Series(NamedTuple):
    """Small copies of the pictures of one topic, and their stamps [s]."""

    stamps_s: Float64[np.ndarray, ' frame']
    features: Float32[np.ndarray, 'frame cell']


def depth_feature(depth_m: Float[np.ndarray, 'height width']) -> Feature:
    """The mean logarithm of depth in every cell, NaN where none is known."""
    is_known = np.isfinite(depth_m) & (depth_m > 0)
    logarithm = np.log(np.where(is_known, depth_m, 1)).astype(np.float32)
    size = GRID[::-1]
    share = cv2.resize(is_known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    total = cv2.resize(logarithm, size, interpolation=cv2.INTER_AREA)
    return np.where(share > 0, total / np.maximum(share, 1e-9), np.nan).ravel()


def depth_edge_feature(depth_m: Float[np.ndarray, 'height width']) -> Feature:
    """How much depth changes from cell to cell, for a comparison with images."""
    return _edges(depth_feature(depth_m).reshape(GRID))


def image_edge_feature(image: UInt8[np.ndarray, 'height width 3']) -> Feature:
    """How much the brightness changes from cell to cell."""
    small = cv2.resize(image, GRID[::-1], interpolation=cv2.INTER_AREA)
    return _edges(np.log1p(small.astype(np.float32).mean(axis=-1)))


def content_lag(windows: Sequence[tuple[Series, Series]]) -> float | None:
    """What the stamps of the second series are later than those of the first, by the scene [s].

    0 where they agree as they are; None where the pictures do not tell: nothing moves, they have
    nothing in common, or there are too few.

    Args:
        windows: both topics over stretches of time.
    """
    steps_s = np.concatenate([np.empty(0), *(np.diff(other.stamps_s) for _, other in windows)])
    period_s = float(np.median(steps_s)) if len(steps_s) else 0.0
    if not period_s > 0:
        return None
    span_s = max(float(np.ptp(other.stamps_s)) for _, other in windows if len(other.stamps_s))
    reach = round(min(MAX_LAG_S, max(MIN_REACH_S, span_s / 4)) / period_s)
    found = [_agreement(first, other, period_s, reach) for first, other in windows]
    curves, lags_s = (np.concatenate(parts) for parts in zip(*found, strict=True))
    if reach < 1 or len(curves) < MIN_FRAMES:
        return None
    return _significant_lag(curves, lags_s.mean(axis=0), reach, period_s)


def _significant_lag(
    curves: Float64[np.ndarray, 'frame lag'],
    lags_s: Float64[np.ndarray, ' lag'],
    zero: int,
    period_s: float,
) -> float | None:
    """Where the curves are highest, if that is no accident; `zero` is the step of no lag."""
    means = curves.mean(axis=0)
    best = int(np.argmax(means))
    distances_s = np.abs(np.arange(len(means)) - best) * period_s
    rivals = np.flatnonzero(distances_s > max(1.5 * period_s, MIN_RIVAL_S))
    if not rivals.size or not all(_is_better(curves[:, best], curves[:, at]) for at in rivals):
        return None
    if best == zero:
        return 0.0
    is_at_end = best in (0, len(means) - 1)
    if is_at_end or not _is_better(curves[:, best], curves[:, zero]):
        return None
    return _refined(means, lags_s, best)


def _agreement(
    reference: Series, other: Series, period_s: float, reach: int
) -> tuple[Float64[np.ndarray, 'frame lag'], Float64[np.ndarray, 'frame lag']]:
    """Agreement of every reference picture with the others by steps of their period, and lags [s].

    Pictures without a partner at every step are left out.
    """
    curves = np.full((len(reference.stamps_s), 2 * reach + 1), np.nan)
    lags_s = np.full_like(curves, np.nan)
    if curves.size and len(other.stamps_s):
        agreement = _normalised(reference.features) @ _normalised(other.features).T
        lag_s = other.stamps_s[None] - reference.stamps_s[:, None]
        steps = np.rint(lag_s / period_s)
        rows, columns = np.nonzero(np.abs(steps) <= reach)
        chosen = steps[rows, columns].astype(int) + reach
        curves[rows, chosen] = agreement[rows, columns]
        lags_s[rows, chosen] = lag_s[rows, columns]
    is_whole = np.isfinite(curves).all(axis=1)
    return curves[is_whole], lags_s[is_whole]


def _normalised(features: Float32[np.ndarray, 'frame cell']) -> Float32[np.ndarray, 'frame cell']:
    """What changes of the pictures, with length 1 each; what is unknown counts as unchanged."""
    is_known = np.isfinite(features)
    counts = np.maximum(is_known.sum(axis=1, keepdims=True), 1)
    filled = np.where(is_known, features, 0)
    filled = np.where(is_known, filled - filled.sum(axis=1, keepdims=True) / counts, 0)
    still = filled.sum(axis=0) / np.maximum(is_known.sum(axis=0), 1)
    changing = np.where(is_known, filled - still, 0)
    return (changing / np.maximum(np.linalg.norm(changing, axis=1, keepdims=True), 1e-6)).astype(
        np.float32
    )


def _is_better(better: np.ndarray, worse: np.ndarray) -> bool:
    gain = better - worse
    error = gain.std() / math.sqrt(len(gain))
    return bool(gain.mean() > max(MIN_GAIN, MIN_SIGMAS * error))


def _refined(means: np.ndarray, lags: np.ndarray, best: int) -> float:
    """The lag of the best step, moved to the top of the parabola through its neighbours."""
    before, at, after = means[best - 1 : best + 2]
    bend = before - 2 * at + after
    shift = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return float(lags[best] + shift * (lags[best + 1] - lags[best - 1]) / 2)


def _edges(values: Float32[np.ndarray, 'row column']) -> Feature:
    down, across = np.gradient(values)
    return np.hypot(down, across).astype(np.float32).ravel()
