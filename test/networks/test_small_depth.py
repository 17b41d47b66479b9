"""SmallDepth: the published counts, its shapes and its laws."""

from dataclasses import replace

import pytest
from tiny_networks import TINY_SMALL_DEPTH as TINY
import torch
from torch import nn

from depth_nodes.errors import ConfigError
from depth_nodes.networks.blocks.sparse import fold_batch_norm
from depth_nodes.networks.small_depth import SmallDepth, SmallDepthConfig


def count_operations(network: nn.Module, image: torch.Tensor) -> int:
    """The paper's convention: multiply-adds, one per biased output and activated value."""
    total = 0

    def count(module: nn.Module, inputs: tuple, output: torch.Tensor) -> None:
        nonlocal total
        if isinstance(module, nn.Conv2d):
            total += output.numel() // output.shape[1] * module.weight.numel()
            total += output.numel() if module.bias is not None else 0
        elif isinstance(module, (nn.ReLU, nn.ELU)):
            total += inputs[0].numel()

    for module in network.modules():
        module.register_forward_hook(count)
    with torch.no_grad():
        network(image)
    return total


def trained(config: SmallDepthConfig) -> SmallDepth:
    """A network whose normalisation has seen data, so that folding has something to fold."""
    torch.manual_seed(0)
    network = SmallDepth(config)
    with torch.no_grad():
        for _ in range(3):
            network(torch.rand(2, 3, 96, 128))
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.1)
    return network.eval()


def test_counts_of_the_paper():
    network = fold_batch_norm(SmallDepth(SmallDepthConfig()))
    encoder = sum(
        value.numel() for name, value in network.named_parameters() if 'downsamples' in name
    ) + sum(value.numel() for name, value in network.named_parameters() if 'stages' in name)
    total = sum(value.numel() for value in network.parameters())
    assert encoder == pytest.approx(2.077e6, rel=0.005)
    assert total - encoder == pytest.approx(0.277e6, rel=0.005)
    assert total == pytest.approx(2.354e6, rel=0.005)
    operations = count_operations(network, torch.rand(1, 3, 128, 416))
    assert operations == pytest.approx(0.4185e9, rel=0.005)


@pytest.mark.parametrize('size', [(96, 96), (96, 160), (192, 128)])
def test_heads_at_three_sizes_inside_the_unit_interval(size):
    output = SmallDepth(TINY)(torch.rand(2, 3, *size))
    for scale, head in enumerate(output):
        assert head.shape == (2, 1, size[0] >> scale, size[1] >> scale)
        assert (head > 0).all()
        assert (head < 1).all()


@pytest.mark.parametrize('downsampling', ['shared', 'parallel'])
def test_folding_keeps_the_function(downsampling):
    network = trained(replace(TINY, downsampling=downsampling))
    folded = fold_batch_norm(network)
    assert not any(isinstance(part, nn.BatchNorm2d) for part in folded.modules())
    image = torch.rand(1, 3, 96, 128)
    with torch.no_grad():
        for head, expected in zip(folded(image), network(image), strict=True):
            torch.testing.assert_close(head, expected, rtol=1e-4, atol=1e-6)


def test_branch_drop_keeps_the_mean_and_ends_with_training():
    network = SmallDepth(TINY)
    drop = network.stages[2][0].drop_local
    network.set_drop_probability(0.5)
    features = torch.ones(4000, 1, 1, 1)
    torch.manual_seed(1)
    dropped = drop(features)
    assert set(dropped.unique().tolist()) == {0.0, 2.0}
    assert dropped.mean().item() == pytest.approx(1, abs=0.1)
    network.eval()
    assert torch.equal(drop(features), features)


def test_training_reaches_every_parameter():
    network = SmallDepth(TINY)
    sum(head.log().mean() for head in network(torch.rand(2, 3, 96, 96))).backward()
    assert all(value.grad is not None for value in network.parameters())


def test_impossible_tables_are_refused():
    with pytest.raises(ConfigError, match='num_blocks'):
        SmallDepthConfig(widths=(8, 16))
