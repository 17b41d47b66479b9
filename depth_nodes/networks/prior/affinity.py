"""Looking a pixel up in a bank of features and depths (RPrDepth, arXiv 2408.00361)."""

from __future__ import annotations

import math
from typing import NamedTuple

from jaxtyping import Float
import torch
from torch import Tensor


class Retrieval(NamedTuple):
    """What a bank says of each pixel.

    `features` are F_c. `log_depth` is ln D_c, of depth over the median of its image. `entropy`
    [nat] is that of the pixel's row: 0 is one entry alone, ln(number of entries) all alike.
    """

    features: Float[Tensor, 'batch channel height width']
    log_depth: Float[Tensor, 'batch 1 height width']
    entropy: Float[Tensor, 'batch 1 height width']


def affinity(
    queries: Float[Tensor, '*query channel'],
    keys: Float[Tensor, 'entry channel'],
    log_count: Float[Tensor, ' entry'],
) -> Float[Tensor, '*query entry']:
    """A_ij = softmax_j(q_i . k_j / sqrt(C) + ln n_j); rows sum to 1.

    An entry that stands for n pixels weighs as much as they would.
    """
    return torch.softmax(queries @ keys.T / math.sqrt(keys.shape[1]) + log_count, dim=-1)


def entropy(rows: Float[Tensor, '*query entry']) -> Float[Tensor, '*query']:
    """-sum_j A_ij ln A_ij [nat]."""
    return -(rows * rows.clamp(min=torch.finfo(rows.dtype).tiny).log()).sum(dim=-1)


def pixel_wise(
    queries: Float[Tensor, 'batch key_channel height width'],
    keys: Float[Tensor, 'entry key_channel'],
    features: Float[Tensor, 'entry channel'],
    log_depth: Float[Tensor, ' entry'],
    log_count: Float[Tensor, ' entry'],
) -> Retrieval:
    """F_c = A f_r, and ln D_c = A ln D_r: a mean of logarithms, so that it folds into filters."""
    rows = affinity(queries.permute(0, 2, 3, 1), keys, log_count)
    return Retrieval(
        (rows @ features).permute(0, 3, 1, 2),
        (rows @ log_depth)[:, None],
        entropy(rows)[:, None],
    )
