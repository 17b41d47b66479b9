"""How well a cost volume finds the true depth, where it is known."""

from __future__ import annotations

from jaxtyping import Bool, Float
from torch import Tensor


def plane_cross_entropy(
    log_probability: Float[Tensor, 'batch plane height width'],
    true_plane: Float[Tensor, 'batch 1 height width'],
    is_used: Bool[Tensor, 'batch 1 height width'],
) -> Float[Tensor, '']:
    """Cross entropy of the planes with the two that the truth lies between, each by its nearness.

    Args:
        log_probability: of each plane.
        true_plane: number of the plane of the true depth, with its fraction.
        is_used: pixels that count; a truth outside the planes never does.

    Returns:
        The mean over the pixels that count; 0 where there are none.
    """
    last = log_probability.shape[1] - 1
    is_used = is_used & (true_plane >= 0) & (true_plane <= last)
    lower = true_plane.clamp(0, last - 1).floor()
    share = (true_plane - lower).clamp(0, 1)
    near, far = (log_probability.gather(1, (lower + step).long()) for step in (0, 1))
    entropy = -((1 - share) * near + share * far)
    return entropy.where(is_used, 0.0).sum() / is_used.sum().clamp(min=1)
