"""The whole image without a grid: HQDec's patches leave one in a smooth ramp, samples do not."""

import pytest
import torch
from torch import nn
import torch.nn.functional as F

from depth_nodes.networks.blocks.global_context import ContextConfig, GlobalContext, TokenAttention
from depth_nodes.networks.blocks.sparse import Conv1x1, PointwiseConv

CONFIG = ContextConfig(num_levels=3, width=24, num_heads=2, num_layers=1)
PATCH_PX = 2**CONFIG.num_levels


class PatchContext(nn.Module):
    """HQDec's global path: patches cut side by side, attention, patches pasted side by side."""

    def __init__(self, in_channels: int, out_channels: int, config: ContextConfig) -> None:
        super().__init__()
        cut = {'kernel_size': PATCH_PX, 'stride': PATCH_PX, 'groups': in_channels}
        self.cut = nn.Conv2d(in_channels, in_channels, **cut)
        self.embed = PointwiseConv(in_channels, config.width)
        self.layer = TokenAttention(config.width, config.num_heads)
        self.unembed = Conv1x1(config.width, in_channels)
        self.paste = nn.ConvTranspose2d(in_channels, in_channels, **cut)
        self.mix = PointwiseConv(in_channels, out_channels)

    def forward(self, features):
        level = F.elu(self.embed(self.cut(features)))
        tokens = self.layer(level.flatten(2).transpose(1, 2))
        level = tokens.transpose(1, 2).unflatten(2, level.shape[2:])
        return self.mix(self.paste(self.unembed(level)))


def depth_ramps() -> torch.Tensor:
    """Four planes, seen at an angle: inverse depth is affine over the image."""
    rows = torch.linspace(-1, 1, 96)[:, None]
    columns = torch.linspace(-1, 1, 192)
    slopes = torch.randn(4, 3, 1, 1, 1, generator=torch.Generator().manual_seed(0))
    return slopes[:, 0] * columns + slopes[:, 1] * rows + 0.3 * slopes[:, 2]


def grid_energy(output: torch.Tensor) -> float:
    """Energy of the slope at the patches' frequencies over that at those near them."""
    slope = output[:, :, 16:80, 32:160].diff(dim=-1)[..., :120].double()
    slope = slope - slope.mean(dim=-1, keepdim=True)
    window = torch.hann_window(120, periodic=False, dtype=torch.float64)
    energy = torch.fft.rfft(slope * window).abs().square().mean(dim=(0, 1, 2))
    step = 120 // PATCH_PX
    grid = torch.arange(step, 61, step)
    near = torch.cat([grid + shift for shift in (-6, -5, -4, -3)])
    return (energy[grid].mean() / energy[near].mean()).item()


def context_network(kind: type[nn.Module], seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(1, 8, 1), kind(8, 1, CONFIG))


@pytest.mark.parametrize('seed', [0, 1])
def test_patches_leave_a_grid_and_samples_none(seed):
    with torch.no_grad():
        ramps = depth_ramps()
        patches = grid_energy(context_network(PatchContext, seed)(ramps))
        samples = grid_energy(context_network(GlobalContext, seed)(ramps))
    assert patches > 100
    assert samples < 5


def test_training_does_not_bring_a_grid():
    energies = []
    for kind in (PatchContext, GlobalContext):
        network = context_network(kind, 0)
        optimiser = torch.optim.AdamW(network.parameters(), lr=5e-3)
        for _ in range(12):
            ramps = depth_ramps()
            loss = (network(ramps) - ramps).abs().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        with torch.no_grad():
            energies.append(grid_energy(network(depth_ramps())))
    patches, samples = energies
    assert patches > 100
    assert samples < 5


def test_every_pixel_hears_the_whole_image():
    context = context_network(GlobalContext, 0).eval()
    image = depth_ramps()[:1].requires_grad_()
    context(image)[0, 0, 0, 0].backward()
    assert image.grad.abs()[0, 0, -8:, -8:].max() > 0


@pytest.mark.parametrize('seed', [0, 1])
def test_equal_features_are_told_apart_by_the_border(seed):
    torch.manual_seed(seed)
    context = GlobalContext(8, 1, ContextConfig(num_levels=1, width=24, num_heads=2, num_layers=1))
    constant = torch.randn(1, 8, 1, 1).expand(1, 8, 32, 48)
    with torch.no_grad():
        output = context.eval()(constant)
    assert output.std() > 0.01 * output.abs().mean()
    middle = output[:, :, 10:-10, 10:-10]
    assert middle.std() < 1e-5 * output.std()
