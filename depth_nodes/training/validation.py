"""Scores of held-out frames while a training runs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from depth_nodes.data.sample import Sample
from depth_nodes.data.transforms import Neighbour, View
from depth_nodes.evaluation.metrics import EvaluationConfig, image_metrics
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.depth_network import DepthNetwork
from depth_nodes.training.batch import batch_from_views
from depth_nodes.training.multi_frame import predicted
from depth_nodes.training.sources import FrameSource
from depth_nodes.training.whole_view import whole_view

CONFIGS = {align: EvaluationConfig(align=align) for align in ('none', 'median')}


def validate(
    network: DepthNetwork, sources: list[FrameSource], canonical: CanonicalCamera, height_px: int
) -> dict[str, float]:
    """Mean abs_rel of each source, as `SOURCE/none` (in metres) and `SOURCE/median`.

    Args:
        network: in evaluation mode.
        sources: frames with depth.
        canonical: the camera that the network predicts for.
        height_px: what the frames are resized to, up to a width of 640. A network is at its best
            where it has learnt: one from 96 rows has half as much error again at 192.
    """
    scores: dict[str, float] = {}
    for source in sources:
        values: dict[str, list[float]] = {align: [] for align in CONFIGS}
        for sample, neighbours in _with_neighbours(source):
            view = whole_view(sample, height_px, neighbours=neighbours)
            for align, value in _abs_rel(network, view, canonical).items():
                values[align].append(value)
        scores |= {f'{source.name}/{align}': float(np.mean(v)) for align, v in values.items()}
    return scores


def _with_neighbours(source: FrameSource) -> Iterator[tuple[Sample, tuple[Neighbour, ...]]]:
    neighbours = source.neighbours or ((),) * len(source.samples)
    return zip(source.samples, neighbours, strict=True)


@torch.inference_mode()
def _abs_rel(network: DepthNetwork, view: View, canonical: CanonicalCamera) -> dict[str, float]:
    device = next(network.parameters()).device
    batch = batch_from_views([view], [True], [False]).mapped(lambda tensor: tensor.to(device))
    height, width = view.depth_m.shape
    sigmoid_output = predicted(network, batch).output.full[0, 0, :height, :width]
    inverse_depth = canonical.inverse_depth_from_sigmoid(sigmoid_output)
    depth = canonical.depth_from_canonical(1 / inverse_depth, view.focal_px).cpu().numpy()
    metrics = {align: image_metrics(depth, view.depth_m, CONFIGS[align]) for align in CONFIGS}
    return {align: value.abs_rel for align, value in metrics.items() if value is not None}
