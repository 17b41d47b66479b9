"""AttDispv2: HQDec's head with HQDecv2's global context; the paper's section on it is empty."""

from __future__ import annotations

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.networks.blocks.channel_attention import ChannelAttention
from depth_nodes.networks.blocks.global_context import ContextConfig, GlobalContext
from depth_nodes.networks.blocks.sparse import in_full_precision


class AttendedHead(nn.Module):
    """Features to sigmoid outputs, gated by what the whole image says of each pixel.

    HQDec gates the whole logit. Its bias stays outside of the gate here: canonical inverse depth
    is small, hence the bias large, and a gate over it would be one over all depths.
    """

    def __init__(self, channels: int, initial_logit: float, context: ContextConfig) -> None:
        super().__init__()
        self.attention = ChannelAttention(channels)
        self.filter = nn.Conv2d(channels, 1, 3, padding=1, bias=False)
        self.context = GlobalContext(channels, 1, context)
        self.bias = nn.Parameter(torch.tensor(initial_logit))

    def forward(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch 1 height width']:
        attended = self.attention(features)
        gate = torch.sigmoid(self.context(attended))
        # A step of bfloat16 at the -8 of a far pixel is 3 % of its depth.
        logit = in_full_precision(self.filter, attended) * gate + self.bias
        return torch.sigmoid(logit)
