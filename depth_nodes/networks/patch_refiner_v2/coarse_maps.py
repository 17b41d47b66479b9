"""What the coarse network hands over to the refiner, and the unit that its depth is taken in."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float
import torch
from torch import Tensor


class CoarseMaps(NamedTuple):
    """A coarse network's view of whole images: one for all tiles, or one for each of them.

    Attributes:
        features: at strides 1, 2, 4, 8, 16, 32, about: all that counts is that each spans its
            image. The first may be the image itself (`PatchRefinerConfig.has_coarse_image`).
        depth: above 0, in any unit; what the refiner returns is in the same.
    """

    features: tuple[Float[Tensor, 'image _channel _height _width'], ...]
    depth: Float[Tensor, 'image 1 height width']


def median_depth(
    depth: Float[Tensor, 'image 1 height width'],
) -> Float[Tensor, 'image 1 1 1']:
    """The median of each image; 1 where that is no depth, as before there is a coarse network.

    In this unit the refiner sees its depth, so that it may be of any scale.
    """
    median = depth.flatten(1).median(dim=1).values.view(-1, 1, 1, 1)
    return torch.where(median > 0, median, 1.0)
