"""The two networks of a refiner's training: the coarse one, and the one that refines."""

from __future__ import annotations

from jaxtyping import Float
import torch
from torch import nn, Tensor

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


def brought_to_truth(maps: CoarseMaps, frames: FrameBatch) -> CoarseMaps:
    """The depth of each frame times what brings it to the truth, the median of their ratios.

    A refiner takes its scale from elsewhere. Left in, the error of the coarse network's scale is
    most of the loss, and says nothing of what a tile shows.
    """
    return maps._replace(depth=maps.depth * known_median(frames.depth_m / maps.depth.detach()))


def known_median(
    values: Float[Tensor, 'image 1 height width'],
) -> Float[Tensor, 'image 1 1 1']:
    """Of what is above 0 in each image; 1 where nothing is."""
    known = torch.where(values > 0, values, torch.nan).flatten(1)
    return known.nanmedian(dim=1).values.nan_to_num(1.0)[:, None, None, None]


def repeated(maps: CoarseMaps, count: int) -> CoarseMaps:
    """The maps of each image as often as it has tiles."""
    return CoarseMaps(
        tuple(features.repeat_interleave(count, dim=0) for features in maps.features),
        maps.depth.repeat_interleave(count, dim=0),
    )


def noise_maps(maps: CoarseMaps, count: int) -> CoarseMaps:
    """Maps of as many images and these shapes that say nothing: noise, and the median depth."""
    return CoarseMaps(
        tuple(
            torch.randn(count, *features.shape[1:], device=features.device)
            for features in maps.features
        ),
        maps.depth.new_ones(count, *maps.depth.shape[1:]),
    )
