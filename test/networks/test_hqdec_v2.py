"""HQDecv2: the published count, its shapes and its laws."""

from dataclasses import replace
from types import ModuleType

from exported_network import assert_exported_agrees
import pytest
from tiny_networks import TINY_HQDEC_V2 as TINY
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from depth_nodes.errors import ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.blocks import backbone
from depth_nodes.networks.blocks.adaptive_resize import AxialDownsample
from depth_nodes.networks.blocks.backbone import channels_of
from depth_nodes.networks.blocks.dense_decoder import DecoderConfig, DenseDecoder
from depth_nodes.networks.blocks.global_context import ContextConfig
from depth_nodes.networks.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from depth_nodes.networks.depth_network import IMAGE_MEAN, IMAGE_STD
from depth_nodes.networks.hqdec_v2 import HqDecV2, HqDecV2Config

FULL_TABLES = HqDecV2Config(backbone='test_efficientnet')


class FineLevels(nn.Module):
    """The two finest levels of the decoder, with every kind of block and no second refinement.

    The exporter takes 10 ms an operation, and the whole decoder has 2,800 of them.
    """

    def __init__(self, channels: tuple[int, ...]) -> None:
        super().__init__()
        fine, coarse = channels[:2]
        context = ContextConfig(num_levels=0, width=8, num_heads=2, num_layers=0)
        self.link = AxialDownsample(fine, 2, 4)
        self.decoder = DenseDecoder(
            DecoderConfig(
                channels=(fine, coarse + fine),
                squeeze=(2, 2),
                coefficient_width=4,
                contexts=(context, context),
            )
        )
        for transfer in (*self.decoder.laterals, self.decoder.transfers[0]):
            transfer[1] = nn.Identity()
        self.decoder.upsamples[0].context = nn.Identity()

    def forward(self, encoded: list[torch.Tensor]) -> list[torch.Tensor]:
        fine, coarse = encoded[:2]
        return self.decoder([fine, torch.cat((coarse, self.link(fine)), dim=1)])


def make_network(config: HqDecV2Config = TINY) -> HqDecV2:
    torch.manual_seed(0)
    return HqDecV2(config)


def test_parameters_of_the_paper():
    with torch.device('meta'):
        network = HqDecV2(HqDecV2Config())
    total = sum(value.numel() for value in network.parameters())
    assert total == pytest.approx(24.65e6, rel=0.01)


def test_multiply_adds_of_the_document():
    network = make_network(HqDecV2Config()).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network.predict(torch.zeros(1, 3, 128, 416))
    # The counter takes a multiplication and an addition for two.
    assert counter.get_total_flops() / 2 == pytest.approx(4.52e9, rel=0.005)


def test_heads_say_the_initial_value_at_first():
    network = make_network(FULL_TABLES).eval()
    with torch.no_grad():
        output = network(torch.rand(1, 3, 96, 160))
    for head in output:
        assert head.logit().mean() == pytest.approx(-4.5, abs=0.5)


@pytest.mark.parametrize('has_frozen_norms', [True, False])
def test_training_reaches_every_parameter(has_frozen_norms):
    """In training a batch norm takes away the constants before it, so these have no gradient."""
    network = make_network(FULL_TABLES).double().train(not has_frozen_norms)
    image = torch.rand(2, 3, 96, 96, dtype=torch.float64)
    sum(head.log().mean() for head in network(image)).backward()
    unreached = {
        name
        for name, value in network.named_parameters()
        # Of sums of terms up to 1, what rounding leaves is below.
        if value.grad is None or value.grad.abs().max() < 1e-15
    }
    if has_frozen_norms:
        assert not unreached
    assert all(name.endswith('.bias') for name in unreached)


