"""Scores of held-out frames before and after they are refined, while a training runs."""

from __future__ import annotations

from jaxtyping import Float32
import numpy as np
import torch

from depth_nodes.data.sample import Sample
from depth_nodes.evaluation.boundaries import boundary_metrics
from depth_nodes.evaluation.metrics import EvaluationConfig, image_metrics
from depth_nodes.geometry.blending import feathered_weights, Mosaic
from depth_nodes.geometry.tiles import native_grid
from depth_nodes.networks.patch_refiner_v2.region import sample_regions
from depth_nodes.training.batch import network_image
from depth_nodes.training.precision import rounding
from depth_nodes.training.refiner.config import RefinerConfig
from depth_nodes.training.refiner.refinement import Refinement
from depth_nodes.training.refiner.tile_batch import (
    batch_from_tiles,
    coarse_view,
    require_tile,
    tile_at,
)
from depth_nodes.training.sources import FrameSource

EVALUATION = EvaluationConfig(align='median')
STAGES = ('coarse', 'refined')
TILES_AT_ONCE = 4

Depth = Float32[np.ndarray, 'height width']


def validate_refinement(
    network: Refinement, sources: list[FrameSource], config: RefinerConfig
) -> dict[str, float]:
    """Mean abs_rel, RMSE [m] and F1 of the edges of each source, once their medians agree.

    They are called `SOURCE/coarse_abs_rel` and so on, and `SOURCE/refined_abs_rel`.

    Args:
        network: in evaluation mode.
        sources: frames with depth.
        config: sizes and precision.
    """
    scores: dict[str, float] = {}
    for source in sources:
        values: dict[str, list[float]] = {}
        for sample in source.samples:
            for stage, depth in zip(STAGES, depth_maps(network, sample, config), strict=True):
                for name, value in _scores(depth, sample).items():
                    values.setdefault(f'{source.name}/{stage}_{name}', []).append(value)
        scores |= {name: float(np.mean(found)) for name, found in values.items()}
    return scores


@torch.inference_mode()
def depth_maps(network: Refinement, sample: Sample, config: RefinerConfig) -> tuple[Depth, Depth]:
    """The coarse and the refined depth [m] of a frame at its own size.

    Raises:
        InputError: the frame is smaller than a tile.
    """
    size = sample.image.shape[0], sample.image.shape[1]
    require_tile(sample, config.tile_size)
    frame = coarse_view(sample, config.coarse_size)
    grid = native_grid(*size, *config.tile_size)
    tiles = [tile_at(sample, box.y0, box.x0, config.tile_size) for box in grid.boxes]
    device = next(network.parameters()).device
    batch = batch_from_tiles([tiles], [frame]).mapped(lambda tensor: tensor.to(device))
    assert batch.frames is not None, 'one was given'
    parts = zip(batch.image.split(TILES_AT_ONCE), batch.boxes.split(TILES_AT_ONCE), strict=True)
    with rounding(config.precision, device):
        maps = network.coarse_maps(batch.frames)
        refined = [
            network.refiner(network_image(image), boxes, maps).depth for image, boxes in parts
        ]
    whole = torch.tensor([[0.0, 0.0, frame.share[1], frame.share[0]]], device=device)
    coarse = sample_regions(maps.depth, whole, size)
    mosaic = Mosaic(*size, like=maps.depth)
    weights = feathered_weights(grid).to(device)
    for tile, weight, box in zip(torch.cat(refined)[:, 0], weights, grid.boxes, strict=True):
        mosaic.add(tile, weight, box)
    return coarse[0, 0].cpu().numpy(), mosaic.mean.cpu().numpy()


def _scores(depth: Depth, sample: Sample) -> dict[str, float]:
    assert sample.depth_m is not None, 'frames without depth teach nothing'
    errors = image_metrics(depth, sample.depth_m, EVALUATION)
    edges = boundary_metrics(depth, sample.depth_m, EVALUATION)
    scores = {} if errors is None else {'abs_rel': errors.abs_rel, 'rmse_m': errors.rmse}
    return scores if edges is None else {**scores, 'edge_f1': edges.edge_f1}
