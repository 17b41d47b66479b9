"""HQDecv2: the published count, its shapes and its laws."""

import json

import numpy as np
import onnxruntime
import pytest
import torch

from depth_nodes.errors import ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from depth_nodes.networks.export import export_onnx
from depth_nodes.networks.hqdec_v2 import DeployedHqDecV2, HqDecV2, HqDecV2Config

# As few operations as the network can have.
TINY = HqDecV2Config(
    backbone='test_efficientnet',
    squeeze=(2, 2, 2),
    context_levels=(1, 0, 0),
    context_widths=(8, 8, 8),
    context_heads=(2, 2, 2),
    context_layers=(1, 0, 0),
    head_width=8,
)


def make_network(config: HqDecV2Config = TINY) -> HqDecV2:
    torch.manual_seed(0)
    return HqDecV2(config)


def test_parameters_of_the_paper():
    with torch.device('meta'):
        network = HqDecV2(HqDecV2Config())
    total = sum(value.numel() for value in network.parameters())
    assert total == pytest.approx(24.65e6, rel=0.01)


def test_outputs_and_features_at_every_level():
    network = make_network(HqDecV2Config(backbone='test_efficientnet')).eval()
    with torch.no_grad():
        output, features = network.predict(torch.rand(1, 3, 96, 160))
    for scale, head in enumerate(output):
        assert head.shape == (1, 1, 96 >> scale, 160 >> scale)
        assert head.logit().mean() == pytest.approx(-4.5, abs=0.5)
    strides = [2, 4, 8, 16, 32]
    for encoder, decoder, stride in zip(features.encoder, features.decoder, strides, strict=True):
        assert encoder.shape[2:] == (96 // stride, 160 // stride)
        assert decoder.shape[2:] == (192 // stride, 320 // stride)


def test_training_reaches_every_parameter():
    network = make_network()
    sum(head.log().mean() for head in network(torch.rand(2, 3, 96, 96))).backward()
    for part in (network.decoder, network.heads):
        assert all(value.grad is not None for value in part.parameters())


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


def test_images_of_a_batch_do_not_see_each_other_in_use():
    network = make_network().eval()
    images = torch.rand(2, 3, 96, 96)
    with torch.no_grad():
        together = network(images).full
        alone = torch.cat([network(image[None]).full for image in images])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-6)


def test_heads_say_depth_in_full_precision_under_autocast():
    network = make_network().eval()
    image = torch.rand(1, 3, 96, 96)
    with torch.no_grad():
        exact = network(image)
        with torch.autocast('cpu', torch.bfloat16):
            rounded = network(image)
    for head, expected in zip(rounded, exact, strict=True):
        assert head.dtype == torch.float32
        assert not torch.equal(head, head.bfloat16().float())
        torch.testing.assert_close(head.log(), expected.log(), rtol=0, atol=0.1)


def test_the_deployed_form_is_the_same_function():
    network = make_network()
    with torch.no_grad():
        network(torch.rand(2, 3, 96, 96))
        network.eval()
        image = torch.rand(1, 3, 96, 160)
        deployed = DeployedHqDecV2(network).eval()(image)
        torch.testing.assert_close(deployed, network(image).full, rtol=1e-4, atol=1e-7)


def test_a_checkpoint_of_a_pretrained_network_asks_no_hub(tmp_path):
    network = make_network()
    assert network.config == TINY
    path = tmp_path / 'tiny.safetensors'
    canonical = CanonicalCamera(focal_px=300.0)
    save_checkpoint(
        path, Checkpoint(network=network, network_name='hqdec_v2', canonical=canonical)
    )
    loaded = load_checkpoint(path).network
    assert loaded.config == TINY
    image = torch.rand(1, 3, 96, 96)
    with torch.no_grad():
        assert torch.equal(loaded(image).full, network.eval()(image).full)


@pytest.mark.slow
def test_onnx_runtime_agrees_with_torch_at_every_size(tmp_path):
    network, path = make_network().eval(), tmp_path / 'tiny.onnx'
    for head in network.heads:
        head.filter.weight.data *= 20
    export_onnx(network, path, canonical=CanonicalCamera(focal_px=300.0), metadata={'name': 'a'})
    session = onnxruntime.InferenceSession(str(path), providers=['CPUExecutionProvider'])
    header = json.loads(session.get_modelmeta().custom_metadata_map['depth_nodes'])
    assert header['metadata'] == {'name': 'a'}
    for size in ((96, 96), (128, 416)):
        image = np.random.default_rng(1).random((1, 3, *size), dtype=np.float32)
        (output,) = session.run(['sigmoid_output'], {'image': image})
        with torch.no_grad():
            expected = network(torch.from_numpy(image)).full.numpy()
        assert expected.max() > 1.1 * expected.min()
        assert (np.abs(output - expected) / expected).mean() <= 1e-4


def test_impossible_tables_are_refused():
    with pytest.raises(ConfigError, match='of one length'):
        HqDecV2Config(squeeze=(2, 4))
    with pytest.raises(ConfigError, match='must divide'):
        HqDecV2Config(context_heads=(5, 4, 4, 8, 8))
    with pytest.raises(ConfigError, match='strides'):
        HqDecV2(HqDecV2Config(backbone='test_vit'))
