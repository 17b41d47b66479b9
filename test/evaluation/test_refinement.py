from dataclasses import dataclass
import math

import numpy as np
import pytest

from depth_nodes.data.sample import Sample
from depth_nodes.errors import InputError
from depth_nodes.evaluation.boundaries import boundary_metrics
from depth_nodes.evaluation.metrics import image_metrics
from depth_nodes.evaluation.refinement import score_refinement
from depth_nodes.evaluation.scorecard import MEDIAN

IMAGE = np.zeros((40, 60, 3), np.uint8)


@dataclass
class Frames:
    samples: list[Sample]
    name: str = 'frames'

    def __iter__(self):
        return iter(self.samples)


def step(far_m: float = 4.0, *, blur_px: int = 0) -> np.ndarray:
    """A near half and a far half, a ramp of this width between them."""
    columns = np.arange(60) - 29.5
    share = np.clip(columns / max(blur_px, 1) + 0.5, 0, 1)
    row = 2.0 + (far_m - 2.0) * share
    return np.broadcast_to(row, (40, 60)).astype(np.float32)


def sample(depth_m: np.ndarray | None, name: str = '0') -> Sample:
    return Sample(name=name, image=IMAGE, depth_m=depth_m)


def test_scores_are_those_of_the_metrics_and_a_sharp_edge_is_found():
    truth, soft, sharp = step(), step(blur_px=30), step(3.5)
    scores = score_refinement(lambda _: soft, lambda _: sharp, Frames([sample(truth)]))
    for stage, depth in ((scores.coarse, soft), (scores.refined, sharp)):
        errors, edges = (one(depth, truth, MEDIAN) for one in (image_metrics, boundary_metrics))
        assert stage == (edges.edge_f1, edges.see_m, errors.rmse, errors.abs_rel)
    assert (scores.coarse.edge_f1, scores.refined.edge_f1) == (0.0, 1.0)
    assert math.isinf(scores.ratios.edge_f1)
    assert scores.ratios.rmse_m == scores.refined.rmse_m / scores.coarse.rmse_m < 1


def test_edges_are_means_over_the_images_that_have_some():
    flat = np.full((40, 60), 2.0, np.float32)
    frames = Frames([sample(step()), sample(flat), sample(None), sample(np.zeros_like(flat))])
    scores = score_refinement(lambda _: step(), lambda _: step(), frames)
    assert (scores.frames, scores.edge_frames) == (2, 1)
    assert scores.coarse.edge_f1 == 1
    assert scores.coarse.abs_rel > 0
    assert scores.ratios.edge_f1 == scores.ratios.rmse_m == scores.ratios.abs_rel == 1


def test_without_edges_the_errors_are_still_there():
    flat = np.full((40, 60), 2.0, np.float32)
    scores = score_refinement(lambda _: step(), lambda _: flat, Frames([sample(flat)]))
    assert scores.edge_frames == 0
    assert math.isnan(scores.coarse.edge_f1)
    assert math.isnan(scores.ratios.edge_f1)
    assert scores.refined.rmse_m == 0 < scores.coarse.rmse_m


def test_without_truth_there_is_nothing_to_compare():
    with pytest.raises(InputError, match='frames: no frame has ground-truth depth'):
        score_refinement(lambda _: step(), lambda _: step(), Frames([sample(None)]))
