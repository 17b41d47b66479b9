"""A refiner is shipped with its coarse network, and a card that says how far its training went."""

import hashlib
import json
from pathlib import Path
import shutil

import cv2
import numpy as np
import pytest
from random_refiner import (
    COARSE_SIZE_PX,
    random_refiner_graphs,
    random_refiner_weights,
    TILE_SIZE_PX,
)
from tiny_refiner import random_refiner

from depth_nodes.cli import release_refiner
from depth_nodes.cli.export_refiner import coarse_file
from depth_nodes.cli.main import main
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import write_sequence
from depth_nodes.messages.camera import Camera
from depth_nodes.networks.checkpoints import load_checkpoint, save_checkpoint
from depth_nodes.networks.registry import REFINERS
from depth_nodes.runtime.manifest import ModelFiles, read_manifest

METADATA = {
    'name': 'tiny',
    'license': 'CC-BY-4.0',
    'training_data': ['room_100000', 'hall'],
    'frames': 620,
    'steps': 40,
    'coarse': 'tiny_coarse',
    'coarse_size': COARSE_SIZE_PX,
    'tile_size': TILE_SIZE_PX,
}
RECORDS = [
    {'step': 20, 'loss': 1.0, 'elapsed_s': 3600.0},
    {'step': 40, 'loss': 0.5, 'elapsed_s': 7200.0},
    {'step': 40, 'rendered_room/coarse_edge_f1': 0.25, 'rendered_room/refined_edge_f1': 0.5},
]

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def training(tmp_path_factory) -> Path:
    """What a training leaves behind in which the coarse network has learnt too."""
    folder = tmp_path_factory.mktemp('run')
    weights = random_refiner_weights()
    trained = load_checkpoint(weights.safetensors_path, REFINERS)
    trained.metadata.clear()
    trained.metadata.update(METADATA)
    save_checkpoint(folder / 'tiny.safetensors', trained)
    shutil.copy(weights.coarse.safetensors_path, folder / 'tiny_coarse.safetensors')
    (folder / 'curves.jsonl').write_text(''.join(json.dumps(one) + '\n' for one in RECORDS))
    return folder


def copied_graphs(model: ModelFiles, output: Path, size_px: tuple[int, int]) -> None:
    """Those of the same weights, which other tests have exported; see test_export.py."""
    assert size_px == COARSE_SIZE_PX
    graphs = random_refiner_graphs()
    shutil.copy(graphs.onnx_path, output)
    shutil.copy(graphs.coarse.onnx_path, coarse_file(output))


@pytest.fixture(scope='module')
def models(training, tmp_path_factory) -> Path:
    rng = np.random.default_rng(0)
    depth = np.full((96, 128), 2.0, np.float32)
    depth[30:60, 40:80] = 1.0
    image = rng.integers(0, 256, (96, 128, 3), np.uint8)
    camera = Camera.from_fov(128, 96, 70.0)
    sample = Sample(name='000000', image=image, camera=camera, depth_m=depth)
    sequence = tmp_path_factory.mktemp('data') / 'table'
    write_sequence(sequence, [sample], name='table')
    models = tmp_path_factory.mktemp('repository') / 'models'
    options = ['--run', training, '--sequence', sequence, '--models-dir', models]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release_refiner, 'export_refiner', copied_graphs)
        patch.setattr(release_refiner, 'VIEW_SIZE_PX', (96, 160))
        patch.setattr(release_refiner, 'DOMAINS', ('room',))
        assert main(['release', *map(str, options), '--rendered-views', '1']) == 0
    return models


@pytest.fixture(scope='module')
def model(models) -> ModelFiles:
    return read_manifest(models / 'manifest.yaml')['tiny']


def test_the_files_are_whole_and_nothing_else_is_left(models, model):
    assert sorted(path.name for path in models.iterdir()) == [
        'manifest.yaml', 'tiny.md', 'tiny.onnx', 'tiny.safetensors', 'tiny_coarse.onnx',
        'tiny_coarse.safetensors',
    ]  # fmt: skip
    for one in (model, model.coarse):
        for kind in ('onnx', 'safetensors'):
            path = one.path(kind)
            assert path.parent == models
            assert hashlib.sha256(path.read_bytes()).hexdigest() == one.sha256(kind)
            assert path.stat().st_mode & 0o777 == 0o644


def test_the_manifest_says_what_it_is_and_how_to_use_it(model):
    assert model.license == 'CC-BY-4.0'
    assert model.training_data == ('rendered_room', 'hall')
    assert (model.input_height_px, model.input_width_px) == COARSE_SIZE_PX
    assert (model.tile_height_px, model.tile_width_px) == TILE_SIZE_PX
    assert model.num_parameters == sum(one.numel() for one in random_refiner().parameters())
    assert set(model.scores) == {'rendered_room', 'table'}
    assert model.scores['table'].keys() >= {'coarse_edge_f1', 'refined_edge_f1', 'refined_rmse_m'}


def test_the_card_says_how_far_its_training_went_and_what_it_does(models, model):
    card = (models / 'tiny.md').read_text()
    assert '40 steps on 620 frames in 2.0 hours' in card
    assert '| 40 | rendered_room | 0.250 / 0.500 | - / - | - / - |' in card
    scores = model.scores['table']
    f1 = f'{scores["coarse_edge_f1"]:.3f} / {scores["refined_edge_f1"]:.3f}'
    assert f'| table | {f1} |' in card
    assert '96x160' in card
    picture = models / '../docs/images/tiny_curves.png'
    assert '](../docs/images/tiny_curves.png)' in card
    assert cv2.imread(str(picture)) is not None
