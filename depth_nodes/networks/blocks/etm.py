"""The equivalent transformation module (ETM) of FA-Depth (arXiv 2405.10885), section III-B.

A KxK filter learns as a sum of filters of several shapes, some of which are dropped at random. The
sum is one filter (formula 16), so that training and inference alike run one convolution, and what
is deployed is the plain network: `fold_etm` writes the sums down (formulas 18 and 19, the batch
norm's part of which is `fold_batch_norm`).
"""

from __future__ import annotations

from collections.abc import Iterator
import copy
from dataclasses import dataclass
from typing import Literal

from jaxtyping import Float
import torch
from torch import nn, Tensor
import torch.nn.functional as F
from torch.nn.utils import parametrize

from depth_nodes.errors import ConfigError

BRANCHES = ('identity', 'row', 'column', 'dropped')


@dataclass(frozen=True, kw_only=True)
class EtmConfig:
    """Which filters a KxK filter is the sum of, beside a plain KxK one.

    Attributes:
        branches: `identity` (1 at the centre, where a filter keeps size and channels), `row`
            (1xK), `column` (Kx1), `dropped` (KxK with elements dropped, formula 14); none leaves
            the network as it is.
        branch_drop: probability that `row`, `column` or `dropped` is left out of a step; grows to
            this over the training (formula 5).
        element_drop: probability that an element of `dropped` is.
        dropped_gain: factor of the `dropped` branch, the third scalar of table VII.
        initialization: of the branches, `crop` cuts them out of the plain filter (ETM#), `random`
            draws them as a convolution's weights.
    """

    branches: tuple[Literal['identity', 'row', 'column', 'dropped'], ...] = ()
    branch_drop: float = 0.1
    element_drop: float = 0.1
    dropped_gain: float = 1.0
    initialization: Literal['crop', 'random'] = 'crop'

    def __post_init__(self) -> None:
        """Refuses what is no branch and no probability."""
        if len(set(self.branches)) != len(self.branches):
            raise ConfigError(f'branches {list(self.branches)} name one twice; name each once')
        for name in ('branch_drop', 'element_drop'):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigError(f'{name} is {getattr(self, name)}; choose 0 or more, below 1')
        if not 0 < self.dropped_gain < float('inf'):
            raise ConfigError(f'dropped_gain is {self.dropped_gain}; choose more than 0')


class FilterSum(nn.Module):
    """The weight of a convolution as the sum of its branches (formula 16).

    The plain KxK filter is the parametrised weight itself, the branches are parameters here.
    Dropped branches and elements are drawn anew for each forward pass in training; those that stay
    are divided by the probability of staying.
    """

    row: Tensor | None
    column: Tensor | None
    dropped: Tensor | None
    identity: Tensor | None

    def __init__(self, conv: nn.Conv2d, config: EtmConfig) -> None:
        super().__init__()
        self.config = config
        self.branch_drop = 0.0
        for name in BRANCHES[1:]:
            is_used = name in config.branches
            weight = _initial_branch(conv, name, config.initialization) if is_used else None
            self.register_parameter(name, None if weight is None else nn.Parameter(weight))
        has_identity = 'identity' in config.branches and _keeps_shape(conv)
        # Not stored: it is what the layer's shape says.
        self.register_buffer(
            'identity', _identity_filter(conv) if has_identity else None, persistent=False
        )

    def forward(
        self, plain: Float[Tensor, 'out_channel group_channel height width']
    ) -> Float[Tensor, 'out_channel group_channel height width']:
        """The sum of all branches."""
        return plain + self._branches(plain, is_dropping=self.training)

    def right_inverse(
        self, total: Float[Tensor, 'out_channel group_channel height width']
    ) -> Float[Tensor, 'out_channel group_channel height width']:
        """The plain filter with which the sum, nothing dropped, is `total`."""
        return total - self._branches(total, is_dropping=False)

    def _branches(
        self, plain: Float[Tensor, 'out_channel group_channel height width'], is_dropping: bool
    ) -> Float[Tensor, 'out_channel group_channel height width']:
        total = torch.zeros_like(plain) if self.identity is None else self.identity.to(plain)
        height, width = plain.shape[-2:]
        if self.row is not None:
            above = height // 2
            total = total + F.pad(
                self._kept(self.row, is_dropping), (0, 0, above, height - 1 - above)
            )
        if self.column is not None:
            left = width // 2
            total = total + F.pad(self._kept(self.column, is_dropping), (left, width - 1 - left))
        if self.dropped is not None:
            elements = F.dropout(self.dropped, self.config.element_drop, is_dropping)
            total = total + self.config.dropped_gain * self._kept(elements, is_dropping)
        return total

    def _kept(self, branch: Tensor, is_dropping: bool) -> Tensor:
        """The branch, or nothing of it: one draw for the whole filter (formula 4)."""
        if not is_dropping or self.branch_drop == 0:
            return branch
        keep = 1 - self.branch_drop
        return branch * (branch.new_empty(()).bernoulli_(keep) / keep)


