"""The numbers of a sequence out of those of its images."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float64
import numpy as np

from depth_nodes.evaluation.evaluation_config import Align
from depth_nodes.evaluation.metrics import ImageMetrics

MEANS = [name for name in ImageMetrics._fields if name != 'scale']
SPREADS = ['scale_median', 'scale_std_over_median']

Numbers = dict[str, int | float | None]


def alignment_means(frames: Sequence[dict[Align, ImageMetrics]]) -> dict[str, Numbers]:
    """The means over the frames under every alignment; there must be a frame."""
    means = {}
    for align in frames[0]:
        row = metric_means([frame[align] for frame in frames], ImageMetrics._fields)
        means[str(align)] = {name: row[name] for name in MEANS}
    return means


def scale_statistics(scales: Float64[np.ndarray, ' image']) -> Numbers:
    """Median of the images' scale factors, and how far they spread around it."""
    if not len(scales):
        return dict.fromkeys(SPREADS)
    median = float(np.median(scales))
    return {'scale_median': median, 'scale_std_over_median': float(np.std(scales / median))}


def headline_means(images: Sequence[ImageMetrics]) -> Numbers:
    """The means over images, with the statistics of their scales in the place of a mean."""
    scales = np.array([metrics.scale for metrics in images])
    result: Numbers = {}
    for name, mean in metric_means(images, ImageMetrics._fields).items():
        is_scale = name == 'scale'
        result |= scale_statistics(scales[~np.isnan(scales)]) if is_scale else {name: mean}
    return result


def metric_means(images: Sequence[tuple[float, ...]], names: Sequence[str]) -> Numbers:
    """The number of images, and the means of their metrics; None where there is no image."""
    means = np.mean(images, axis=0).tolist() if images else [None] * len(names)
    return {'frames': len(images), **dict(zip(names, means, strict=True))}
