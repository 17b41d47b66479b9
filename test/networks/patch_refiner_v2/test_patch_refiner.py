"""PatchRefiner V2: the published counts, its shapes and its laws."""

from dataclasses import replace

import pytest
from tiny_refiner import random_boxes, random_maps, random_refiner, TINY
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
import torch.nn.functional as F

from depth_nodes.errors import CheckpointError, ConfigError
from depth_nodes.geometry.blending import cut_tiles, feathered_weights, Mosaic, normalised_boxes
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.geometry.tiles import native_grid
from depth_nodes.networks.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from depth_nodes.networks.patch_refiner_v2.config import PatchRefinerConfig
from depth_nodes.networks.patch_refiner_v2.guided_denoising import GuidedDenoising
from depth_nodes.networks.patch_refiner_v2.patch_refiner import PatchRefiner
from depth_nodes.networks.patch_refiner_v2.region import sample_regions
from depth_nodes.networks.registry import REFINERS

PAPER = PatchRefinerConfig()
OURS = {'is_residual_logarithmic': True, 'are_decoders_normalised': True}


def num_parameters(network: nn.Module) -> int:
    return sum(value.numel() for value in network.parameters())


def num_unused(config: PatchRefinerConfig) -> int:
    """What the authors' network holds besides: a unit at stride 32 and one in the head."""
    if not config.use_coarse_to_fine:
        return 0
    first, *_, last = config.coarse_channels
    return sum(
        num_parameters(GuidedDenoising(width, guide, use_gate=config.use_gates))
        for width, guide in ((config.width, last), (first, first))
    )


@pytest.mark.parametrize(
    ('changes', 'millions'),
    [
        ({}, 46.952),
        ({'use_gates': False}, 34.453),
        ({'use_coarse_to_fine': False}, 27.540),
        ({'encoder': 'tf_efficientnet_b5.ap_in1k'}, 72.131),
        ({'encoder': 'convnext_large'}, 246.12),
    ],
)
def test_parameters_of_the_paper(changes, millions):
    config = replace(PAPER, **changes)
    with torch.device('meta'):
        total = num_parameters(PatchRefiner(config)) + num_unused(config)
    assert total / 1e6 == pytest.approx(millions, rel=1e-3)


def test_parameters_without_the_unused_units():
    with torch.device('meta'):
        total = num_parameters(PatchRefiner(PAPER))
    assert total / 1e6 == pytest.approx(45.087, rel=1e-5)


