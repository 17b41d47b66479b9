"""Evaluates anything that turns a frame into depth on sequences with ground truth."""

from __future__ import annotations

from collections.abc import Sequence
import dataclasses
from typing import Any

from depth_nodes.errors import InputError
from depth_nodes.evaluation.boundaries import BoundaryMetrics
from depth_nodes.evaluation.compared_pixels import compared_pixels
from depth_nodes.evaluation.evaluation_config import Align, EvaluationConfig
from depth_nodes.evaluation.flip import flip_averaged
from depth_nodes.evaluation.metrics import ImageMetrics, mean_of_known
from depth_nodes.evaluation.score_means import alignment_means, MEANS, SPREADS
from depth_nodes.evaluation.sequence_evaluation import metrics_by_alignment, SequenceEvaluation
from depth_nodes.evaluation.source import FrameSource, Predictor


def evaluate(
    predict: Predictor,
    sequences: Sequence[FrameSource],
    config: EvaluationConfig,
    *,
    with_boundaries: bool = False,
    with_flip: bool = False,
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
        with_flip: adds `flipped`, the mean of an image's depth and its mirror image's.

    Raises:
        InputError: a sequence has no ground truth, or two have one name.
    """
    names = [sequence.name for sequence in sequences]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f'two sequences are called {name}; evaluate them one by one')
    results = {
        sequence.name: evaluate_sequence(
            predict, sequence, config, with_boundaries=with_boundaries, with_flip=with_flip
        )
        for sequence in sequences
    }
    overall = mean_result(list(results.values()))
    return {**dataclasses.asdict(config), 'sequences': results, 'overall': overall}


def evaluate_sequence(
    predict: Predictor,
    sequence: FrameSource,
    config: EvaluationConfig,
    *,
    with_boundaries: bool = False,
    with_flip: bool = False,
) -> dict[str, Any]:
    """The results of one sequence; arguments and errors as of `evaluate`."""
    evaluation = SequenceEvaluation(config, with_boundaries=with_boundaries)
    flipped: list[dict[Align, ImageMetrics]] = []
    for sample in sequence:
        if sample.depth_m is None:
            continue
        depth = predict(sample)
        if evaluation.add(sample, depth) is None or not with_flip:
            continue
        both = flip_averaged(predict, sample, depth)
        pixels = compared_pixels(both, sample.depth_m, config, sample.depth_stride)
        assert pixels is not None, 'the truth is the same'
        flipped.append(metrics_by_alignment(pixels))
    try:
        result = evaluation.result()
    except InputError as error:
        raise InputError(f'{sequence.name}: {error}') from error
    return result | ({'flipped': alignment_means(flipped)} if with_flip else {})


def mean_result(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The mean of the sequences' metrics, alignments and boundaries, and the sum of frames."""
    overall = _mean_row(results, [*MEANS, *SPREADS])
    for part in ('alignments', 'flipped'):
        if part in results[0]:
            overall[part] = {
                align: _mean_row([result[part][align] for result in results], MEANS)
                for align in results[0][part]
            }
    if 'boundaries' in results[0]:
        boundaries = [result['boundaries'] for result in results]
        overall['boundaries'] = _mean_row(boundaries, BoundaryMetrics._fields)
    return overall


def _mean_row(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> dict[str, Any]:
    frames = {'frames': sum(row['frames'] for row in rows)} if 'frames' in rows[0] else {}
    return {**frames, **{name: mean_of_known([row[name] for row in rows]) for name in names}}
