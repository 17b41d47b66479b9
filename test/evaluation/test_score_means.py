import math

import numpy as np
import pytest

from depth_nodes.evaluation.boundaries import BoundaryMetrics
from depth_nodes.evaluation.metrics import ImageMetrics
from depth_nodes.evaluation.score_means import (
    alignment_means,
    headline_means,
    MEANS,
    metric_means,
    scale_statistics,
)


def image(value: float, scale: float) -> ImageMetrics:
    return ImageMetrics(*[value] * len(ImageMetrics._fields))._replace(scale=scale)


def test_every_metric_is_a_mean_but_the_scale_which_is_a_median():
    means = headline_means([image(1, 2.0), image(3, 4.0), image(8, math.nan)])
    assert means == {
        'frames': 3, **dict.fromkeys(MEANS, 4), 'scale_median': 3,
        'scale_std_over_median': pytest.approx(1 / 3),
    }  # fmt: skip


def test_alignments_have_the_same_metrics_without_a_scale():
    frames = [{'none': image(1, 2), 'median': image(both, 2)} for both in (3, 5)]
    expected = {'none': dict.fromkeys(MEANS, 1), 'median': dict.fromkeys(MEANS, 4)}
    assert alignment_means(frames) == expected


def test_no_image_has_no_mean():
    names = BoundaryMetrics._fields
    assert metric_means([], names) == {'frames': 0, **dict.fromkeys(names)}


def test_scale_spread_is_relative_to_the_median():
    scales = np.array([1.0, 2.0, 4.0])
    assert scale_statistics(scales)['scale_std_over_median'] == pytest.approx(np.std(scales) / 2)
    assert scale_statistics(scales) == pytest.approx(
        {**scale_statistics(10 * scales), 'scale_median': 2}
    )


def test_no_scale_has_no_statistics():
    assert set(scale_statistics(np.array([])).values()) == {None}
