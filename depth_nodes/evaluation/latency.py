"""How old depth is when it arrives, how evenly it comes, and how much of it is missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

PERCENTILES = (50, 95, 99)


def latency_statistics(
    ages_ms: Sequence[float], arrivals_ns: Sequence[int], num_expected: int
) -> dict[str, int | float | None]:
    """What a report says under `latency`; None where nothing is known.

    Args:
        ages_ms: from the stamp of an image to the arrival of its depth; empty: unknown.
        arrivals_ns: when depth arrived, in the order of arrival, on the clock of the stamps.
        num_expected: images that depth should have come of.

    Returns:
        Percentiles of the age; `jitter_ms`, the standard deviation of the time between two
        arrivals; how many depth images were published, were expected and are missing.
    """
    ages = dict.fromkeys(PERCENTILES) if not len(ages_ms) else _percentiles(ages_ms)
    intervals_ms = np.asarray(np.diff(arrivals_ns), np.float64) / 1e6
    return {
        **{f'age_p{percent}_ms': age_ms for percent, age_ms in ages.items()},
        'jitter_ms': float(np.std(intervals_ms)) if len(intervals_ms) else None,
        'published': len(arrivals_ns),
        'expected': num_expected,
        'dropped': max(0, num_expected - len(arrivals_ns)),
    }


def _percentiles(ages_ms: Sequence[float]) -> dict[int, float]:
    values = np.percentile(ages_ms, PERCENTILES).tolist()
    return dict(zip(PERCENTILES, values, strict=True))
