"""Evaluates anything that turns a frame into depth on sequences with ground truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
import dataclasses
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Float32
import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.errors import InputError
from depth_nodes.evaluation.boundaries import boundary_metrics, BoundaryMetrics
from depth_nodes.evaluation.metrics import EvaluationConfig, image_metrics, ImageMetrics

MEANS = [name for name in ImageMetrics._fields if name != 'scale']
SPREADS = ['scale_median', 'scale_std_over_median']

Result = dict[str, int | float | None]
Predictor = Callable[[Sample], Float32[np.ndarray, 'height width']]


@runtime_checkable
class FrameSource(Protocol):
    """A sequence folder, a bag, or anything else with a name and frames."""

    @property
    def name(self) -> str:
        """What the results are listed under."""

    def __iter__(self) -> Iterator[Sample]:
        """The frames; those without ground truth are passed over."""


def evaluate(
    predict: Predictor,
    sequences: Sequence[FrameSource],
    config: EvaluationConfig,
    *,
    with_boundaries: bool = False,
) -> dict[str, Any]:
    """The settings and results, ready for JSON; a number that does not exist is None.

    Metrics are means over the images of a sequence that have ground truth in range, and
    `overall` is the mean over sequences, but its `frames` is their sum. So it is with the metrics
    of `boundaries`, over the images in which an edge counts; `frames` there tells how many.

    Args:
        predict: depth [m] of a frame at the size of its image.
        sequences: where the frames come from; their names must differ.
        config: how depth and truth are compared.
        with_boundaries: adds `boundaries`.

    Raises:
        InputError: a sequence has no ground truth, or two have one name.
    """
    names = [sequence.name for sequence in sequences]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f'two sequences are called {name}; evaluate them one by one')
    results = {
        sequence.name: _evaluate_sequence(predict, sequence, config, with_boundaries)
        for sequence in sequences
    }
    overall = _overall(list(results.values()), MEANS + SPREADS)
    if with_boundaries:
        boundaries = [result['boundaries'] for result in results.values()]
        overall['boundaries'] = _overall(boundaries, BoundaryMetrics._fields)
    return {**dataclasses.asdict(config), 'sequences': results, 'overall': overall}


def _evaluate_sequence(
    predict: Predictor, sequence: FrameSource, config: EvaluationConfig, with_boundaries: bool
) -> dict[str, Any]:
    images = list(_compared(predict, sequence, config, with_boundaries))
    if not images:
        raise InputError(
            f'{sequence.name}: no frame has ground-truth depth between {config.min_depth_m:g} '
            f'and {config.max_depth_m:g} m; there is nothing to compare with'
        )
    scales = np.array([metrics.scale for metrics, _ in images])
    result: dict[str, Any] = {
        **_means([metrics for metrics, _ in images], ImageMetrics._fields),
        **scale_statistics(scales[~np.isnan(scales)]),
    }
    del result['scale']
    if with_boundaries:
        found = [boundaries for _, boundaries in images if boundaries is not None]
        result['boundaries'] = _means(found, BoundaryMetrics._fields)
    return result


def _compared(
    predict: Predictor, sequence: FrameSource, config: EvaluationConfig, with_boundaries: bool
) -> Iterator[tuple[ImageMetrics, BoundaryMetrics | None]]:
    for sample in sequence:
        if sample.depth_m is None:
            continue
        compared = predict(sample), sample.depth_m, config, sample.depth_stride
        metrics = image_metrics(*compared)
        if metrics is not None:
            yield metrics, boundary_metrics(*compared) if with_boundaries else None


def scale_statistics(scales: np.ndarray) -> Result:
    """Median of the images' scale factors, and how far they spread around it."""
    if not len(scales):
        return dict.fromkeys(SPREADS)
    median = float(np.median(scales))
    return {'scale_median': median, 'scale_std_over_median': float(np.std(scales / median))}


def _means(images: Sequence[tuple[float, ...]], names: Sequence[str]) -> Result:
    """The number of images, and the means of their metrics; None where there is no image."""
    means = np.mean(images, axis=0).tolist() if images else [None] * len(names)
    return {'frames': len(images), **dict(zip(names, means, strict=True))}


def _overall(results: Sequence[dict[str, Any]], names: Sequence[str]) -> dict[str, Any]:
    means = {name: _mean([result[name] for result in results]) for name in names}
    return {'frames': sum(result['frames'] for result in results), **means}


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
