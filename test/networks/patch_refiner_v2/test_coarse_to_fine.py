"""The coarse-to-fine module: its levels, and who guides which."""

from dataclasses import replace

import pytest
from tiny_refiner import TINY
import torch

from depth_nodes.networks.patch_refiner_v2.coarse_to_fine import CoarseToFine
from depth_nodes.networks.patch_refiner_v2.layers import resized

ENCODER = (8, 8, 12, 16, 24)


def make_inputs() -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    encoded = [torch.randn(2, n, 64 >> k, 96 >> k) for k, n in enumerate(ENCODER, start=1)]
    guides = [torch.randn(2, n, 64 >> k, 96 >> k) for k, n in enumerate(TINY.coarse_channels)]
    return encoded, guides


def make_module(**changes) -> CoarseToFine:
    torch.manual_seed(0)
    return CoarseToFine(ENCODER, replace(TINY, **changes))


@torch.no_grad()
def test_features_at_every_stride():
    features, auxiliary = make_module()(*make_inputs())
    width = TINY.width
    assert [tuple(level.shape[1:]) for level in features] == [
        (channels, 64 >> level, 96 >> level)
        for level, channels in enumerate((TINY.coarse_channels[0], *(width,) * 5))
    ]
    assert auxiliary.shape == (2, 1, 64, 96)


@torch.no_grad()
def test_the_coarsest_level_is_projected_alone_and_denoised_below():
    module, (encoded, guides) = make_module(), make_inputs()
    features, _ = module(encoded, guides)
    projected = module.projections[-1](encoded[-1])
    assert torch.equal(features[5], projected)
    stage = module.stages[-1]
    expected = resized(stage.mix(stage.denoise(projected, guides[5])), (4, 6))
    assert torch.equal(features[4], expected)
    following = module.stages[-2]
    merged = expected + following.admit(module.projections[-2](encoded[-2]), guides[4])
    torch.testing.assert_close(
        features[3], resized(following.mix(following.denoise(merged, guides[4])), (8, 12))
    )


@torch.no_grad()
@pytest.mark.parametrize('level', range(6))
def test_a_guide_changes_its_stride_and_all_finer_ones(level):
    module, (encoded, guides) = make_module(), make_inputs()
    before, _ = module(encoded, guides)
    guides[level] = guides[level] + 1
    after, _ = module(encoded, guides)
    is_changed = [not torch.equal(*pair) for pair in zip(before, after, strict=True)]
    assert is_changed == [index < max(level, 1) for index in range(6)]


def test_the_weights_of_the_auxiliary_depth_start_around_one():
    module = make_module(coarse_channels=(1024, 8, 8, 16, 16, 32))
    weight = module.head.depth.weight
    assert weight.mean().item() == pytest.approx(1, abs=0.15)
    assert weight.std().item() == pytest.approx(1, abs=0.15)
    assert module.head.depth.bias.item() == 0
