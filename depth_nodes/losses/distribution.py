"""How two maps distribute what they hold over the image."""

from __future__ import annotations

from jaxtyping import Bool, Float
import torch
from torch import Tensor

HEIGHT, WIDTH = -2, -1


def axis_divergence(
    prediction: Float[Tensor, 'batch channel height width'],
    target: Float[Tensor, 'batch channel height width'],
    mask: Bool[Tensor, 'batch 1 height width'] | None = None,
) -> Float[Tensor, '']:
    """KL(P_H(target) || P_H(prediction)) + KL(P_W(target) || P_W(prediction)).

    K of FA-Depth (arXiv 2405.10885, equation 28); P_H and P_W are the softmax along height and
    along width. A Kullback-Leibler divergence [nat] per column (row) and channel, and the mean
    of those: independent of the number of images, channels and columns, 0 for equal maps.

    With a mask, the pointwise terms of its pixels alone are summed, and divided by the number of
    columns (rows) that the mask would fill. They are then t ln(t/p) - t + p: summed over a whole
    column this is the same divergence, and unlike t ln(t/p) alone it is nowhere negative, so
    that equal maps remain the best ones whatever the mask. An empty mask gives 0.

    Args:
        prediction: of any unit, but the softmax sees differences: divide small values by their
            mean first.
        target: likewise; detached.
        mask: the pixels that count.
    """
    return _divergence(prediction, target.detach(), mask, HEIGHT) + _divergence(
        prediction, target.detach(), mask, WIDTH
    )


def _divergence(
    prediction: Float[Tensor, 'batch channel height width'],
    target: Float[Tensor, 'batch channel height width'],
    mask: Bool[Tensor, 'batch 1 height width'] | None,
    axis: int,
) -> Float[Tensor, '']:
    log_p, log_t = prediction.log_softmax(axis), target.log_softmax(axis)
    t = log_t.exp()
    terms = t * (log_t - log_p)
    length, num_channels = prediction.shape[axis], prediction.shape[1]
    if mask is None:
        return terms.mean() * length
    # Masked by a selection: a product would keep an infinite logarithm.
    terms = torch.where(mask, terms + (log_p.exp() - t), 0.0)
    return terms.sum() * length / (mask.sum() * num_channels).clamp(min=1)
