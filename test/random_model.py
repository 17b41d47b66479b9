"""Networks that have learnt nothing, on disk in both formats, for tests of what loads them."""

import atexit
from dataclasses import replace
from functools import cache
from pathlib import Path
import shutil
import tempfile

import torch
from torch import nn

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.checkpoints import Checkpoint, save_checkpoint
from depth_nodes.networks.export import export_onnx
from depth_nodes.networks.multi_frame_depth import (
    MatchingConfig,
    MultiFrameDepth,
    MultiFrameDepthConfig,
)
from depth_nodes.networks.small_depth import SmallDepth, SmallDepthConfig
from depth_nodes.runtime.manifest import ModelFiles

CANONICAL = CanonicalCamera(focal_px=300.0, min_depth_m=0.05, max_depth_m=400.0)
# Of the same make, and ten times as fast.
TINY = SmallDepthConfig(widths=(8, 8, 16, 16, 32), last_width=8, num_blocks=(0, 0, 1, 1, 1))
METADATA = {
    'name': 'random',
    'license': 'CC-BY-NC-4.0',
    'input_height_px': 96,
    'input_width_px': 128,
}


def random_network(config: SmallDepthConfig | None = None) -> SmallDepth:
    """Weights and batch norms that leave no channel as it was, the output spread over 0..1."""
    torch.manual_seed(0)
    network = SmallDepth(config or SmallDepthConfig()).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.1)
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
        elif isinstance(module, nn.Conv2d):
            module.weight.data *= 2
    return network


def random_multi_frame_network() -> MultiFrameDepth:
    """One of several frames whose output the frame before changes everywhere."""
    torch.manual_seed(0)
    config = MultiFrameDepthConfig(small_depth=TINY, matching=MatchingConfig(num_planes=8))
    network = MultiFrameDepth(config).eval()
    network.single = random_network(TINY)
    nn.init.normal_(network.reduce[-1].weight, std=0.3)
    network.nearest_m_per_px.fill_(5 / 256)  # where about its depth lies
    return network


@cache
def random_multi_frame_model() -> ModelFiles:
    """Its files, written once for all tests; nobody may change them."""
    model = random_multi_frame_weights()
    graph = model.safetensors_path.with_suffix('.onnx')
    export_onnx(random_multi_frame_network(), graph, canonical=CANONICAL, metadata=METADATA)
    return replace(model, onnx_path=graph)


@cache
def random_multi_frame_weights() -> ModelFiles:
    """The same without the graph, whose export takes seconds."""
    return replace(_saved(random_multi_frame_network(), 'multi_frame_depth'), is_multi_frame=True)


@cache
def random_model() -> ModelFiles:
    """The files, written once for all tests; nobody may change them."""
    model = random_weights()
    graph = model.safetensors_path.with_suffix('.onnx')
    export_onnx(random_network(), graph, canonical=CANONICAL, metadata=METADATA)
    return replace(model, onnx_path=graph)


@cache
def random_weights(config: SmallDepthConfig | None = None) -> ModelFiles:
    """The same without the graph, whose export takes seconds."""
    return _saved(random_network(config), 'small_depth')


def _saved(network: nn.Module, network_name: str) -> ModelFiles:
    folder = Path(tempfile.mkdtemp(prefix='depth_nodes_test_'))
    atexit.register(shutil.rmtree, folder)
    weights = folder / 'random.safetensors'
    checkpoint = Checkpoint(
        network=network,
        network_name=network_name,
        canonical=CANONICAL,
        metadata=METADATA,
    )
    save_checkpoint(weights, checkpoint)
    return ModelFiles(
        name='random',
        safetensors_path=weights,
        canonical=CANONICAL,
        input_height_px=96,
        input_width_px=128,
    )
