"""The decoder's features: one width a stride, and every skip is heard."""

import pytest
import torch

from depth_nodes.networks.diffnet.decoder import AttendedUpsample, DECODER_CHANNELS, DiffDecoder

CHANNELS = (3, 4, 5, 6, 7)


@pytest.fixture
def encoded() -> list[torch.Tensor]:
    torch.manual_seed(0)
    return [
        torch.randn(1, width, 32 >> level, 64 >> level, requires_grad=True)
        for level, width in enumerate(CHANNELS)
    ]


def test_strides_and_widths(encoded):
    decoded = DiffDecoder(CHANNELS)(encoded)
    assert [tuple(one.shape[1:]) for one in decoded] == [
        (width, 64 >> level, 128 >> level) for level, width in enumerate(DECODER_CHANNELS)
    ]


def test_full_resolution_hears_every_level(encoded):
    DiffDecoder(CHANNELS)(encoded)[0].sum().backward()
    assert all(one.grad.abs().max() > 0 for one in encoded)


def test_upsampling_has_the_parameters_of_the_paper():
    block = AttendedUpsample(144, 144, 256)
    counts = [sum(one.numel() for one in part.parameters()) for part in block.children()]
    # 288 channels squeezed to 18 and back, with biases; 3 x 3 filters to 256.
    assert counts == [2 * 288 * 18 + 18 + 288, 288 * 256 * 9 + 256]


def test_upsampling_repeats_pixels_so_that_a_step_stays_one():
    torch.manual_seed(0)
    block = AttendedUpsample(2, 1, 4)
    coarse = torch.tensor([1.0, 1.0, 2.0, 2.0]).expand(1, 2, 4, 4)
    columns = block(coarse, torch.ones(1, 1, 8, 8))[0, :, 4].unbind(dim=1)
    # The filter sees the step from columns 3 and 4; the border from 0 and 7.
    torch.testing.assert_close(columns[1], columns[2])
    torch.testing.assert_close(columns[5], columns[6])
    assert (columns[2] - columns[5]).abs().max() > 0.01
