"""A frame as a whole, as networks look at it outside training."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor
import torch.nn.functional as F

from depth_nodes.data.sample import Sample
from depth_nodes.data.transforms import Neighbour, View, view_of_window, Window
from depth_nodes.training.batch import batch_from_views, network_image
from depth_nodes.training.view_size import MIN_SIDE_PX, STRIDE

MAX_WIDTH_PX = 640


def whole_view(
    sample: Sample,
    height_px: int,
    max_width_px: int = MAX_WIDTH_PX,
    neighbours: Sequence[Neighbour] = (),
) -> View:
    """The frame resized to this height, or to this width where it would be wider.

    Raises:
        InputError: it has no camera.
    """
    height, width = sample.image.shape[:2]
    scale = min(height_px / height, max_width_px / width)
    resized = (max(round(height * scale), 1), max(round(width * scale), 1))
    return view_of_window(sample, Window(*resized, 0, 0, *resized), neighbours)


def padded_image(view: View) -> Float[Tensor, '1 3 height width']:
    """Its image for a network."""
    return padded(network_image(batch_from_views([view], [True], [False]).image))


def padded(
    image: Float[Tensor, 'image channel height width'],
) -> Float[Tensor, 'image channel padded_height padded_width']:
    """Images for a network, with rows below and columns on the right up to the stride."""
    height, width = image.shape[-2:]
    return F.pad(image, (0, _padding_px(width), 0, _padding_px(height)), mode='replicate')


def _padding_px(side_px: int) -> int:
    return max(-side_px % STRIDE, MIN_SIDE_PX - side_px)
