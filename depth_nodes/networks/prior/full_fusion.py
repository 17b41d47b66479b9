"""Prior depth fusion as RPrDepth has it (arXiv 2408.00361): pixel-wise and by depth hints."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.networks.blocks.sparse import Conv1x1
from depth_nodes.networks.prior.affinity import Retrieval
from depth_nodes.networks.prior.bank import BankHolder
from depth_nodes.networks.prior.depth_hint import DepthHint
from depth_nodes.networks.prior.look_up import look_up


class Fusion(NamedTuple):
    """F_o, what was retrieved pixel by pixel, and what each entry weighed in both branches.

    `mass` is the mean over the pixels of A + A_MHA and sums to 2: of validation images it selects
    features.
    """

    features: Float[Tensor, 'batch channel height width']
    retrieved: Retrieval
    mass: Float[Tensor, ' entry']


class FullPriorFusion(BankHolder):
    """F_o = conv([F_s, F_c, ln D_c, F_d]), which is F_s before any training.

    The paper says nothing of the filter and of widths: one pixel wide, and `key_channels` for
    keys and hints. ln D_c goes along, because no other part of F_o holds the bank's depth.

    Args:
        channels: of F_s and F_o.
        num_entries: of the bank.
        bank_channels: of its features.
        key_channels: in which pixels and entries are compared.
        num_heads: of the depth hint; divides `key_channels`.
    """

    def __init__(
        self,
        channels: int,
        *,
        num_entries: int,
        bank_channels: int,
        key_channels: int,
        num_heads: int,
    ) -> None:
        super().__init__(num_entries, bank_channels)
        self.query = Conv1x1(channels, key_channels)
        self.key = nn.Linear(bank_channels, key_channels)
        self.hint = DepthHint(key_channels, bank_channels, num_heads)
        self.merge = nn.Linear(channels + bank_channels + 1 + key_channels, channels)
        with torch.no_grad():
            nn.init.eye_(self.merge.weight)
            nn.init.zeros_(self.merge.bias)

    def forward(self, features: Float[Tensor, 'batch channel height width']) -> Fusion:
        """F_o, what was retrieved, and what each entry weighed."""
        batch, _, height, width = features.shape
        shape = (batch, height, width)
        aligned = points_of(self.query(features))
        values = torch.cat([self.features, self.log_depth[:, None]], dim=1)
        found = look_up(aligned, self.key(self.features), values, self.log_count)
        hint = self.hint(aligned, self.features, self.log_count)
        fused = self.merge(torch.cat([points_of(features), found.values, hint.features], dim=1))
        retrieved = Retrieval(
            image_of(found.values[:, :-1], shape),
            image_of(found.values[:, -1:], shape),
            image_of(found.entropy[:, None], shape),
        )
        return Fusion(image_of(fused, shape), retrieved, found.mass + hint.mass)


def points_of(
    features: Float[Tensor, 'batch channel height width'],
) -> Float[Tensor, 'point channel']:
    """The pixels of all images, one by one."""
    return features.permute(0, 2, 3, 1).flatten(0, 2)


def image_of(
    points: Float[Tensor, 'point channel'], shape: tuple[int, int, int]
) -> Float[Tensor, 'batch channel height width']:
    """The images of (batch, height, width) whose pixels these are."""
    return points.unflatten(0, shape).permute(0, 3, 1, 2)
