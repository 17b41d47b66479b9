"""The decoder doubles every level, and every level hears the finer ones."""

import pytest
import torch

from depth_nodes.networks.blocks.dense_decoder import DecoderConfig, DenseDecoder
from depth_nodes.networks.blocks.global_context import ContextConfig

CHANNELS = (4, 6, 8)
CONTEXT = ContextConfig(num_levels=0, width=8, num_heads=2, num_layers=0)


@pytest.fixture
def decoder() -> DenseDecoder:
    torch.manual_seed(0)
    return DenseDecoder(
        DecoderConfig(
            channels=CHANNELS, squeeze=(2, 2, 2), coefficient_width=2, contexts=(CONTEXT,) * 3
        )
    )


def features(height: int = 48, width: int = 64) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [
        torch.rand(
            1, channels, height >> level, width >> level, generator=generator, requires_grad=True
        )
        for level, channels in enumerate(CHANNELS)
    ]


@pytest.mark.parametrize('size', [(48, 48), (16, 40)])
def test_every_level_comes_at_twice_its_size(decoder, size):
    decoded = decoder.eval()(features(*size))
    for level, (output, channels) in enumerate(zip(decoded, (4, 4, 6), strict=True)):
        assert output.shape == (1, channels, 2 * size[0] >> level, 2 * size[1] >> level)


def test_a_level_hears_itself_and_the_finer_and_coarser_ones(decoder):
    encoded = features()
    decoder.eval()(encoded)[1].sum().backward()
    assert all(feature.grad.abs().max() > 0 for feature in encoded)


def test_the_coarsest_level_hears_itself_alone(decoder):
    encoded = features()
    decoder.eval()(encoded)[2].sum().backward()
    assert [feature.grad is not None for feature in encoded] == [False, False, True]
