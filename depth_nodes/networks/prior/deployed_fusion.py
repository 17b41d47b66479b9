"""Prior depth fusion as engines run it: what depends on the bank alone is computed beforehand."""

from __future__ import annotations

import copy
import math

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.networks.prior.full_fusion import FullPriorFusion


class ConstantAttention(nn.Module):
    """softmax(q K / sqrt(C) + ln n) V, of which all but q are constants."""

    keys: Tensor
    values: Tensor
    log_count: Tensor

    def __init__(
        self,
        keys: Float[Tensor, 'entry channel'],
        values: Float[Tensor, 'entry value'],
        log_count: Float[Tensor, ' entry'],
    ) -> None:
        super().__init__()
        self.register_buffer('keys', (keys / math.sqrt(keys.shape[1])).T.contiguous())
        self.register_buffer('values', values.contiguous())
        self.register_buffer('log_count', log_count.clone())

    def forward(
        self, queries: Float[Tensor, 'batch height width channel']
    ) -> Float[Tensor, 'batch height width value']:
        """The values that queries find."""
        return torch.softmax(queries @ self.keys + self.log_count, dim=-1) @ self.values


class DeployedFusion(nn.Module):
    """The same function; the bank's keys and values are constants."""

    def __init__(self, fusion: FullPriorFusion) -> None:
        super().__init__()
        own = copy.deepcopy(fusion).requires_grad_(False)
        hint, features, log_count = own.hint, own.features, own.log_count
        self.query, self.merge = own.query, own.merge
        self.hint_query, self.hint_project = hint.query, hint.project
        values = torch.cat([features, own.log_depth[:, None]], dim=1)
        self.pixel_wise = ConstantAttention(own.key(features), values, log_count)
        self.heads = nn.ModuleList(
            ConstantAttention(key, value, log_count)
            for key, value in zip(hint.keys(features), hint.values(features), strict=True)
        )

    def forward(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch channel height width']:
        """F_o from F_s."""
        aligned = self.query(features).permute(0, 2, 3, 1)
        queries = self.hint_query(aligned).chunk(len(self.heads), dim=-1)
        hints = [head(query) for head, query in zip(self.heads, queries, strict=True)]
        hint = self.hint_project(torch.cat(hints, dim=-1))
        own = features.permute(0, 2, 3, 1)
        fused = self.merge(torch.cat([own, self.pixel_wise(aligned), hint], dim=-1))
        return fused.permute(0, 3, 1, 2)
