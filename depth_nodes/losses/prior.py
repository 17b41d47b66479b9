"""What a teacher with more frames and more pixels teaches: RPrDepth (arXiv 2408.00361).

The rich-resource guided loss is alpha L_vp + beta L_c + L_aux. The paper leaves open what
normalises its gradients and how two scales are brought together; these are a reconstruction.
"""

from __future__ import annotations

from jaxtyping import Float, Int
import torch
from torch import Tensor
import torch.nn.functional as F

from depth_nodes.geometry.warp import sample_at, warp
from depth_nodes.losses.photometric import photometric_error, weighted_mean


def view_reconstruction_loss(
    inverse_depth: Float[Tensor, 'pair 1 rows columns'],
    images: tuple[
        Float[Tensor, 'pair channel height width'], Float[Tensor, 'pair channel height width']
    ],
    intrinsics: Float[Tensor, 'pair 3 3'],
    source_from_target: Float[Tensor, 'pair 4 4'],
    target: Int[Tensor, ' pair'],
) -> Float[Tensor, '']:
    """L_vp: how unlike a large image its neighbours look at the depth of a small one.

    Of several neighbours a pixel is held against the most similar, and not at all where one looks
    more alike without any warp (Godard et al., ICCV 2019, equations 4 and 5).

    Args:
        inverse_depth: of the target, in the unit of the poses; resized to the images.
        images: target and source, in 0..1, as large as the teacher's.
        intrinsics: of both, at that size.
        source_from_target: poses.
        target: a number for each target, from 0 on; pairs that share it share its image.
    """
    image, neighbour = images
    depth = 1 / _resized(inverse_depth, image)
    found = warp(depth, intrinsics, intrinsics, source_from_target)
    error = photometric_error(image, sample_at(neighbour, found.position_px))
    unwarped = photometric_error(image, neighbour)
    least = _least_of_each(torch.where(found.is_inside, error, torch.inf), target)
    least_unwarped = _least_of_each(unwarped, target)
    is_used = found.is_inside & (error <= least) & (error < least_unwarped)
    return weighted_mean(error, is_used.to(error.dtype))


def gradient_consistency_loss(
    inverse_depth: Float[Tensor, 'batch 1 height width'],
    teacher_inverse_depth: Float[Tensor, 'batch 1 height width'],
) -> Float[Tensor, '']:
    """L_c: the mean of |G - G'|, G being |dx| + |dy| of inverse depth over its mean.

    So two networks need not agree on the scale of an image, only on its edges.

    Args:
        inverse_depth: above 0, in any unit.
        teacher_inverse_depth: likewise.
    """
    return (_gradient(inverse_depth) - _gradient(teacher_inverse_depth)).abs().mean()


def retrieval_loss(
    log_depth: Float[Tensor, 'batch 1 rows columns'],
    teacher_inverse_depth: Float[Tensor, 'batch 1 height width'],
) -> Float[Tensor, '']:
    """L_aux: the mean of |D' - resize(D_c)|, which teaches which entries of a bank look alike.

    Both are logarithms, so that near and far count alike, of depths over the median of their
    image, as the bank holds them.

    Args:
        log_depth: retrieved, such as at stride 16.
        teacher_inverse_depth: above 0, in any unit.
    """
    target = relative_log_depth(teacher_inverse_depth)
    return (_resized(log_depth, target) - target).abs().mean()


def relative_log_depth(
    inverse_depth: Float[Tensor, 'batch 1 height width'],
) -> Float[Tensor, 'batch 1 height width']:
    """The logarithm of depth over the median depth of its image.

    Args:
        inverse_depth: above 0, in any unit.
    """
    log_depth = -inverse_depth.log()
    return log_depth - log_depth.flatten(1).median(dim=1).values[:, None, None, None]


def _least_of_each(
    error: Float[Tensor, 'pair 1 height width'], target: Int[Tensor, ' pair']
) -> Float[Tensor, 'pair 1 height width']:
    """For each pair the least error, pixel by pixel, of the pairs with its target; detached."""
    index = target[:, None, None, None].expand_as(error)
    least = torch.full_like(error, torch.inf).scatter_reduce(0, index, error.detach(), 'amin')
    return least[target]


def _gradient(
    values: Float[Tensor, 'batch 1 height width'],
) -> Float[Tensor, 'batch 1 rows columns']:
    relative = values / values.mean(dim=(2, 3), keepdim=True)
    across, down = relative.diff(dim=3).abs(), relative.diff(dim=2).abs()
    return across[:, :, :-1] + down[..., :-1]


def _resized(
    values: Float[Tensor, 'batch 1 rows columns'],
    like: Float[Tensor, 'batch channel height width'],
) -> Float[Tensor, 'batch 1 height width']:
    return F.interpolate(values, size=like.shape[-2:], mode='bilinear', align_corners=False)
