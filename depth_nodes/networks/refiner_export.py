"""From a trained refiner to the file that engines load."""

from __future__ import annotations

from collections.abc import Mapping
import copy
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.networks.depth_network import NUM_LEVELS
from depth_nodes.networks.export import quiet_exporter, write_onnx
from depth_nodes.networks.patch_refiner_v2.coarse_maps import CoarseMaps
from depth_nodes.networks.patch_refiner_v2.patch_refiner import PatchRefiner

FEATURE_NAMES = [f'coarse_{1 << level}' for level in range(NUM_LEVELS + 1)]
INPUT_NAMES = ['tiles', 'boxes', 'coarse_depth', *FEATURE_NAMES]
OUTPUT_NAME = 'depth'


class DeployedRefiner(nn.Module):
    """Tiles and coarse maps to depth, for inference alone; the coarse depth has the median 1."""

    def __init__(self, network: PatchRefiner) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).eval()

    def forward(
        self,
        tiles: Float[Tensor, 'tile 3 height width'],
        boxes: Float[Tensor, 'tile 4'],
        coarse_depth: Float[Tensor, '1 1 coarse_height coarse_width'],
        coarse_features: tuple[Float[Tensor, '1 _channel _height _width'], ...],
    ) -> Float[Tensor, 'tile 1 height width']:
        """What `PatchRefiner.refine` says of the depth."""
        coarse = CoarseMaps(coarse_features, coarse_depth)
        return self.network.refine(tiles, boxes, coarse).depth


def exported_refiner(
    network: PatchRefiner, coarse: CoarseMaps, tile_size_px: tuple[int, int]
) -> torch.export.ExportedProgram:
    """The refiner as a graph for any number of tiles of one image.

    Args:
        network: the refiner.
        coarse: of one image, for its channels and sizes alone, which the graph keeps.
        tile_size_px: height and width of the tiles, multiples of 32.
    """
    height, width = tile_size_px
    # More than one, or torch takes the number for a constant.
    tiles = torch.zeros(2, 3, height, width)
    boxes = torch.tensor([[0.0, 0.0, 1.0, 1.0]]).repeat(2, 1)
    num_tiles = torch.export.Dim('num_tiles')
    shapes = {
        'tiles': {0: num_tiles},
        'boxes': {0: num_tiles},
        'coarse_depth': None,
        'coarse_features': tuple(None for _ in coarse.features),
    }
    with quiet_exporter():
        return torch.export.export(
            DeployedRefiner(network),
            (tiles, boxes, coarse.depth, coarse.features),
            dynamic_shapes=shapes,
        )


def export_refiner_onnx(
    network: PatchRefiner,
    path: Path,
    *,
    coarse: CoarseMaps,
    tile_size_px: tuple[int, int],
    metadata: Mapping[str, Any],
) -> None:
    """Writes the refiner for ONNX Runtime; the file appears whole or not at all.

    Inputs, all float32: `tiles` [n, 3, height, width], RGB in 0..1; `boxes` [n, 4], x0 y0 x1 y1 in
    0..1; `coarse_depth` [1, 1, H, W] over its median; `coarse_1` to `coarse_32`, the coarse
    features by stride. Output `depth` [n, 1, height, width], in the unit of `coarse_depth`.
    """
    exported = exported_refiner(network, coarse, tile_size_px)
    header = {'config': asdict(network.config), 'metadata': dict(metadata)}
    write_onnx(exported, path, INPUT_NAMES, [OUTPUT_NAME], header)
