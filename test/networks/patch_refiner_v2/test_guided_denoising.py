"""The guided denoising unit, by its formula."""

import torch
from torch import nn
import torch.nn.functional as F

from depth_nodes.networks.patch_refiner_v2.guided_denoising import GuidedDenoising


def unit(*, use_gate: bool) -> GuidedDenoising:
    torch.manual_seed(0)
    return GuidedDenoising(6, 4, use_gate=use_gate)


@torch.no_grad()
def test_the_formula():
    denoising, x, guide = unit(use_gate=True), torch.randn(2, 6, 5, 7), torch.randn(2, 4, 5, 7)
    y = x + denoising.residual(F.relu(x))
    wide, norm, _, narrow, _ = denoising.gate
    hidden = wide(torch.cat((y, guide), dim=1))
    hidden = (hidden - hidden.mean(1, keepdim=True)) / (
        hidden.var(1, keepdim=True, correction=0) + 1e-6
    ).sqrt()
    mask = torch.sigmoid(F.conv2d(F.relu(hidden), narrow.weight))
    assert mask.shape == y.shape
    torch.testing.assert_close(denoising(x, guide), y * mask)


@torch.no_grad()
def test_only_the_gate_sees_the_guide():
    x = torch.randn(1, 6, 5, 7)
    guides = torch.randn(2, 1, 4, 5, 7)
    gated, plain = unit(use_gate=True), unit(use_gate=False)
    assert not torch.equal(gated(x, guides[0]), gated(x, guides[1]))
    assert torch.equal(plain(x, guides[0]), plain(x, guides[1]))
    nn.init.zeros_(gated.gate[3].weight)
    torch.testing.assert_close(gated(x, guides[0]), 0.5 * plain(x, guides[0]))
