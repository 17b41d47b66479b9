"""Evaluates anything that turns a frame into depth on sequences with ground truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
import dataclasses
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Float32
import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.errors import InputError
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
    predict: Predictor, sequences: Sequence[FrameSource], config: EvaluationConfig
) -> dict[str, Any]:
    """The settings and results, ready for JSON; a number that does not exist is None.

    Metrics are means over the images of a sequence that have ground truth in range, and
    `overall` is the mean over sequences, but its `frames` is their sum.

    Args:
        predict: depth [m] of a frame at the size of its image.
        sequences: where the frames come from; their names must differ.
        config: how depth and truth are compared.

    Raises:
        InputError: a sequence has no ground truth, or two have one name.
    """
    names = [sequence.name for sequence in sequences]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f'two sequences are called {name}; evaluate them one by one')
    results = {
        sequence.name: _evaluate_sequence(predict, sequence, config) for sequence in sequences
    }
    return {**dataclasses.asdict(config), 'sequences': results, 'overall': _overall(results)}


def _evaluate_sequence(
    predict: Predictor, sequence: FrameSource, config: EvaluationConfig
) -> Result:
    images = list(_image_metrics(predict, sequence, config))
    if not images:
        raise InputError(
            f'{sequence.name}: no frame has ground-truth depth between {config.min_depth_m:g} '
            f'and {config.max_depth_m:g} m; there is nothing to compare with'
        )
    table = np.array(images, np.float64)
    means = dict(zip(ImageMetrics._fields, table.mean(axis=0).tolist(), strict=True))
    scales = table[:, ImageMetrics._fields.index('scale')]
    return {
        'frames': len(images),
        **{name: means[name] for name in MEANS},
        **scale_statistics(scales[~np.isnan(scales)]),
    }


def _image_metrics(
    predict: Predictor, sequence: FrameSource, config: EvaluationConfig
) -> Iterator[ImageMetrics]:
    for sample in sequence:
        if sample.depth_m is None:
            continue
        metrics = image_metrics(predict(sample), sample.depth_m, config, sample.depth_stride)
        if metrics is not None:
            yield metrics


def scale_statistics(scales: np.ndarray) -> Result:
    """Median of the images' scale factors, and how far they spread around it."""
    if not len(scales):
        return dict.fromkeys(SPREADS)
    median = float(np.median(scales))
    return {'scale_median': median, 'scale_std_over_median': float(np.std(scales / median))}


def _overall(results: dict[str, Result]) -> Result:
    overall: Result = {
        name: _mean([result[name] for result in results.values()]) for name in MEANS + SPREADS
    }
    return {'frames': sum(result['frames'] or 0 for result in results.values()), **overall}


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
