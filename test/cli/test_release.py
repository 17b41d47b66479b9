from dataclasses import replace
import hashlib
import json
from pathlib import Path
import shutil

import cv2
import numpy as np
import pytest
from random_model import CANONICAL, random_network
from tiny_training import CONFIG

from depth_nodes.cli.main import main
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import write_sequence
from depth_nodes.evaluation.model_card import BEGIN, END
from depth_nodes.messages.camera import Camera
from depth_nodes.networks.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from depth_nodes.runtime.manifest import read_manifest

METADATA = {
    'name': 'tiny',
    'license': 'CC-BY-4.0',
    'training_data': ['hall', 'room_100000', 'r1_room_100020', 'rendered_street'],
    'steps': 40,
}
RECORDS = [{'step': 20, 'loss': 1.0}, {'step': 40, 'loss': 0.5}, {'step': 40, 'hall/none': 0.3}]


@pytest.fixture(scope='module')
def training(tmp_path_factory) -> Path:
    """What a training leaves behind."""
    folder = tmp_path_factory.mktemp('run')
    save_checkpoint(
        folder / 'tiny.safetensors',
        Checkpoint(
            network=random_network(CONFIG.network),
            network_name='small_depth',
            canonical=CANONICAL,
            metadata=METADATA,
        ),
    )
    (folder / 'state.safetensors').write_bytes(b'not to be shipped')
    lines = [json.dumps(record) + '\n' for record in RECORDS]
    (folder / 'curves.jsonl').write_text(''.join(lines))
    return folder


@pytest.fixture(scope='module')
def kitchen(tmp_path_factory) -> Path:
    rng = np.random.default_rng(0)
    samples = [
        Sample(
            name=f'{index:06d}',
            image=rng.integers(0, 256, (96, 128, 3), np.uint8),
            camera=Camera.from_fov(128, 96, 70.0),
            depth_m=rng.uniform(1, 5, (96, 128)).astype(np.float32),
        )
        for index in range(2)
    ]
    folder = tmp_path_factory.mktemp('data') / 'seven_scenes_kitchen'
    write_sequence(folder, samples, name='seven_scenes_kitchen')
    return folder


def run(training: Path, kitchen: Path, models: Path, *more: str) -> int:
    paths = ['--run', training, '--sequence', kitchen, '--models-dir', models]
    return main(['release', *map(str, paths), '--size', '96x128', '--rendered-views', '1', *more])


