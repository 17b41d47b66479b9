"""Depth-hint fusion of RPrDepth (arXiv 2408.00361): attention to a bank with several heads."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.networks.prior.look_up import look_up


class Hint(NamedTuple):
    """F_d of each point, and the mean over points and heads of what each entry weighs."""

    features: Float[Tensor, 'point channel']
    mass: Float[Tensor, ' entry']


class DepthHint(nn.Module):
    """F_d = MHA(Q, K, V): the queries are aligned features, keys and values the bank's.

    Args:
        width: channels of queries and result.
        bank_channels: those of f_r.
        num_heads: it divides the width.
    """

    def __init__(self, width: int, bank_channels: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.query, self.project = nn.Linear(width, width), nn.Linear(width, width)
        self.key, self.value = nn.Linear(bank_channels, width), nn.Linear(bank_channels, width)

    def forward(
        self,
        aligned: Float[Tensor, 'point channel'],
        features: Float[Tensor, 'entry bank_channel'],
        log_count: Float[Tensor, ' entry'],
    ) -> Hint:
        """The hint for each point."""
        queries = self.query(aligned).chunk(self.num_heads, dim=1)
        heads = [
            look_up(query, key, value, log_count)
            for query, key, value in zip(
                queries, self.keys(features), self.values(features), strict=True
            )
        ]
        found = torch.cat([head.values for head in heads], dim=1)
        mass = torch.stack([head.mass for head in heads]).mean(dim=0)
        return Hint(self.project(found), mass)

    def keys(
        self, features: Float[Tensor, 'entry bank_channel']
    ) -> tuple[Float[Tensor, 'entry head_channel'], ...]:
        """The keys of each head."""
        return self.key(features).chunk(self.num_heads, dim=1)

    def values(
        self, features: Float[Tensor, 'entry bank_channel']
    ) -> tuple[Float[Tensor, 'entry head_channel'], ...]:
        """The values of each head."""
        return self.value(features).chunk(self.num_heads, dim=1)
