"""From a trained refiner to the two files that engines load: the coarse network and itself."""

from __future__ import annotations

from collections.abc import Mapping
import copy
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.model_header import INPUT_NAME, MAP_NAMES, RESIDUAL_NAME, TILE_NAMES
from depth_nodes.networks.checkpoints import Checkpoint
from depth_nodes.networks.depth_network import DepthNetwork
from depth_nodes.networks.export import exported_for_images, quiet_exporter, write_onnx
from depth_nodes.networks.patch_refiner_v2.coarse_maps import CoarseMaps
from depth_nodes.networks.patch_refiner_v2.depth_network_maps import coarse_maps_from_depth_network
from depth_nodes.networks.patch_refiner_v2.patch_refiner import PatchRefiner

EXAMPLE_SIZE_PX = 96, 160


class DeployedCoarse(nn.Module):
    """Image to what a refiner takes of a depth network, for inference alone."""

    def __init__(self, network: DepthNetwork, canonical: CanonicalCamera) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).eval()
        self.canonical = canonical

    def forward(self, image: Float[Tensor, '1 3 height width']) -> tuple[Tensor, ...]:
        """Canonical depth [m], then features from fine to coarse."""
        maps = coarse_maps_from_depth_network(self.network, image, self.canonical)
        return (maps.depth, *maps.features)


class DeployedRefiner(nn.Module):
    """Tiles and coarse maps to residuals, for inference alone; coarse depth has the median 1."""

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
        """What `PatchRefiner.refine` says that the coarse depth lacks."""
        coarse = CoarseMaps(coarse_features, coarse_depth)
        return self.network.refine(tiles, boxes, coarse).residual


class EngineRefiner(nn.Module):
    """The same for TensorRT, whose engines call their inputs as the arguments are called here.

    In fp16 all of it is rounded, depth too: by 0.05 % of what the refiner sees and says, and the
    coarse depth that the residual is added to stays as it is.
    """

    def __init__(self, network: PatchRefiner, precision: str) -> None:
        super().__init__()
        self.kind = torch.float16 if precision == 'fp16' else torch.float32
        self.network = copy.deepcopy(network).eval().to(self.kind)

    def forward(
        self,
        tiles: Float[Tensor, 'tile 3 height width'],
        boxes: Float[Tensor, 'tile 4'],
        coarse_depth: Tensor,
        coarse_1: Tensor,
        coarse_2: Tensor,
        coarse_4: Tensor,
        coarse_8: Tensor,
        coarse_16: Tensor,
        coarse_32: Tensor,
    ) -> Float[Tensor, 'tile 1 height width']:
        """Everything in and out is float32."""
        maps = (coarse_1, coarse_2, coarse_4, coarse_8, coarse_16, coarse_32)
        features = tuple(one.to(self.kind) for one in maps)
        coarse = CoarseMaps(features, coarse_depth.to(self.kind))
        return self.network.refine(tiles.to(self.kind), boxes, coarse).residual.float()


def example_maps(coarse: Checkpoint) -> CoarseMaps:
    """Maps of a small black image, for their channels."""
    image = torch.zeros(1, 3, *EXAMPLE_SIZE_PX)
    assert isinstance(coarse.network, DepthNetwork)
    with torch.no_grad():
        return coarse_maps_from_depth_network(coarse.network, image, coarse.canonical)


def export_coarse_onnx(coarse: Checkpoint, path: Path, metadata: Mapping[str, Any]) -> None:
    """Writes a depth network whose features a refiner takes; appears whole or not at all.

    Input `image`: as that of `export_onnx`. Outputs, all float32: `coarse_depth` [1, 1, H, W],
    canonical depth [m]; `coarse_1` to `coarse_32`, features by stride.
    """
    assert isinstance(coarse.network, DepthNetwork)
    exported = exported_for_images(DeployedCoarse(coarse.network, coarse.canonical))
    header = {'canonical': asdict(coarse.canonical), 'metadata': dict(metadata)}
    write_onnx(exported, path, [INPUT_NAME], list(MAP_NAMES), header)


def export_refiner_onnx(
    refiner: Checkpoint,
    path: Path,
    *,
    coarse: CoarseMaps,
    tile_size_px: tuple[int, int],
    metadata: Mapping[str, Any],
) -> None:
    """Writes the refiner for ONNX Runtime; the file appears whole or not at all.

    Inputs, all float32: `tiles` [n, 3, height, width], RGB in 0..1; `boxes` [n, 4], x0 y0 x1 y1 in
    0..1; `coarse_depth` [1, 1, H, W] over its median; `coarse_1` to `coarse_32`, the coarse
    features by stride. Output `residual` [n, 1, height, width], in the unit of `coarse_depth`.
    """
    assert isinstance(refiner.network, PatchRefiner)
    exported = exported_refiner(refiner.network, coarse, tile_size_px)
    header = {
        'config': asdict(refiner.network.config),
        'canonical': asdict(refiner.canonical),
        'metadata': dict(metadata),
    }
    write_onnx(exported, path, [*TILE_NAMES, *MAP_NAMES], [RESIDUAL_NAME], header)


def exported_refiner(
    network: PatchRefiner, coarse: CoarseMaps, tile_size_px: tuple[int, int]
) -> torch.export.ExportedProgram:
    """The refiner as a graph for any number of tiles of one image, whatever its coarse maps' size.

    Args:
        network: the refiner.
        coarse: maps of any image; those of depth and of stride 1 have one size.
        tile_size_px: height and width of the tiles, multiples of 32, which the graph keeps.
    """
    height, width = tile_size_px
    # More than one, or torch takes the number for a constant.
    tiles = torch.zeros(2, 3, height, width)
    boxes = torch.tensor([[0.0, 0.0, 1.0, 1.0]]).repeat(2, 1)
    num_tiles = torch.export.Dim('num_tiles')
    full, *others = (_free_sides(name) for name in MAP_NAMES[1:])
    shapes = {
        'tiles': {0: num_tiles},
        'boxes': {0: num_tiles},
        'coarse_depth': full,
        'coarse_features': (full, *others),
    }
    with quiet_exporter():
        return torch.export.export(
            DeployedRefiner(network),
            (tiles, boxes, coarse.depth, coarse.features),
            dynamic_shapes=shapes,
        )


def _free_sides(name: str) -> dict[int, torch.export.Dim]:
    return {axis: torch.export.Dim(f'{name}_{axis}') for axis in (2, 3)}
