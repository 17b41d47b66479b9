"""A network in 16 bits whose head stays in 32."""

from __future__ import annotations

import copy

from jaxtyping import Float32
import torch
from torch import nn, Tensor


class HalfPrecision(nn.Module):
    """The deployed form of a network with the precision of every operation in its graph.

    Below the -8 of a far pixel a step of float16 is 0.8 % of the depth. So the head computes in
    float32, from its own weights, and so does all that the network makes of what the head says.
    """

    def __init__(self, network: nn.Module) -> None:
        """Copies the network, of which the module `head` is the last that has weights."""
        super().__init__()
        self.network = copy.deepcopy(network)
        head = self.network.head
        assert isinstance(head, nn.Module)
        self.network.head = nn.Identity()
        self.network.half()
        self.network.head = FullPrecision(head)

    def forward(
        self, image: Float32[Tensor, 'batch 3 height width']
    ) -> Float32[Tensor, 'batch 1 height width']:
        """As the network's own."""
        return self.network(image.half())


class FullPrecision(nn.Module):
    """A module that computes in 32 bits, whatever it is given."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module.float()

    def forward(self, features: Tensor) -> Tensor:
        """As the module's own."""
        return self.module(features.to(torch.float32))