def test_two_images_can_be_learnt():
    network = make_network()
    optimiser = torch.optim.AdamW(network.parameters(), lr=5e-3)
    images = torch.rand(2, 3, 96, 96)
    target = torch.linspace(-7, -3, 96)[:, None].expand(2, 1, 96, 96)
    losses = []
    for _ in range(9):
        loss = (network(images).full.logit() - target).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_a_checkpoint_of_a_pretrained_network_asks_no_hub(tmp_path, monkeypatch):
    asked = []

    def weights_source(timm: ModuleType, name: str) -> None:
        asked.append(name)

    monkeypatch.setattr(backbone, '_weights_source', weights_source)
    network = make_network(replace(TINY, is_pretrained=True))
    assert asked == [TINY.backbone]
    path = tmp_path / 'tiny.safetensors'
    canonical = CanonicalCamera(focal_px=300.0)
    save_checkpoint(
        path, Checkpoint(network=network, network_name='hqdec_v2', canonical=canonical)
    )
    loaded = load_checkpoint(path).network
    assert asked == [TINY.backbone]
    assert loaded.config == network.config == TINY
    image = torch.rand(1, 3, 96, 96)
    with torch.no_grad():
        assert torch.equal(loaded(image).full, network.eval()(image).full)


@pytest.mark.slow
def test_onnx_runtime_agrees_with_torch_at_every_size(tmp_path):
    network = make_network()
    network.decoder = FineLevels(channels_of(network.backbone))
    network.backbone.blocks = network.backbone.blocks[:2]
    network.eval().heads[0].filter.weight.data *= 20

    def full(image: torch.Tensor) -> torch.Tensor:
        encoded = network.backbone((image - IMAGE_MEAN) / IMAGE_STD)
        return network.heads[0](network.decoder(encoded)[0])

    assert_exported_agrees(network, tmp_path / 'tiny.onnx', full)


@pytest.mark.parametrize(
    ('wrong', 'message'),
    [
        ({'squeeze': (2, 4, 4)}, 'squeeze .* must be 5 numbers'),
        ({'context_layers': (1,) * 6}, 'context_layers .* must be 5 numbers'),
        ({'context_heads': (5, 4, 4, 8, 8)}, 'must divide'),
        ({'context_widths': (0, 48, 64, 128, 256)}, 'context_widths .* 1 or more'),
        ({'context_levels': (5, 2, 1, 0, 0)}, 'context_levels .* at most'),
        ({'context_levels': (3, 2, 1, 0, 1)}, 'context_levels .* at most'),
        ({'context_levels': (3, 2, 1, 0, -1)}, 'context_levels .* 0 or more'),
        ({'context_layers': (1, 1, 1, 1, -1)}, 'context_layers .* 0 or more'),
        ({'head_width': 25}, 'head_width .* multiple of 2'),
        ({'head_width': 0}, 'head_width .* 2 or more'),
        ({'coefficient_width': 0}, 'coefficient_width .* 1 or more'),
        ({'initial_sigmoid_logit': float('nan')}, 'initial_sigmoid_logit'),
    ],
)
def test_impossible_tables_are_refused(wrong, message):
    with pytest.raises(ConfigError, match=message):
        HqDecV2Config(**wrong)


def test_the_smallest_image_bears_as_many_halvings_as_are_allowed():
    network = make_network(replace(TINY, context_levels=(4, 3, 2, 1, 0))).eval()
    with torch.no_grad():
        assert network(torch.rand(1, 3, 96, 96)).full.shape == (1, 1, 96, 96)


@pytest.mark.parametrize(
    ('backbone', 'message'),
    [
        ('test_vit', r'strides \(16'),
        ('inception_v3', r'96x160 px have the sizes \[\(45, 77\)'),
        ('maxvit_rmlp_pico_rw_256', 'takes no image of 96x160 px .*choose another'),
    ],
)
def test_a_backbone_of_other_features_is_refused(backbone, message):
    with torch.device('meta'), pytest.raises(ConfigError, match=message):
        HqDecV2(HqDecV2Config(backbone=backbone))
