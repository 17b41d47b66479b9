"""The scale of one frame from ratios of which many may be wrong."""

from __future__ import annotations

import math
from typing import NamedTuple

from jaxtyping import Float
import numpy as np

MAX_RATIOS = 4000
MIN_RATIOS = 8
NUM_ITERATIONS = 8
# Tukey's biweight: 95 % of the efficiency of the mean where all errors are Gaussian.
TUKEY = 4.685
STD_FROM_MAD = 1.4826
MIN_SPREAD = 0.005
# The errors of neighbouring pixels are alike: a frame has about so many independent ones.
MAX_INDEPENDENT = 30
# Of the logarithm of a frame's scale, whatever its pixels say of each other.
MIN_STD = 0.02


class ScaleMeasurement(NamedTuple):
    """The natural logarithm of the factor from predicted depth to metres, and its variance."""

    log_scale: float
    variance: float


def scale_from_ratios(ratios: Float[np.ndarray, ' sample']) -> ScaleMeasurement | None:
    """Where most of the ratios of metres to predicted depth lie.

    Median and median absolute deviation of the logarithms, then Tukey's biweight (Beaton and
    Tukey, 1974): outliers on one side, which move the median, get no weight at last.

    Args:
        ratios: above 0.

    Returns:
        None where there are too few.
    """
    if len(ratios) < MIN_RATIOS:
        return None
    logs = np.log(ratios[:: math.ceil(len(ratios) / MAX_RATIOS)].astype(np.float64))
    centre, spread = float(np.median(logs)), MIN_SPREAD
    is_near = np.ones(len(logs), bool)
    for _ in range(NUM_ITERATIONS):
        spread = robust_std(logs[is_near], centre)
        weight = np.clip(1 - ((logs - centre) / (TUKEY * spread)) ** 2, 0, None) ** 2
        is_near = weight > 0
        centre = float(weight @ logs / weight.sum())
    num_independent = min(int(is_near.sum()), MAX_INDEPENDENT)
    return ScaleMeasurement(centre, spread**2 / num_independent + MIN_STD**2)


def robust_std(values: Float[np.ndarray, ' sample'], centre: float) -> float:
    """The standard deviation around the centre that the median deviation stands for."""
    deviation = float(np.median(np.abs(values - centre)))
    return max(STD_FROM_MAD * deviation, MIN_SPREAD)
