"""What one step learns from, as tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from jaxtyping import Bool, Float, Int, UInt8
import numpy as np
import torch
from torch import Tensor

from depth_nodes.data.transforms import View


class AffineLabel(NamedTuple):
    """Labels of the views that have no depth, only disparity up to a factor and an offset."""

    row: Int[Tensor, ' image']
    disparity_px: Float[Tensor, 'image 1 height width']


class Batch(NamedTuple):
    """Views of one size; depth 0 is unknown, and all 0 in views with an affine label.

    `is_metric` says of each view whether the scale of its depth counts. Images stay bytes on
    their way to the device, a quarter of what the network's numbers would weigh.
    """

    image: UInt8[Tensor, 'batch 3 height width']
    depth_m: Float[Tensor, 'batch 1 height width']
    focal_px: Float[Tensor, 'batch 1 1 1']
    is_metric: Bool[Tensor, ' batch']
    affine: AffineLabel | None = None

    def mapped(self, move: Callable[[Tensor], Tensor]) -> Batch:
        """The batch with a function, such as a copy to a device, applied to its tensors."""
        image, depth, focal, is_metric, affine = self
        moved = None if affine is None else AffineLabel(*map(move, affine))
        return Batch(move(image), move(depth), move(focal), move(is_metric), moved)


def batch_from_views(views: Sequence[View], are_metric: Sequence[bool]) -> Batch:
    """Stacks views of one size into tensors.

    Args:
        views: at least one.
        are_metric: of each, whether the scale of its depth counts.
    """
    images = torch.from_numpy(np.stack([view.image for view in views]))
    depths = torch.from_numpy(np.stack([view.depth_m for view in views]))
    focals = torch.tensor([view.focal_px for view in views], dtype=torch.float32)
    return Batch(
        # A permuted view of packed RGB is the channels-last layout that convolutions like.
        image=images.permute(0, 3, 1, 2),
        depth_m=depths[:, None],
        focal_px=focals[:, None, None, None],
        is_metric=torch.tensor(are_metric),
        affine=_affine_label(views),
    )


def network_image(
    image: UInt8[Tensor, 'batch 3 height width'],
) -> Float[Tensor, 'batch 3 height width']:
    """RGB in [0, 1], as the network takes it."""
    return image.float() / 255


def _affine_label(views: Sequence[View]) -> AffineLabel | None:
    labels = {
        row: torch.from_numpy(view.disparity_px)[None]
        for row, view in enumerate(views)
        if view.disparity_px is not None
    }
    if not labels:
        return None
    return AffineLabel(torch.tensor(list(labels)), torch.stack(list(labels.values())))