def test_shapes_of_the_paper():
    with FakeTensorMode():
        network = PatchRefiner(PAPER).eval()
        mixed, decoded = [], []
        for stage in network.coarse_to_fine.stages:
            stage.register_forward_hook(lambda _, inputs, output: mixed.append(output.shape[1:]))
        for decoder in network.fine_to_coarse.decoders:
            decoder.register_forward_hook(lambda _, inputs, output: decoded.append(inputs[0]))
        head = []
        network.coarse_to_fine.head.register_forward_hook(
            lambda _, inputs, output: head.append(inputs[0].shape[1:])
        )
        coarse = random_maps(PAPER, size=(384, 512))
        output = network.refine(torch.rand(1, 3, 384, 512), torch.rand(1, 4), coarse)
    # Before the resize to the next stride, which makes q_5 24x32 and q_1 the head's.
    assert mixed == [(256, 384 // stride, 512 // stride) for stride in (32, 16, 8, 4, 2)]
    assert head == [(256, 384, 512)]
    assert [one.shape[1] for one in decoded] == [770, 642, 322, 194, 98]
    assert decoded[0].shape[2:] == (24, 32)
    assert decoded[-1].shape[2:] == (384, 512)
    assert all(one.shape == (1, 1, 384, 512) for one in output)


@torch.no_grad()
@pytest.mark.parametrize(
    'changes', [{}, OURS, {'use_gates': False}, {'use_coarse_to_fine': False}]
)
@pytest.mark.parametrize('size', [(96, 128), (64, 160)])
def test_depth_is_the_coarse_depth_and_the_residual(changes, size):
    network = random_refiner(replace(TINY, **changes))
    coarse, boxes = random_maps(), random_boxes(3)
    output = network(torch.rand(3, 3, *size), boxes, coarse)
    assert all(one.shape == (3, 1, *size) for one in output)
    expected = sample_regions(coarse.depth, boxes, size) + output.residual
    torch.testing.assert_close(output.depth, expected.clamp(min=0))
    assert output.residual.std() > 0.01
    assert (output.auxiliary_depth.std() > 0) == changes.get('use_coarse_to_fine', True)


@torch.no_grad()
def test_depth_is_never_negative():
    network = random_refiner()
    network.fine_to_coarse.residual.weight.mul_(100)
    depth = network(torch.rand(2, 3, 96, 128), random_boxes(2), random_maps()).depth
    assert depth.min() == 0
    assert depth.max() > 1


@torch.no_grad()
def test_a_logarithmic_residual_leaves_depth_above_zero():
    network = random_refiner(replace(TINY, **OURS))
    output = network(torch.rand(2, 3, 96, 128), random_boxes(2), random_maps())
    assert output.depth.min() > 0
    assert output.residual.min() < -0.1


@torch.no_grad()
@pytest.mark.parametrize('changes', [{}, OURS])
def test_an_untrained_refiner_returns_the_coarse_depth(changes):
    """And the mosaic of its tiles is the coarse depth, resized to the image."""
    network = PatchRefiner(replace(TINY, **changes)).eval()
    image, coarse = torch.rand(3, 150, 230), random_maps(size=(96, 128))
    grid = native_grid(150, 230, 96, 128)
    boxes = normalised_boxes(grid.boxes, 150, 230)
    depth = network(cut_tiles(image, grid.boxes, (96, 128)), boxes, coarse).depth
    torch.testing.assert_close(depth, sample_regions(coarse.depth, boxes, (96, 128)))
    mosaic = Mosaic(150, 230, like=depth)
    for tile, weight, box in zip(depth, feathered_weights(grid), grid.boxes, strict=True):
        mosaic.add(tile[0], weight, box)
    resized = F.interpolate(coarse.depth, (150, 230), mode='bilinear', align_corners=False)
    torch.testing.assert_close(mosaic.mean, resized[0, 0], rtol=1e-4, atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize('changes', [{}, OURS])
@pytest.mark.parametrize('scale', [0.01, 256.0, 700.0])
def test_the_depth_has_the_scale_of_the_coarse_depth(changes, scale):
    network = random_refiner(replace(TINY, **changes))
    tiles, boxes = torch.rand(2, 3, 96, 128), random_boxes(2)
    coarse = random_maps()
    output = network(tiles, boxes, coarse)
    scaled = network(tiles, boxes, coarse._replace(depth=scale * coarse.depth))
    for one, other in zip(output, scaled, strict=True):
        torch.testing.assert_close(scale * one, other, rtol=1e-4, atol=1e-4 * scale)


@torch.no_grad()
def test_tiles_of_several_images_are_those_of_each():
    network, tiles, boxes = random_refiner(), torch.rand(2, 3, 96, 128), random_boxes(2)
    coarse = random_maps(num_images=2)
    coarse.depth[1] *= 50
    together = network(tiles, boxes, coarse).depth
    for index in range(2):
        part = slice(index, index + 1)
        one = coarse._replace(
            features=tuple(features[part] for features in coarse.features),
            depth=coarse.depth[part],
        )
        alone = network(tiles[part], boxes[part], one).depth
        torch.testing.assert_close(together[part], alone, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_one_image_is_shared_by_all_tiles():
    network, tiles, boxes, coarse = (
        random_refiner(),
        torch.rand(3, 3, 96, 128),
        random_boxes(3),
        random_maps(),
    )
    repeated = coarse._replace(
        features=tuple(features.repeat(3, 1, 1, 1) for features in coarse.features),
        depth=coarse.depth.repeat(3, 1, 1, 1),
    )
    shared = network(tiles, boxes, coarse).depth
    torch.testing.assert_close(shared, network(tiles, boxes, repeated).depth)


@torch.no_grad()
def test_without_coarse_depth_the_residual_is_the_depth():
    network, coarse = random_refiner(), random_maps()
    output = network(
        torch.rand(2, 3, 96, 128),
        random_boxes(2),
        coarse._replace(depth=torch.zeros_like(coarse.depth)),
    )
    assert torch.equal(output.depth, output.residual.clamp(min=0))
    assert output.depth.max() > 0


@pytest.mark.parametrize('changes', [{}, OURS, {'use_coarse_to_fine': False}])
def test_training_reaches_every_parameter(changes):
    network = random_refiner(replace(TINY, **changes)).double()
    coarse = random_maps()
    coarse = coarse._replace(
        features=tuple(features.double() for features in coarse.features),
        depth=coarse.depth.double().requires_grad_(),
    )
    tiles = torch.rand(2, 3, 96, 128, dtype=torch.float64)
    output = network(tiles, random_boxes(2).double(), coarse)
    output.depth.square().mean().backward()
    assert coarse.depth.grad.abs().max() > 0
    unreached = {
        name
        for name, value in network.named_parameters()
        if value.grad is None or value.grad.abs().max() == 0
    }
    assert not unreached


def test_it_learns_where_the_coarse_depth_is_wrong():
    torch.manual_seed(0)
    network = PatchRefiner(TINY)
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    tiles, boxes, coarse = torch.rand(2, 3, 96, 128), random_boxes(2), random_maps()
    target = sample_regions(coarse.depth, boxes, (96, 128)) + tiles[:, :1]
    losses = []
    for _ in range(8):
        loss = (network(tiles, boxes, coarse).depth - target).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]


@torch.no_grad()
def test_depth_keeps_its_precision_under_autocast():
    network, tiles, boxes, coarse = (
        random_refiner(),
        torch.rand(2, 3, 96, 128),
        random_boxes(2),
        random_maps(),
    )
    exact = network(tiles, boxes, coarse)
    with torch.autocast('cpu', torch.bfloat16):
        rounded = network(tiles, boxes, coarse)
    for one, expected in zip(rounded, exact, strict=True):
        assert one.dtype == torch.float32
        assert not torch.equal(one, one.bfloat16().float())
        assert (one - expected).abs().mean() < 0.05 * expected.std() + 0.01


def test_coarse_maps_of_another_network_are_refused():
    network = random_refiner()
    other = random_maps(replace(TINY, coarse_channels=(8, 8, 8, 16, 16, 64)))
    with pytest.raises(ConfigError, match=r'\[3, 8, 8, 16, 16, 64\] channels .*trained with'):
        network(torch.rand(1, 3, 96, 128), random_boxes(1), other)


def checkpoint_of(network: PatchRefiner) -> Checkpoint:
    return Checkpoint(
        network=network, network_name='patch_refiner_v2', canonical=CanonicalCamera()
    )


@torch.no_grad()
def test_a_checkpoint_comes_back(tmp_path):
    path = tmp_path / 'tiny.safetensors'
    network, tiles, boxes, coarse = (
        random_refiner(),
        torch.rand(1, 3, 96, 128),
        random_boxes(1),
        random_maps(),
    )
    save_checkpoint(path, checkpoint_of(network))
    loaded = load_checkpoint(path, REFINERS).network
    assert loaded.config == TINY
    assert torch.equal(loaded(tiles, boxes, coarse).depth, network(tiles, boxes, coarse).depth)


def test_a_refiner_is_no_network_for_images(tmp_path):
    path = tmp_path / 'tiny.safetensors'
    save_checkpoint(path, checkpoint_of(random_refiner()))
    with pytest.raises(CheckpointError, match="'patch_refiner_v2'.* small_depth or hqdec_v2"):
        load_checkpoint(path)
