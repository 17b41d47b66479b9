"""A refiner that has learnt nothing, and its coarse network, on disk for tests."""

import atexit
from functools import cache
from pathlib import Path
import shutil
import tempfile

from random_model import CANONICAL, random_weights, TINY
from tiny_refiner import random_refiner

from depth_nodes.cli.main import main
from depth_nodes.networks.checkpoints import Checkpoint, save_checkpoint
from depth_nodes.networks.patch_refiner_v2.patch_refiner import PatchRefiner
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.model_store import find_model

TILE_SIZE_PX, COARSE_SIZE_PX = (96, 128), (96, 160)


@cache
def random_refiner_weights() -> ModelFiles:
    """Weights of both networks, written once for all tests; nobody may change them."""
    return written_refiner(random_refiner())


@cache
def random_refiner_graphs() -> ModelFiles:
    """The same for ONNX Runtime, exported by the command; it takes many seconds."""
    weights = random_refiner_weights().safetensors_path
    graph = weights.with_suffix('.onnx')
    assert main(['export', '--model', str(weights), '--output', str(graph)]) == 0
    return find_model(str(graph))


def written_refiner(network: PatchRefiner) -> ModelFiles:
    """The weights of a refiner beside those of a random coarse network."""
    folder = Path(tempfile.mkdtemp(prefix='depth_nodes_test_'))
    atexit.register(shutil.rmtree, folder)
    weights = folder / 'random_refiner.safetensors'
    shutil.copy(random_weights(TINY).safetensors_path, folder / 'random_coarse.safetensors')
    checkpoint = Checkpoint(
        network=network,
        network_name='patch_refiner_v2',
        canonical=CANONICAL,
        metadata={
            'name': 'random_refiner',
            'license': 'CC-BY-NC-4.0',
            'coarse': 'random_coarse',
            'coarse_size': COARSE_SIZE_PX,
            'tile_size': TILE_SIZE_PX,
        },
    )
    save_checkpoint(weights, checkpoint)
    return find_model(str(weights))
