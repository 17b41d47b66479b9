"""Batches made from a batch: at another size, mirrored, in other colours.

Images, labels, intrinsics and neighbours go together; what is unknown stays unknown.
"""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float, UInt8
import torch
from torch import Tensor
import torch.nn.functional as F

from depth_nodes.geometry.camera import resized_intrinsics
from depth_nodes.training.batch import Batch

# Factors are exp(u * strength), u uniform within these.
GAIN_RANGE = CONTRAST_RANGE = GAMMA_RANGE = (-0.5, 0.5)
SATURATION_RANGE = (-0.8, 0.5)


def resized_batch(batch: Batch, size: tuple[int, int]) -> Batch:
    """The batch at another (height, width), whose pixels need not be square.

    Images are antialiased; labels take the nearest pixel, never a mean.
    """
    height, width = batch.image.shape[-2:]
    if size == (height, width):
        return batch
    affine, neighbours = batch.affine, batch.neighbours
    if affine is not None:
        affine = affine._replace(disparity_px=_nearest(affine.disparity_px, size))
    if neighbours is not None:
        neighbours = neighbours._replace(image=_resized_image(neighbours.image, size))
    return batch._replace(
        image=_resized_image(batch.image, size),
        depth_m=_nearest(batch.depth_m, size),
        intrinsics=resized_intrinsics(batch.intrinsics, size[1] / width, size[0] / height),
        affine=affine,
        neighbours=neighbours,
    )


def mirrored_batch(batch: Batch) -> Batch:
    """The batch seen in a mirror: left is right, and so are the ways between the cameras."""
    mirror = batch.intrinsics.new_tensor([-1, 1, 1])
    mirrored_from_pixel = mirror.diag()
    mirrored_from_pixel[0, 2] = batch.image.shape[-1] - 1
    affine, neighbours = batch.affine, batch.neighbours
    if affine is not None:
        affine = affine._replace(disparity_px=affine.disparity_px.flip(-1))
    if neighbours is not None:
        # M T M with M = diag(-1, 1, 1, 1), entry by entry, so that no digit changes.
        sign = neighbours.neighbour_from_view.new_tensor([-1, 1, 1, 1])
        neighbours = neighbours._replace(
            image=neighbours.image.flip(-1),
            neighbour_from_view=neighbours.neighbour_from_view * sign[:, None] * sign,
        )
    return batch._replace(
        image=batch.image.flip(-1),
        depth_m=batch.depth_m.flip(-1),
        intrinsics=mirrored_from_pixel @ batch.intrinsics * mirror,
        affine=affine,
        neighbours=neighbours,
    )


class ColorChange(NamedTuple):
    """How the colours of each view change; `pivot` in [0, 1] is the gray that contrast leaves."""

    saturation: Float[Tensor, 'batch 1 1 1']
    contrast: Float[Tensor, 'batch 1 1 1']
    gain: Float[Tensor, 'batch 1 1 1']
    gamma: Float[Tensor, 'batch 1 1 1']
    pivot: Float[Tensor, 'batch 1 1 1']


def recolored_batch(batch: Batch, strength: float, random: torch.Generator) -> Batch:
    """The batch in other colours, drawn for each view and shared with its neighbours.

    Args:
        batch: any.
        strength: 0 leaves the colours, 1 changes them a lot.
        random: a generator of the CPU.
    """
    image, neighbours = batch.image, batch.neighbours
    change = ColorChange(
        saturation=_factors(image, SATURATION_RANGE, strength, random),
        contrast=_factors(image, CONTRAST_RANGE, strength, random),
        gain=_factors(image, GAIN_RANGE, strength, random),
        gamma=_factors(image, GAMMA_RANGE, strength, random),
        pivot=image.float().mean(dim=(1, 2, 3), keepdim=True) / 255,
    )
    if neighbours is not None:
        of_neighbours = ColorChange(*(factor[neighbours.row] for factor in change))
        neighbours = neighbours._replace(image=_recolored(neighbours.image, of_neighbours))
    return batch._replace(image=_recolored(image, change), neighbours=neighbours)


def _recolored(
    image: UInt8[Tensor, 'batch 3 height width'], change: ColorChange
) -> UInt8[Tensor, 'batch 3 height width']:
    colors = image.float() / 255
    gray = colors.mean(dim=1, keepdim=True)
    colors = gray + change.saturation * (colors - gray)
    colors = change.pivot + change.contrast * (colors - change.pivot)
    return _bytes(255 * (change.gain * colors).clamp(0, 1) ** change.gamma)


def _factors(
    image: Tensor, limits: tuple[float, float], strength: float, random: torch.Generator
) -> Float[Tensor, 'batch 1 1 1']:
    low, high = limits
    draws = low + (high - low) * torch.rand(image.shape[0], 1, 1, 1, generator=random)
    return (strength * draws).exp().to(image.device)


def _resized_image(
    image: UInt8[Tensor, 'batch 3 height width'], size: tuple[int, int]
) -> UInt8[Tensor, 'batch 3 out_height out_width']:
    return _bytes(F.interpolate(image.float(), size=size, mode='bilinear', antialias=True))


def _nearest(
    label: Float[Tensor, 'batch 1 height width'], size: tuple[int, int]
) -> Float[Tensor, 'batch 1 out_height out_width']:
    # 'nearest' would take the upper left pixel of those that are covered.
    return F.interpolate(label, size=size, mode='nearest-exact')


def _bytes(values: Float[Tensor, '*shape']) -> UInt8[Tensor, '*shape']:
    return (values + 0.5).clamp(0, 255).to(torch.uint8)
