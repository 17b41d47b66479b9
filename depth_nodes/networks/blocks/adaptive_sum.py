"""AdaCoeff of HQDecv2 (FA-Depth, arXiv 2405.10885, equation 23)."""

from __future__ import annotations

from jaxtyping import Float
import torch
from torch import nn, Tensor
import torch.nn.functional as F


class AdaptiveSum(nn.Module):
    """Branches weighted pixel by pixel, by weights that add up to 1.

    The channel means of the branches are all that decides; unlike HQDec's learnable maps this
    has few weights and no size of image.
    """

    def __init__(self, num_branches: int, width: int) -> None:
        super().__init__()
        self.expand = nn.Conv2d(num_branches, width, 1)
        self.relate = nn.Conv2d(width, width, 3, padding=1)
        self.squeeze = nn.Conv2d(width, num_branches, 3, padding=1)

    def forward(
        self, branches: list[Float[Tensor, 'batch channel height width']]
    ) -> Float[Tensor, 'batch channel height width']:
        means = torch.cat([branch.mean(dim=1, keepdim=True) for branch in branches], dim=1)
        related = F.elu(self.relate(F.elu(self.expand(means))))
        weights = torch.softmax(self.squeeze(related), dim=1).to(branches[0].dtype)
        total = branches[0] * weights[:, :1]
        for index, branch in enumerate(branches[1:], start=1):
            total = total + branch * weights[:, index : index + 1]
        return total
