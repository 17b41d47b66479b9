"""Looking many pixels up in a large bank, in memory that does not grow with them."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float
import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from depth_nodes.networks.prior.affinity import affinity, entropy

# Of the rows that exist at once: 64 MB in 32 bits.
MAX_ROW_ELEMENTS = 2**24


class LookUp(NamedTuple):
    """What a bank says of each point, and which entries said it.

    `entropy` [nat] is that of a point's row, `mass` the mean of the rows; both are detached.
    """

    values: Float[Tensor, 'point value']
    entropy: Float[Tensor, ' point']
    mass: Float[Tensor, ' entry']


def look_up(
    queries: Float[Tensor, 'point channel'],
    keys: Float[Tensor, 'entry channel'],
    values: Float[Tensor, 'entry value'],
    log_count: Float[Tensor, ' entry'],
) -> LookUp:
    """A v with the rows A of `affinity`; for a gradient the rows are computed once more."""
    chunks = queries.split(max(1, MAX_ROW_ELEMENTS // len(keys)))
    parts = [
        checkpoint(_looked_up, chunk, keys, values, log_count, use_reentrant=False)
        for chunk in chunks
    ]
    found, entropies, masses = zip(*parts, strict=True)
    mass = torch.stack(masses).sum(dim=0) / len(queries)
    return LookUp(torch.cat(found), torch.cat(entropies), mass)


def _looked_up(
    queries: Float[Tensor, 'point channel'],
    keys: Float[Tensor, 'entry channel'],
    values: Float[Tensor, 'entry value'],
    log_count: Float[Tensor, ' entry'],
) -> tuple[Tensor, Tensor, Tensor]:
    rows = affinity(queries, keys, log_count)
    detached = rows.detach()
    return rows @ values, entropy(detached), detached.sum(dim=0)
