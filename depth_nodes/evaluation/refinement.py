"""What refinement does to depth: the same frames before and after it."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float32
import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.errors import InputError
from depth_nodes.evaluation.boundaries import boundary_metrics
from depth_nodes.evaluation.metrics import image_metrics
from depth_nodes.evaluation.scorecard import MAX_DEPTH_M, MEDIAN, MIN_DEPTH_M
from depth_nodes.evaluation.source import FrameSource, Predictor


class StageScores(NamedTuple):
    """Means over images, after median scaling; of the edges, over those with edges that count.

    Attributes:
        edge_f1: as `boundary_metrics` says; NaN where no image has edges that count.
        see_m: the same.
        rmse_m: root mean square error [m].
        abs_rel: mean of |error| / truth.
    """

    edge_f1: float
    see_m: float
    rmse_m: float
    abs_rel: float


class RefinementScores(NamedTuple):
    """Of one sequence.

    Attributes:
        frames: images with ground truth in range.
        edge_frames: those with edges that count.
        coarse: of depth as it comes, at the size of the image.
        refined: of the same refined.
    """

    frames: int
    edge_frames: int
    coarse: StageScores
    refined: StageScores

    @property
    def ratios(self) -> StageScores:
        """Refined over coarse: of the F1 infinite where the coarse depth has no edge at all."""
        with np.errstate(divide='ignore', invalid='ignore'):
            return StageScores(*np.divide(self.refined, self.coarse).tolist())


def score_refinement(
    coarse: Predictor, refined: Predictor, source: FrameSource
) -> RefinementScores:
    """Compares both with the truth of a sequence, depth 0.1-80 m.

    Args:
        coarse: depth [m] of a frame at the size of its image.
        refined: the same, refined.
        source: where the frames come from; those without ground truth are passed over.

    Raises:
        InputError: there is no ground truth in range.
    """
    rows: list[list[StageScores]] = []
    for sample in source:
        if sample.depth_m is not None:
            stages = [_scores(predict(sample), sample) for predict in (coarse, refined)]
            rows += [[one for one in stages if one is not None]]
    found = np.array([row for row in rows if row], np.float64)  # image, stage, score
    if not len(found):
        raise InputError(
            f'{source.name}: no frame has ground-truth depth between {MIN_DEPTH_M:g} and '
            f'{MAX_DEPTH_M:g} m; give sequences with depth'
        )
    has_edges = ~np.isnan(found[:, 0, 0])
    means = found.mean(axis=0)  # NaN of the edges where one image has none
    means[:, :2] = found[has_edges, :, :2].mean(axis=0) if has_edges.any() else np.nan
    before, after = (StageScores(*stage) for stage in means.tolist())
    return RefinementScores(
        frames=len(found), edge_frames=int(has_edges.sum()), coarse=before, refined=after
    )


def _scores(depth_m: Float32[np.ndarray, 'height width'], sample: Sample) -> StageScores | None:
    """Of one image; None where no truth is in range."""
    assert sample.depth_m is not None, 'the caller has looked'
    compared = depth_m, sample.depth_m, MEDIAN, sample.depth_stride
    errors, edges = image_metrics(*compared), boundary_metrics(*compared)
    if errors is None:
        return None
    edge_f1, see_m = (np.nan, np.nan) if edges is None else (edges.edge_f1, edges.see_m)
    return StageScores(edge_f1, see_m, errors.rmse, errors.abs_rel)
