"""The scale-invariant logarithmic error."""

from __future__ import annotations

from jaxtyping import Bool, Float
import torch
from torch import Tensor

SILOG_SCALE_WEIGHT = 0.15
SILOG_FLOOR_M = 1e-3


def scale_invariant_log_loss(
    log_error: Float[Tensor, 'batch 1 height width'],
    is_valid: Bool[Tensor, 'batch 1 height width'],
    scale_weight: float | Float[Tensor, ' batch'] = 0.5,
) -> Float[Tensor, '']:
    """Root of the per-image `variance + scale_weight * mean^2` of the log depth error.

    This is D of Eigen et al. (NeurIPS 2014, equation 4) with lambda = 1 - scale_weight: 0 ignores
    a common scale error of an image, 1 is the plain RMS of the log error. Images without any
    valid pixel count as zero.

    Args:
        log_error: ln(predicted depth) - ln(true depth).
        is_valid: where the truth is known.
        scale_weight: weight of the common scale error, in [0, 1]; of all images or of each.
    """
    count = is_valid.sum(dim=(1, 2, 3))
    # A pixel without truth may hold inf or nan, which a multiplication by zero would keep.
    error = torch.where(is_valid, log_error, 0.0)
    safe_count = count.clamp(min=1)
    mean = error.sum(dim=(1, 2, 3)) / safe_count
    mean_square = error.square().sum(dim=(1, 2, 3)) / safe_count
    # The root's slope is infinite at zero; 1e-6 is a log error of 0.001, below any label's noise.
    value = (mean_square - (1 - scale_weight) * mean.square()).clamp(min=0) + 1e-6
    return ((value.sqrt() - 1e-3) * (count > 0)).mean()


def silog_loss(
    depth: Float[Tensor, 'batch 1 height width'],
    truth: Float[Tensor, 'batch 1 height width'],
    is_valid: Bool[Tensor, 'batch 1 height width'],
) -> Float[Tensor, '']:
    """10 sqrt(Var(g) + 0.15 mean(g)^2) of each image, g = ln(depth) - ln(truth).

    As PatchRefiner V2 (arXiv 2501.01121) and ZoeDepth train. Arguments as of `silog_error`.
    """
    log_error = silog_error(depth, truth, is_valid)
    return 10 * scale_invariant_log_loss(log_error, is_valid, SILOG_SCALE_WEIGHT)


def absolute_log_loss(
    depth: Float[Tensor, 'batch 1 height width'],
    truth: Float[Tensor, 'batch 1 height width'],
    is_valid: Bool[Tensor, 'batch 1 height width'],
) -> Float[Tensor, '']:
    """10 times the mean of |ln(depth) - ln(truth)| of each image.

    Where a network cannot tell on which side of an edge a pixel lies, squared errors are least
    between the two depths, and the edge becomes a ramp; these are least at the likelier one.
    Arguments as of `silog_error`.
    """
    error = torch.where(is_valid, silog_error(depth, truth, is_valid).abs(), 0.0)
    count = is_valid.sum(dim=(1, 2, 3)).clamp(min=1)
    return 10 * (error.sum(dim=(1, 2, 3)) / count).mean()


def silog_error(
    depth: Float[Tensor, 'batch 1 height width'],
    truth: Float[Tensor, 'batch 1 height width'],
    is_valid: Bool[Tensor, 'batch 1 height width'],
) -> Float[Tensor, 'batch 1 height width']:
    """ln(depth) - ln(truth).

    Below `SILOG_FLOOR_M`, also where a refiner's ReLU has left 0, a prediction counts as that near
    and gets no gradient: a logarithm's slope has no bound there.

    Args:
        depth: predicted, at least 0 [m].
        truth: [m]; anything where it is unknown.
        is_valid: where the truth is known.
    """
    known = torch.where(is_valid, truth, 1.0)
    return depth.clamp(min=SILOG_FLOOR_M).log() - known.clamp(min=SILOG_FLOOR_M).log()
