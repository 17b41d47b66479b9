"""The depth hint is torch's own multi-head attention."""

import torch
from torch import nn

from depth_nodes.networks.prior.depth_hint import DepthHint


def test_it_is_the_attention_of_torch():
    torch.manual_seed(0)
    hint = DepthHint(8, 6, 2)
    theirs = nn.MultiheadAttention(8, 2, kdim=6, vdim=6, batch_first=True)
    with torch.no_grad():
        theirs.q_proj_weight.copy_(hint.query.weight)
        theirs.k_proj_weight.copy_(hint.key.weight)
        theirs.v_proj_weight.copy_(hint.value.weight)
        parts = hint.query, hint.key, hint.value
        theirs.in_proj_bias.copy_(torch.cat([part.bias for part in parts]))
        theirs.out_proj.load_state_dict(hint.project.state_dict())
        points, entries = torch.randn(5, 8), torch.randn(9, 6)
        found = hint(points, entries, torch.zeros(9))
        expected, weights = theirs(points[None], entries[None], entries[None])
    torch.testing.assert_close(found.features, expected[0])
    torch.testing.assert_close(found.mass, weights[0].mean(dim=0))


def test_a_count_of_three_is_three_equal_entries():
    torch.manual_seed(0)
    hint, points, entries = DepthHint(8, 6, 2), torch.randn(5, 8), torch.randn(2, 6)
    copies = torch.tensor([0, 1, 1, 1])
    apart = hint(points, entries[copies], torch.zeros(4)).features
    together = hint(points, entries, torch.tensor([1.0, 3.0]).log()).features
    torch.testing.assert_close(together, apart)
