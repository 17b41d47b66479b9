"""The two networks of a refiner's training: the coarse one, and the one that refines."""

from __future__ import annotations

import torch
from torch import nn

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.depth_network import DepthNetwork
from depth_nodes.networks.patch_refiner_v2.coarse_maps import CoarseMaps
from depth_nodes.networks.patch_refiner_v2.depth_network_maps import coarse_maps_from_depth_network
from depth_nodes.networks.patch_refiner_v2.patch_refiner import PatchRefiner
from depth_nodes.training.batch import network_image
from depth_nodes.training.refiner.tile_batch import FrameBatch


class Refinement(nn.Module):
    """A refiner and the depth network whose depth it refines."""

    def __init__(
        self, refiner: PatchRefiner, coarse: DepthNetwork, canonical: CanonicalCamera
    ) -> None:
        super().__init__()
        self.refiner = refiner
        self.coarse = coarse
        self.canonical = canonical

    def coarse_maps(self, frames: FrameBatch) -> CoarseMaps:
        """What the coarse network hands over, its depth in metres of the frames' cameras."""
        image = network_image(frames.image)
        maps = coarse_maps_from_depth_network(self.coarse, image, self.canonical)
        depth_m = self.canonical.depth_from_canonical(maps.depth, frames.focal_px)
        return maps._replace(depth=depth_m)


def repeated(maps: CoarseMaps, count: int) -> CoarseMaps:
    """The maps of each image as often as it has tiles."""
    return CoarseMaps(
        tuple(features.repeat_interleave(count, dim=0) for features in maps.features),
        maps.depth.repeat_interleave(count, dim=0),
    )


def noise_maps(maps: CoarseMaps, count: int) -> CoarseMaps:
    """Maps of as many images and these shapes that say nothing: noise, and a depth of 0."""
    return CoarseMaps(
        tuple(
            torch.randn(count, *features.shape[1:], device=features.device)
            for features in maps.features
        ),
        maps.depth.new_zeros(count, *maps.depth.shape[1:]),
    )