def add_etm(network: nn.Module, config: EtmConfig, *, is_preserved: bool = False) -> None:
    """Turns every KxK filter of a network, K > 1, into a sum; in place.

    Args:
        network: any, such as a registered one.
        config: the branches; with none, nothing happens.
        is_preserved: whether the network computes the same as before, for weights that are
            trained already. Else its plain filters keep their values and the sum is what they
            and the branches make together.
    """
    if not config.branches:
        return
    for conv in list(_square_filters(network)):
        filter_sum = FilterSum(conv, config)
        if not is_preserved:
            conv.weight = nn.Parameter(filter_sum.eval()(conv.weight.detach()).detach())
        # Registering takes the weight for the sum, and `right_inverse` of it for the plain filter.
        parametrize.register_parametrization(conv, 'weight', filter_sum)
        filter_sum.train(conv.training)


def fold_etm(network: nn.Module) -> nn.Module:
    """A copy with every sum written down as one filter: the plain network, nothing dropped."""
    folded = copy.deepcopy(network)
    is_training = folded.training
    folded.eval()
    for module in folded.modules():
        if isinstance(module, nn.Conv2d) and parametrize.is_parametrized(module, 'weight'):
            weight = nn.Parameter(module.weight.detach().clone())
            # A copy shares its class with the original, which `remove_parametrizations` would
            # take the weight from.
            module.__class__ = parametrize.type_before_parametrizations(module)
            del module.parametrizations
            module.register_parameter('weight', weight)
    return folded.train(is_training)


def set_branch_drop(network: nn.Module, probability: float) -> None:
    """Sets the chance of leaving a branch out in training."""
    for module in network.modules():
        if isinstance(module, FilterSum):
            module.branch_drop = probability


def _square_filters(network: nn.Module) -> Iterator[nn.Conv2d]:
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and min(module.kernel_size) > 1:
            yield module


def _initial_branch(conv: nn.Conv2d, name: str, initialization: str) -> Tensor:
    height, width = conv.kernel_size
    rows = slice(height // 2, height // 2 + 1) if name == 'row' else slice(None)
    columns = slice(width // 2, width // 2 + 1) if name == 'column' else slice(None)
    branch = conv.weight.detach()[:, :, rows, columns].clone()
    if initialization == 'random':
        nn.init.kaiming_uniform_(branch, a=5**0.5)
    return branch


def _keeps_shape(conv: nn.Conv2d) -> bool:
    is_odd = all(side % 2 == 1 for side in conv.kernel_size)
    return is_odd and conv.in_channels == conv.out_channels and conv.stride == (1, 1)


def _identity_filter(conv: nn.Conv2d) -> Float[Tensor, 'out_channel group_channel height width']:
    weight = torch.zeros_like(conv.weight.detach())
    channel = torch.arange(conv.out_channels)
    height, width = conv.kernel_size
    weight[channel, channel % weight.shape[1], height // 2, width // 2] = 1
    return weight
