"""The numbers that a model's card quotes, all from one pass over a sequence."""

from __future__ import annotations

from dataclasses import dataclass
import math

from jaxtyping import Float32
import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.errors import InputError
from depth_nodes.evaluation.flip import flip_averaged
from depth_nodes.evaluation.metrics import EvaluationConfig, image_metrics, ImageMetrics
from depth_nodes.evaluation.score_means import scale_statistics
from depth_nodes.evaluation.source import FrameSource, Predictor

MIN_DEPTH_M, MAX_DEPTH_M = 0.1, 80.0
METRES = EvaluationConfig(align='none', min_depth_m=MIN_DEPTH_M, max_depth_m=MAX_DEPTH_M)
MEDIAN = EvaluationConfig(align='median', min_depth_m=MIN_DEPTH_M, max_depth_m=MAX_DEPTH_M)


@dataclass(frozen=True, kw_only=True)
class WorstFrame:
    """The frame with the largest error in metres, and the depth [m] predicted for it."""

    sample: Sample
    depth_m: Float32[np.ndarray, 'height width']
    metres: ImageMetrics
    median: ImageMetrics


@dataclass(frozen=True, kw_only=True)
class SequenceScores:
    """Means over the images of a sequence.

    Attributes:
        frames: images with ground truth in range.
        density: share of the ground-truth pixels with a prediction.
        abs_rel_metres: error as published, in metres.
        abs_rel_median: error after scaling each image by the ratio of medians.
        d1_median: share of pixels within a factor of 1.25, scaled so.
        flip_abs_rel_median: error of the flip-averaged depth, scaled so.
        flip_d1_median: pixels within a factor of 1.25 of the flip-averaged depth, scaled so.
        scale_std_over_median: spread of the images' scale factors; NaN where none is known.
        worst: see `WorstFrame`.
    """

    frames: int
    density: float
    abs_rel_metres: float
    abs_rel_median: float
    d1_median: float
    flip_abs_rel_median: float
    flip_d1_median: float
    scale_std_over_median: float
    worst: WorstFrame


def score_sequence(predict: Predictor, source: FrameSource) -> SequenceScores:
    """Compares a model with the truth of a sequence, depth 0.1-80 m.

    Args:
        predict: depth [m] of a frame at the size of its image; called twice a frame.
        source: where the frames come from; those without ground truth are passed over.

    Raises:
        InputError: there is no ground truth in range.
    """
    rows: list[tuple[ImageMetrics, ImageMetrics, ImageMetrics]] = []
    worst: WorstFrame | None = None
    for sample in source:
        frame = None if sample.depth_m is None else _compared(predict, sample, sample.depth_m)
        if frame is None:
            continue
        candidate, flipped = frame
        rows.append((candidate.metres, candidate.median, flipped))
        if worst is None or candidate.metres.abs_rel > worst.metres.abs_rel:
            worst = candidate
    if worst is None:
        raise InputError(
            f'{source.name}: no frame has ground-truth depth between {MIN_DEPTH_M:g} and '
            f'{MAX_DEPTH_M:g} m; give sequences with depth'
        )
    metres, median, flipped = (_mean(column) for column in zip(*rows, strict=True))
    return SequenceScores(
        frames=len(rows),
        density=metres.density,
        abs_rel_metres=metres.abs_rel,
        abs_rel_median=median.abs_rel,
        d1_median=median.d1,
        flip_abs_rel_median=flipped.abs_rel,
        flip_d1_median=flipped.d1,
        scale_std_over_median=_spread([row[0].scale for row in rows]),
        worst=worst,
    )


def _compared(
    predict: Predictor, sample: Sample, truth_m: Float32[np.ndarray, 'truth_height truth_width']
) -> tuple[WorstFrame, ImageMetrics] | None:
    depth = predict(sample)
    metres = image_metrics(depth, truth_m, METRES, sample.depth_stride)
    median = image_metrics(depth, truth_m, MEDIAN, sample.depth_stride)
    if metres is None or median is None:
        return None
    both = flip_averaged(predict, sample, depth)
    flipped = image_metrics(both, truth_m, MEDIAN, sample.depth_stride)
    assert flipped is not None, 'the truth is the same'
    return WorstFrame(sample=sample, depth_m=depth, metres=metres, median=median), flipped


def _mean(images: tuple[ImageMetrics, ...]) -> ImageMetrics:
    return ImageMetrics(*np.mean(np.array(images, np.float64), axis=0).tolist())


def _spread(scales: list[float]) -> float:
    known = np.array([scale for scale in scales if not math.isnan(scale)])
    spread = scale_statistics(known)['scale_std_over_median']
    return math.nan if spread is None else spread
