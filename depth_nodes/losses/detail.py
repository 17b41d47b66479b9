"""Scale-and-shift-invariant gradient matching: detail of a teacher whose depth is not believed.

The SSIGM loss of PatchRefiner V2 (arXiv 2501.01121, section 3.4), over whole images as in its
first version, and over small windows as in the later one.
"""

from __future__ import annotations

from jaxtyping import Bool, Float, Int
import torch
from torch import Tensor

WHOLE_IMAGE_STEP_PX = 2
# Side and number of the windows that did best in the paper.
WINDOW_PX, NUM_WINDOWS = 23, 100
# A window that needs a larger scale shows nothing that the teacher shows, or the opposite.
MAX_WINDOW_SCALE = 10.0
# Of what a window of the teacher varies by, at least: a millimetre.
MIN_WINDOW_VARIANCE = 1e-6


def ssigm_loss(
    depth: Float[Tensor, 'batch 1 height width'],
    teacher: Float[Tensor, 'batch 1 height width'],
    is_valid: Bool[Tensor, 'batch 1 height width'],
) -> Float[Tensor, '']:
    """Mean over an image's pixels of |R(x + 2) - R(x)| + |R(y + 2) - R(y)|.

    R = s depth + t - teacher, with the s and t of each image that make its squares least. The
    gradient flows through both.

    Args:
        depth: predicted [m].
        teacher: depth whose edges are wanted, up to scale and offset.
        is_valid: where both count; images without such pixels add nothing.
    """
    residual = _aligned_residual(depth, teacher, is_valid)
    return _mean_gradient(residual, is_valid, WHOLE_IMAGE_STEP_PX).mean()


def local_ssigm_loss(
    depth: Float[Tensor, 'batch 1 height width'],
    teacher: Float[Tensor, 'batch 1 height width'],
    is_valid: Bool[Tensor, 'batch 1 height width'],
    random: torch.Generator,
    *,
    side_px: int = WINDOW_PX,
    num_windows: int = NUM_WINDOWS,
) -> Float[Tensor, '']:
    """The same in random square windows, each with its own s in 0..10 and t; neighbours differ.

    Windows in which the teacher is flat do not count.

    Args:
        depth: predicted [m].
        teacher: depth whose edges are wanted, in every window up to scale and offset.
        is_valid: where both count.
        random: a generator of the CPU that places the windows.
        side_px: of the windows, at most the image's.
        num_windows: in each image.
    """
    side_px = min(side_px, *depth.shape[-2:])
    shape = (len(depth), num_windows)
    corners = [
        torch.randint(length - side_px + 1, shape, generator=random).to(depth.device)
        for length in depth.shape[-2:]
    ]
    parts = (_windows(values, corners, side_px) for values in (depth, teacher, is_valid))
    depth, teacher, is_valid = parts
    _, variance, _ = _moments(teacher, teacher, is_valid)
    counts = variance.flatten() >= MIN_WINDOW_VARIANCE
    residual = _aligned_residual(depth, teacher, is_valid, MAX_WINDOW_SCALE)
    losses = _mean_gradient(residual, is_valid, 1)
    return torch.where(counts, losses, 0.0).sum() / counts.sum().clamp(min=1)


def _windows(values: Tensor, corners: list[Int[Tensor, 'batch window']], side_px: int) -> Tensor:
    """Squares of each image, as many images of one channel."""
    image = torch.arange(len(values), device=values.device)[:, None, None, None]
    side = torch.arange(side_px, device=values.device)
    rows, columns = (corner[:, :, None, None] for corner in corners)
    return values[image, 0, rows + side[:, None], columns + side].flatten(0, 1)[:, None]


def _aligned_residual(
    depth: Float[Tensor, 'batch 1 height width'],
    teacher: Float[Tensor, 'batch 1 height width'],
    is_valid: Bool[Tensor, 'batch 1 height width'],
    max_scale: float | None = None,
) -> Float[Tensor, 'batch 1 height width']:
    """What the fit leaves; centred first, so that nothing cancels in 32 bits."""
    variance, covariance, (centred, teacher) = _moments(depth, teacher, is_valid)
    scale = covariance / variance.clamp(min=torch.finfo(variance.dtype).tiny)
    if max_scale is not None:
        scale = scale.clamp(0, max_scale)
    return scale * centred - teacher


def _moments(
    depth: Float[Tensor, 'batch 1 height width'],
    teacher: Float[Tensor, 'batch 1 height width'],
    is_valid: Bool[Tensor, 'batch 1 height width'],
) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
    """Variance of depth, covariance with the teacher, and both less their means, 0 if invalid."""
    centred, others = (_centred(values, is_valid) for values in (depth, teacher))
    count = _count(is_valid)
    variance = centred.square().sum(dim=(2, 3), keepdim=True) / count
    covariance = (centred * others).sum(dim=(2, 3), keepdim=True) / count
    return variance, covariance, (centred, others)


def _centred(
    values: Float[Tensor, 'batch 1 height width'], is_valid: Bool[Tensor, 'batch 1 height width']
) -> Float[Tensor, 'batch 1 height width']:
    # At least 32 bits, or squares of metres would lose their millimetres.
    values = values.to(torch.promote_types(values.dtype, torch.float32))
    known = torch.where(is_valid, values, 0.0)
    mean = known.sum(dim=(2, 3), keepdim=True) / _count(is_valid)
    return torch.where(is_valid, values - mean, 0.0)


def _mean_gradient(
    residual: Float[Tensor, 'batch 1 height width'],
    is_valid: Bool[Tensor, 'batch 1 height width'],
    step_px: int,
) -> Float[Tensor, ' batch']:
    """Sum of the absolute differences between valid pixels, over the number of those."""
    sums = []
    for axis in (2, 3):
        length = residual.shape[axis] - step_px
        ends = (
            (values.narrow(axis, step_px, length), values.narrow(axis, 0, length))
            for values in (residual, is_valid)
        )
        (later, earlier), (is_later, is_earlier) = ends
        counted = torch.where(is_later & is_earlier, later - earlier, 0.0)
        sums.append(counted.abs().sum(dim=(1, 2, 3)))
    return torch.stack(sums).sum(dim=0) / _count(is_valid).flatten()


def _count(is_valid: Bool[Tensor, 'batch 1 height width']) -> Float[Tensor, 'batch 1 1 1']:
    return is_valid.sum(dim=(2, 3), keepdim=True).clamp(min=1).float()