@pytest.fixture(scope='module')
def models(training, kitchen, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp('repository') / 'models'
    folder.mkdir()
    (folder / 'tiny.md').write_text(f'# By hand\n{BEGIN}\nold\n{END}\nbelow\n')
    other = 'models:\n  other:\n    license: MIT\n    summary: stays\n'
    (folder / 'manifest.yaml').write_text(other)
    assert run(training, kitchen, folder, '--summary', 'small') == 0
    return folder


def test_the_manifest_describes_the_new_files_and_keeps_the_other_model(models):
    manifest = read_manifest(models / 'manifest.yaml')
    assert list(manifest) == ['other', 'tiny']
    assert manifest['other'].summary == 'stays'
    tiny = manifest['tiny']
    assert (tiny.summary, tiny.license) == ('small', 'CC-BY-4.0')
    assert (tiny.input_height_px, tiny.input_width_px) == (96, 128)
    assert tiny.canonical == CANONICAL
    # Folding leaves one bias of each batch norm.
    num_trained = sum(p.numel() for p in random_network(CONFIG.network).parameters())
    assert 0.8 * num_trained < tiny.num_parameters < num_trained
    assert tuple(tiny.training_data) == ('hall', 'rendered_room', 'rendered_street')
    for kind in ('onnx', 'safetensors'):
        path = tiny.path(kind)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == tiny.sha256(kind)
        assert path.stat().st_mode & 0o777 == 0o644


def test_nothing_else_is_left_in_the_folder(models):
    assert sorted(path.name for path in models.iterdir()) == [
        'manifest.yaml', 'tiny.md', 'tiny.onnx', 'tiny.safetensors',
    ]  # fmt: skip


def test_the_weights_carry_their_origin_and_size(models):
    metadata = load_checkpoint(models / 'tiny.safetensors').metadata
    expected = {'training_data': ['hall', 'rendered_room', 'rendered_street']}
    size = {'input_height_px': 96, 'input_width_px': 128}
    assert metadata == {**METADATA, **expected, **size}


def test_the_scores_are_those_of_evaluate(models, kitchen, tmp_path):
    scores = read_manifest(models / 'manifest.yaml')['tiny'].scores['seven_scenes_kitchen']
    assert set(scores) == {
        'abs_rel_metres', 'abs_rel_median', 'd1_median', 'scale_std_over_median',
        'flip_abs_rel_median',
    }  # fmt: skip
    for align in ('none', 'median'):
        model = ['--model', str(models / 'tiny.onnx'), '--align', align]
        output = ['--output', str(tmp_path / f'{align}.json')]
        assert main(['evaluate', '--sequence', str(kitchen), *model, *output]) == 0
        result = json.loads((tmp_path / f'{align}.json').read_text())['overall']
        key = {'none': 'abs_rel_metres', 'median': 'abs_rel_median'}[align]
        assert scores[key] == pytest.approx(result['abs_rel'], abs=6e-4)
        assert scores['scale_std_over_median'] == pytest.approx(
            result['scale_std_over_median'], abs=6e-4
        )


def test_the_card_keeps_what_was_written_by_hand_and_shows_the_scores(models):
    card = (models / 'tiny.md').read_text()
    assert card.startswith(f'# By hand\n{BEGIN}\n')
    assert card.endswith(f'\n{END}\nbelow\n')
    scores = read_manifest(models / 'manifest.yaml')['tiny'].scores['seven_scenes_kitchen']
    row = f'| {scores["abs_rel_metres"]:.3f} | {scores["abs_rel_median"]:.3f} |'
    assert f'| seven_scenes_kitchen {row}' in card
    for name in ('rendered_room', 'rendered_street', 'rendered_yard', 'TCMonoDepth small'):
        assert name in card


def test_the_pictures_of_the_card_are_there_and_small(models):
    for name in ('tiny_curves.png', 'tiny_failures.jpg'):
        path = Path('../docs/images') / name
        assert f']({path})' in (models / 'tiny.md').read_text()
        assert (models / path).stat().st_size < 300_000
        assert cv2.imread(str(models / path)) is not None


def failing(capsys, *arguments, **keywords) -> str:
    assert run(*arguments, **keywords) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith('depth_nodes: error: ')
    return error


def test_a_card_that_says_nothing_about_scores_stops_it_before_anything_is_shipped(
    training, kitchen, tmp_path, capsys
):
    (tmp_path / 'tiny.md').write_text('# By hand\n')
    assert 'does not say where scores go' in failing(capsys, training, kitchen, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ['tiny.md']


def test_a_folder_that_no_training_wrote_is_refused(kitchen, tmp_path, capsys):
    assert 'give the output folder of a training' in failing(
        capsys, tmp_path / 'none', kitchen, tmp_path / 'models'
    )


def test_a_run_without_one_set_of_weights_is_refused(training, kitchen, tmp_path, capsys):
    (tmp_path / 'curves.jsonl').write_text((training / 'curves.jsonl').read_text())
    error = failing(capsys, tmp_path, kitchen, tmp_path / 'models')
    assert 'must hold the weights of one model and holds none' in error


def test_weights_that_do_not_say_their_name_are_refused(training, kitchen, tmp_path, capsys):
    shutil.copy(training / 'curves.jsonl', tmp_path)
    bare = replace(load_checkpoint(training / 'tiny.safetensors'), metadata={})
    save_checkpoint(tmp_path / 'tiny.safetensors', bare)
    error = failing(capsys, tmp_path, kitchen, tmp_path / 'models')
    assert 'does not say its name' in error


def test_a_card_that_is_no_text_is_refused(training, kitchen, tmp_path, capsys):
    (tmp_path / 'tiny.md').write_bytes(b'\xff')
    assert 'tiny.md is no text' in failing(capsys, training, kitchen, tmp_path)


def test_a_wrong_manifest_is_told_before_the_measuring(training, kitchen, tmp_path, capsys):
    (tmp_path / 'manifest.yaml').write_text('models: 3')
    assert run(training, kitchen, tmp_path) == 2
    assert 'manifest.yaml: models' in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ['manifest.yaml']


def test_a_diverged_training_is_refused(training, kitchen, tmp_path, capsys):
    (tmp_path / 'curves.jsonl').write_text('{"step": 20, "loss": NaN}\n')
    error = failing(capsys, tmp_path, kitchen, tmp_path / 'models')
    assert 'the loss is no number' in error
