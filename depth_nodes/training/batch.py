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


class Neighbours(NamedTuple):
    """Images that views are compared with by their looks, each with one view of the batch.

    `row` is the view's place in the batch. `neighbour_from_view` is in metres, and the identity
    where the pose is unknown. `is_earlier` are those that were taken before their view.
    """

    row: Int[Tensor, ' pair']
    image: UInt8[Tensor, 'pair 3 height width']
    neighbour_from_view: Float[Tensor, 'pair 4 4']
    is_pose_known: Bool[Tensor, ' pair']
    is_earlier: Bool[Tensor, ' pair']


class Batch(NamedTuple):
    """Views of one size; depth 0 is unknown, and all 0 in views without label or an affine one.

    `is_metric` says of each view whether the scale of its depth counts, `has_sky` whether what has
    no depth is sky: beyond all that there is. Images stay bytes on their way to the device, a
    quarter of what the network's numbers would weigh.
    """

    image: UInt8[Tensor, 'batch 3 height width']
    depth_m: Float[Tensor, 'batch 1 height width']
    intrinsics: Float[Tensor, 'batch 3 3']
    is_metric: Bool[Tensor, ' batch']
    has_sky: Bool[Tensor, ' batch']
    affine: AffineLabel | None = None
    neighbours: Neighbours | None = None

    @property
    def focal_px(self) -> Float[Tensor, 'batch 1 1 1']:
        """Horizontal focal lengths."""
        return self.intrinsics[:, 0, 0, None, None, None]

    def mapped(self, move: Callable[[Tensor], Tensor]) -> Batch:
        """The batch with a function, such as a copy to a device, applied to its tensors."""
        return Batch(
            move(self.image),
            move(self.depth_m),
            move(self.intrinsics),
            move(self.is_metric),
            move(self.has_sky),
            None if self.affine is None else AffineLabel(*map(move, self.affine)),
            None if self.neighbours is None else Neighbours(*map(move, self.neighbours)),
        )


def batch_from_views(
    views: Sequence[View], are_metric: Sequence[bool], have_sky: Sequence[bool]
) -> Batch:
    """Stacks views of one size into tensors.

    Args:
        views: at least one.
        are_metric: of each, whether the scale of its depth counts.
        have_sky: of each, whether what has no depth is sky.
    """
    depths = torch.from_numpy(np.stack([view.depth_m for view in views]))
    matrices = np.stack([view.camera.matrix for view in views])
    return Batch(
        image=_stacked([view.image for view in views]),
        depth_m=depths[:, None],
        intrinsics=torch.from_numpy(matrices.astype(np.float32)),
        is_metric=torch.tensor(are_metric),
        has_sky=torch.tensor(have_sky),
        affine=_affine_label(views),
        neighbours=_neighbours(views),
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


def _neighbours(views: Sequence[View]) -> Neighbours | None:
    pairs = [(row, one) for row, view in enumerate(views) for one in view.neighbours]
    if not pairs:
        return None
    poses = [one.neighbour_from_view for _, one in pairs]
    matrices = np.stack([np.eye(4) if pose is None else pose for pose in poses])
    return Neighbours(
        row=torch.tensor([row for row, _ in pairs]),
        image=_stacked([one.image for _, one in pairs]),
        neighbour_from_view=torch.from_numpy(matrices.astype(np.float32)),
        is_pose_known=torch.tensor([pose is not None for pose in poses]),
        is_earlier=torch.tensor([one.is_earlier for _, one in pairs]),
    )


def _stacked(
    images: Sequence[UInt8[np.ndarray, 'height width 3']],
) -> UInt8[Tensor, 'image 3 height width']:
    # A permuted view of packed RGB is the channels-last layout that convolutions like.
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
