"""The exported refiner says what the network says, for any number of tiles."""

from collections.abc import Iterator
import gc
import json

import numpy as np
import onnxruntime
import pytest
from tiny_refiner import random_boxes, random_maps, random_refiner
import torch

from depth_nodes.networks.refiner_export import export_refiner_onnx, INPUT_NAMES


@pytest.fixture
def kept_garbage() -> Iterator[None]:
    """The exporter makes many objects that stay; to look through them takes a fourth of it."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.slow
@pytest.mark.usefixtures('kept_garbage')
def test_onnx_runtime_agrees_with_torch_for_any_number_of_tiles(tmp_path):
    network, path = random_refiner(), tmp_path / 'tiny.onnx'
    export_refiner_onnx(
        network, path, coarse=random_maps(), tile_size_px=(96, 128), metadata={'name': 'a'}
    )
    session = onnxruntime.InferenceSession(str(path), providers=['CPUExecutionProvider'])
    header = json.loads(session.get_modelmeta().custom_metadata_map['depth_nodes'])
    assert header['metadata'] == {'name': 'a'}
    for num_tiles in (1, 4, 16):
        tiles, boxes, coarse = (
            torch.rand(num_tiles, 3, 96, 128),
            random_boxes(num_tiles),
            random_maps(),
        )
        with torch.no_grad():
            expected = network.refine(tiles, boxes, coarse).depth.numpy()
        inputs = (tiles, boxes, coarse.depth, *coarse.features)
        (depth,) = session.run(
            ['depth'],
            {name: value.numpy() for name, value in zip(INPUT_NAMES, inputs, strict=True)},
        )
        assert depth.shape == (num_tiles, 1, 96, 128)
        assert np.ptp(expected) > 0.5
        assert np.abs(depth - expected).max() <= 1e-4
