"""Depth of one sequence against its truth, frame by frame; offline and on ROS topics alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jaxtyping import Float
import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.errors import InputError
from depth_nodes.evaluation.boundaries import BoundaryMetrics, pixel_boundaries
from depth_nodes.evaluation.breakdown import Breakdown
from depth_nodes.evaluation.compared_pixels import compared_pixels, ComparedPixels, sampled
from depth_nodes.evaluation.evaluation_config import Align, EvaluationConfig
from depth_nodes.evaluation.metrics import ImageMetrics, pixel_metrics
from depth_nodes.evaluation.obstacles import ObstacleScores
from depth_nodes.evaluation.reprojection import grid_camera, View
from depth_nodes.evaluation.score_means import alignment_means, headline_means, metric_means
from depth_nodes.evaluation.temporal import TemporalScores, TimedView

NS_PER_S = 1e9
FRAME_COLUMNS = ['abs_rel', 'rmse', 'd1', 'scale', 'density', 'silog']

Depth = Float[np.ndarray, 'height width']


@dataclass(frozen=True, kw_only=True)
class FrameScores:
    """What one frame came to.

    Attributes:
        name: of the frame.
        stamp_s: time of its image; None where the source has none.
        align: the alignment asked for.
        by_alignment: the metrics without alignment, by medians, and under `align`.
        boundaries: None where they were not asked for, or no edge counts.
    """

    name: str
    stamp_s: float | None
    align: Align
    by_alignment: dict[Align, ImageMetrics]
    boundaries: BoundaryMetrics | None = None

    @property
    def metrics(self) -> ImageMetrics:
        """Those under the alignment asked for."""
        return self.by_alignment[self.align]

    def row(self) -> dict[str, Any]:
        """Ready for JSON; a scale that is unknown is None."""
        numbers = {name: _number(getattr(self.metrics, name)) for name in FRAME_COLUMNS}
        return {'name': self.name, 'stamp_s': self.stamp_s, **numbers}


class SequenceEvaluation:
    """Compares the frames of one sequence as they come; what it says is ready for JSON.

    Everything is under the alignment asked for, but `temporal`, which is before any, and
    `alignments`. Memory grows by the numbers of a frame only.
    """

    def __init__(self, config: EvaluationConfig, *, with_boundaries: bool = False) -> None:
        self._config = config
        self._with_boundaries = with_boundaries
        self._frames: list[FrameScores] = []
        self._breakdown = Breakdown(config)
        self._temporal = TemporalScores()
        self._obstacles = ObstacleScores()

    def add(self, sample: Sample, depth_m: Depth) -> FrameScores | None:
        """Compares a frame; None where no truth lies in range and crop.

        Args:
            sample: with its truth; `image` is not looked at.
            depth_m: what was predicted [m], on the pixels of the image: -Inf too near, +Inf
                beyond range, NaN invalid.

        Raises:
            InputError: depth and truth are of sizes that do not belong together.
        """
        if sample.depth_m is None:
            return None
        stride = sample.depth_stride
        pixels = compared_pixels(depth_m, sample.depth_m, self._config, stride)
        if pixels is None:
            return None
        scores = FrameScores(
            name=sample.name,
            stamp_s=None if sample.stamp_ns is None else sample.stamp_ns / NS_PER_S,
            align=self._config.align,
            by_alignment=metrics_by_alignment(pixels),
            boundaries=pixel_boundaries(pixels) if self._with_boundaries else None,
        )
        self._frames.append(scores)
        self._breakdown.add(pixels)
        self._obstacles.add(pixels)
        if scores.stamp_s is not None:
            self._temporal.add(_timed_view(sample, depth_m, pixels, scores.stamp_s))
        return scores

    def result(self) -> dict[str, Any]:
        """The numbers of the frames so far; one that does not exist is None.

        Raises:
            InputError: no frame was compared.
        """
        if not self._frames:
            raise InputError(
                f'no frame has ground-truth depth between {self._config.min_depth_m:g} '
                f'and {self._config.max_depth_m:g} m; there is nothing to compare with'
            )
        result: dict[str, Any] = {
            **headline_means([frame.metrics for frame in self._frames]),
            'alignments': alignment_means([frame.by_alignment for frame in self._frames]),
            'by_range': self._breakdown.by_range(),
            'by_region': self._breakdown.by_region(),
            'temporal': self._temporal.result(),
            'obstacles': self._obstacles.result(),
        }
        if self._with_boundaries:
            found = [frame.boundaries for frame in self._frames if frame.boundaries is not None]
            result['boundaries'] = metric_means(found, BoundaryMetrics._fields)
        return result | {'per_frame': [frame.row() for frame in self._frames]}


def metrics_by_alignment(pixels: ComparedPixels) -> dict[Align, ImageMetrics]:
    """The metrics of one image without alignment, by medians, and under the one asked for."""
    return {align: pixel_metrics(pixels, align) for align in pixels.config.alignments}


def _timed_view(
    sample: Sample, depth_m: Depth, pixels: ComparedPixels, stamp_s: float
) -> TimedView:
    """What the next frame is compared with; truth that is not compared is unknown there."""
    assert sample.depth_m is not None, 'the caller has compared it'
    stride, size = sample.depth_stride, (depth_m.shape[0], depth_m.shape[1])
    camera = None if sample.camera is None else grid_camera(sample.camera, size, stride)
    return TimedView(
        stamp_s=stamp_s,
        scale=pixels.scale,
        prediction_m=sampled(depth_m, sample.depth_m.shape, stride),
        view=View(
            truth_m=np.where(pixels.is_compared, sample.depth_m, np.float32(0)),
            camera=camera,
            world_from_camera=sample.world_from_camera,
        ),
    )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value
