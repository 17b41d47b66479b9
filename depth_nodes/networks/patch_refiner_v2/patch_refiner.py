"""PatchRefiner V2 (arXiv 2501.01121): depth of a large image, from a coarse network and tiles."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from jaxtyping import Float
import torch
from torch import nn, Tensor
import torch.nn.functional as F

from depth_nodes.errors import ConfigError
from depth_nodes.networks.patch_refiner_v2.coarse_maps import CoarseMaps, median_depth
from depth_nodes.networks.patch_refiner_v2.coarse_to_fine import CoarseToFine
from depth_nodes.networks.patch_refiner_v2.config import PatchRefinerConfig
from depth_nodes.networks.patch_refiner_v2.encoder import create_encoder
from depth_nodes.networks.patch_refiner_v2.fine_to_coarse import FineToCoarse
from depth_nodes.networks.patch_refiner_v2.layers import conv3x3, resized
from depth_nodes.networks.patch_refiner_v2.region import sample_regions

IMAGE_CHANNELS = 3
# Of the median depth; nearer things look as near as that.
LEAST_DEPTH = 1e-2


class RefinedDepth(NamedTuple):
    """Depth of the tiles, in the unit of the coarse depth.

    Attributes:
        depth: max(0, coarse depth + residual).
        residual: what the coarse depth lacks.
        auxiliary_depth: what the coarse-to-fine module says by itself; 0 where there is none.
    """

    depth: Float[Tensor, 'tile 1 height width']
    residual: Float[Tensor, 'tile 1 height width']
    auxiliary_depth: Float[Tensor, 'tile 1 height width']


class PatchRefiner(nn.Module):
    """Encoder, coarse-to-fine and fine-to-coarse module."""

    def __init__(self, config: PatchRefinerConfig) -> None:
        super().__init__()
        self.config = replace(config, is_pretrained=False)
        self.encoder = create_encoder(config.encoder, is_pretrained=config.is_pretrained)
        channels = self.encoder.channels
        first, *guides = config.coarse_channels
        self.coarse_stem: nn.Module | None = None
        if config.has_coarse_image:
            self.coarse_stem = conv3x3(IMAGE_CHANNELS + 1, first, bias=True)
        self.coarse_to_fine: nn.Module | None = None
        fine_channels = (channels[0], *channels)
        if config.use_coarse_to_fine:
            self.coarse_to_fine = CoarseToFine(channels, config)
            fine_channels = (first, *(config.width for _ in guides))
        self.fine_to_coarse = FineToCoarse(fine_channels, config)

    def forward(
        self,
        tiles: Float[Tensor, 'tile 3 height width'],
        boxes: Float[Tensor, 'tile 4'],
        coarse: CoarseMaps,
    ) -> RefinedDepth:
        """The depth of tiles whose sides are multiples of 32.

        Args:
            tiles: RGB in [0, 1].
            boxes: x0 y0 x1 y1 of each tile, in 0..1 over its whole image.
            coarse: of the one image that all tiles are of, or of one image a tile.

        Raises:
            ConfigError: the coarse maps are of another network than this was made for.
        """
        unit = median_depth(coarse.depth)
        refined = self.refine(tiles, boxes, coarse._replace(depth=coarse.depth / unit))
        return RefinedDepth(*(unit * part for part in refined))

    def refine(
        self,
        tiles: Float[Tensor, 'tile 3 height width'],
        boxes: Float[Tensor, 'tile 4'],
        coarse: CoarseMaps,
    ) -> RefinedDepth:
        """The same where the coarse depth is in units of its median already, as in engines."""
        size = tiles.shape[-2:]
        depth = sample_regions(coarse.depth, boxes, size)
        guides = [
            sample_regions(features, boxes, (size[0] >> level, size[1] >> level))
            for level, features in enumerate(self._coarse_features(coarse))
        ]
        known = self._as_seen(depth)
        encoded = self.encoder(tiles, known)
        if self.coarse_to_fine is None:
            features, auxiliary = [resized(encoded[0], size), *encoded], torch.zeros_like(known)
        else:
            features, auxiliary = self.coarse_to_fine(encoded, guides)
        residual = self.fine_to_coarse(guides, features, torch.cat((known, auxiliary), dim=1))
        if self.config.is_residual_logarithmic:
            residual = depth * torch.expm1(residual)
        return RefinedDepth(F.relu(depth + residual), residual, auxiliary)

    def _coarse_features(self, coarse: CoarseMaps) -> list[Tensor]:
        first, *others = coarse.features
        wanted = list(self.config.coarse_channels)
        if self.coarse_stem is not None:
            wanted[0] = IMAGE_CHANNELS
        found = [features.shape[1] for features in coarse.features]
        if found != wanted:
            raise ConfigError(
                f'the coarse network has features of {found} channels and the refiner takes '
                f'{wanted}; take the coarse network that it was trained with'
            )
        if self.coarse_stem is not None:
            first = self.coarse_stem(torch.cat((first, self._as_seen(coarse.depth)), dim=1))
        return [first, *others]

    def _as_seen(
        self, depth: Float[Tensor, 'image 1 height width']
    ) -> Float[Tensor, 'image 1 height width']:
        """Depth over its median as the filters take it."""
        if self.config.is_residual_logarithmic:
            return depth.clamp(min=LEAST_DEPTH).log()
        return depth
