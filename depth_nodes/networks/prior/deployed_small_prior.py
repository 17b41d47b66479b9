"""The small prior fusion as engines run it: what does not see the image is a constant."""

from __future__ import annotations

import math

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.networks.blocks.fused import bias_of, conv_from
from depth_nodes.networks.deployment import DeployedSmallDepth, GpuSmallDepth
from depth_nodes.networks.depth_network import FUSED_LEVEL
from depth_nodes.networks.prior.small_prior import SmallDepthPrior, SmallPriorFusion


class FoldedFusion(nn.Module):
    """The same function; keys, temperature and gate are folded into filters and constants.

    C1 stays behind the sum over the entries, where it sees fewer numbers: inside the values, which
    it would make four times as wide, it costs a CPU 0.7 ms more at 192x640.
    """

    keys: Tensor
    values: Tensor
    log_count: Tensor

    def __init__(self, fusion: SmallPriorFusion) -> None:
        super().__init__()
        keys = fusion.key(fusion.features).detach()
        scale = 1 / math.sqrt(keys.shape[1])
        query, merge = fusion.query, fusion.merge
        self.query = conv_from(scale * query.weight, scale * bias_of(query))
        gate = fusion.gate.detach()
        self.merge = conv_from(gate * merge.weight, gate * bias_of(merge))
        self.register_buffer('keys', keys.T.contiguous())
        values = torch.cat([fusion.features, fusion.log_depth[:, None]], dim=1)
        self.register_buffer('values', values.clone())
        self.register_buffer('log_count', fusion.log_count.clone())

    def forward(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch channel height width']:
        """F_o from F_s."""
        return self._fused(features, torch.softmax(self._scores(features), dim=-1))

    def with_entropy(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> tuple[Float[Tensor, 'batch channel height width'], Float[Tensor, ' batch']]:
        """F_o, and the mean entropy [nat] of the rows of A."""
        scores = self._scores(features)
        rows = torch.softmax(scores, dim=-1)
        # ln A_ij is the score less this; so there is one logarithm for a pixel, not for an entry.
        log_sum = scores.amax(dim=-1) - rows.amax(dim=-1).log()
        return self._fused(features, rows), (log_sum - (rows * scores).sum(dim=-1)).mean(dim=1)

    def _scores(
        self, features: Float[Tensor, 'batch channel height width']
    ) -> Float[Tensor, 'batch pixel entry']:
        queries = self.query(features).flatten(2).transpose(1, 2)
        return queries @ self.keys + self.log_count

    def _fused(
        self,
        features: Float[Tensor, 'batch channel height width'],
        rows: Float[Tensor, 'batch pixel entry'],
    ) -> Float[Tensor, 'batch channel height width']:
        found = (rows @ self.values).transpose(1, 2).unflatten(2, features.shape[2:])
        return features + self.merge(found)


class DeployedSmallDepthPrior(DeployedSmallDepth):
    """Image to sigmoid output, for inference alone; shares no weights with the network."""

    def __init__(self, network: SmallDepthPrior) -> None:
        super().__init__(network)
        self.fusion = FoldedFusion(network.fusion)

    def with_entropy(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> tuple[Float[Tensor, 'batch 1 height width'], Float[Tensor, ' batch']]:
        """The sigmoid output, and the mean entropy [nat] of the pixels' rows."""
        features = self.encode(image)
        assert isinstance(self.fusion, FoldedFusion)
        features[FUSED_LEVEL], entropy = self.fusion.with_entropy(features[FUSED_LEVEL])
        return self.decode(features), entropy


class WithEntropy(nn.Module):
    """A deployed network with a prior whose call gives the entropy too."""

    def __init__(self, network: DeployedSmallDepthPrior) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> tuple[Float[Tensor, 'batch 1 height width'], Float[Tensor, ' batch']]:
        """As `with_entropy`."""
        return self.network.with_entropy(image)


class GpuSmallDepthPrior(GpuSmallDepth):
    """The same for GPUs."""

    def __init__(self, network: SmallDepthPrior) -> None:
        super().__init__(network)
        self.fusion = FoldedFusion(network.fusion)
