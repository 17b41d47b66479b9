"""The exported graphs say what the networks say, whatever the size of the image."""

import json

import numpy as np
import onnxruntime
import pytest
from random_refiner import (
    COARSE_SIZE_PX,
    random_refiner_graphs,
    random_refiner_weights,
    TILE_SIZE_PX,
)
from tiny_refiner import random_boxes
import torch

from depth_nodes.model_header import MAP_NAMES
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.networks.patch_refiner_v2.coarse_maps import CoarseMaps
from depth_nodes.networks.patch_refiner_v2.depth_network_maps import coarse_maps_from_depth_network
from depth_nodes.networks.registry import REFINERS

pytestmark = pytest.mark.slow
SIZES = [(96, 128), (192, 352), COARSE_SIZE_PX]


@pytest.fixture(autouse=True)
def _seed() -> None:
    """The same inputs whatever ran before: for some, float32 alone is off by 1e-3."""
    torch.manual_seed(0)


def session(path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(path), providers=['CPUExecutionProvider'])


@pytest.mark.parametrize('size', SIZES)
def test_coarse_maps_are_those_of_torch(size):
    graphs, weights = random_refiner_graphs(), random_refiner_weights()
    coarse, image = load_checkpoint(weights.coarse.safetensors_path), torch.rand(1, 3, *size)
    with torch.no_grad():
        maps = coarse_maps_from_depth_network(coarse.network, image, coarse.canonical)
    depth, *features = session(graphs.coarse.onnx_path).run([*MAP_NAMES], {'image': image.numpy()})
    np.testing.assert_allclose(1 / depth, 1 / maps.depth.numpy(), atol=1e-4)
    for found, expected in zip(features, maps.features, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5 * expected.abs().max())


@pytest.mark.parametrize('size', SIZES)
def test_residuals_are_those_of_torch_for_any_number_of_tiles(size):
    graphs, weights = random_refiner_graphs(), random_refiner_weights()
    coarse, image = load_checkpoint(weights.coarse.safetensors_path), torch.rand(1, 3, *size)
    network = load_checkpoint(weights.safetensors_path, REFINERS).network
    graph = session(graphs.onnx_path)
    with torch.no_grad():
        maps = coarse_maps_from_depth_network(coarse.network, image, coarse.canonical)
    maps = CoarseMaps(maps.features, maps.depth / maps.depth.median())
    for num_tiles in (1, 4, 16):
        tiles, boxes = torch.rand(num_tiles, 3, *TILE_SIZE_PX), random_boxes(num_tiles)
        with torch.no_grad():
            expected = network.refine(tiles, boxes, maps).residual.numpy()
        inputs = dict(zip(('tiles', 'boxes'), (tiles, boxes), strict=True))
        inputs |= dict(zip(MAP_NAMES, (maps.depth, *maps.features), strict=True))
        (residual,) = graph.run(
            ['residual'], {name: value.numpy() for name, value in inputs.items()}
        )
        assert residual.shape == (num_tiles, 1, *TILE_SIZE_PX)
        assert np.ptp(expected) > 0.5
        assert np.abs(residual - expected).max() <= 1e-4


def test_the_header_says_how_to_use_the_graph():
    metadata = session(random_refiner_graphs().onnx_path).get_modelmeta().custom_metadata_map
    header = json.loads(metadata['depth_nodes'])
    assert header['metadata']['coarse'] == 'random_refiner_coarse'
    assert header['metadata']['tile_size'] == list(TILE_SIZE_PX)
    assert header['config']['width'] == 16
    assert header['canonical']['focal_px'] == 300
