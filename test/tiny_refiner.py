"""A patch refiner with as few operations as it can have, and coarse maps for it."""

import torch
from torch import nn

from depth_nodes.networks.patch_refiner_v2.coarse_maps import CoarseMaps
from depth_nodes.networks.patch_refiner_v2.config import PatchRefinerConfig
from depth_nodes.networks.patch_refiner_v2.patch_refiner import IMAGE_CHANNELS, PatchRefiner

TINY = PatchRefinerConfig(
    encoder='test_efficientnet',
    coarse_channels=(8, 8, 8, 16, 16, 32),
    has_coarse_image=True,
    width=16,
    temp_channels=(4, 8, 8, 8, 8, 16),
    decoder_channels=(16, 8, 8, 8, 8),
)


def random_refiner(config: PatchRefinerConfig = TINY) -> PatchRefiner:
    """One that changes the coarse depth, unlike one that is about to be trained."""
    torch.manual_seed(0)
    network = PatchRefiner(config).eval()
    nn.init.normal_(network.fine_to_coarse.residual.weight, std=0.3)
    return network


def random_maps(
    config: PatchRefinerConfig = TINY, *, num_images: int = 1, size: tuple[int, int] = (96, 160)
) -> CoarseMaps:
    """Features as noisy pretraining has them, depth between 1 and 3."""
    height, width = size
    channels = list(config.coarse_channels)
    if config.has_coarse_image:
        channels[0] = IMAGE_CHANNELS
    features = tuple(
        torch.randn(num_images, number, height >> level, width >> level)
        for level, number in enumerate(channels)
    )
    return CoarseMaps(features, 1 + 2 * torch.rand(num_images, 1, height, width))


def random_boxes(num_tiles: int) -> torch.Tensor:
    """Parts of an image, from a half to all of it."""
    first, last = 0.5 * torch.rand(2, num_tiles, 2)
    return torch.cat((first, 1 - (0.5 - first) * last), dim=1)
