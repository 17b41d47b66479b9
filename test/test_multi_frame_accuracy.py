"""benchmarks/multi_frame_accuracy.py: one command for what the frame before does, with its bar."""

from dataclasses import replace
import importlib.util
import json
from pathlib import Path
import sys

import numpy as np
import pytest
from random_model import random_multi_frame_weights
from tiny_drive import tiny_drive

from depth_nodes.data.sequence import write_sequence

SCRIPT = Path(__file__).resolve().parents[1] / 'benchmarks/multi_frame_accuracy.py'
SPEC = importlib.util.spec_from_file_location('multi_frame_accuracy', SCRIPT)
script = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(script)


def scores(previous: float, single: float) -> dict:
    return {
        'previous': {'metres': previous, 'median': 0.1},
        'single': {'metres': single, 'median': 0.1},
    }


@pytest.mark.parametrize(
    ('previous', 'is_missed'), [(0.18, False), (0.181, True), (float('nan'), True)]
)
def test_a_missed_bar_is_a_line(previous, is_missed):
    assert bool(script.missed_bars({'room': scores(previous, 0.2)}, 'single')) == is_missed


def measured(tmp_path, monkeypatch, *options) -> tuple[int, dict | None]:
    output = tmp_path / 'out.json'
    model = str(random_multi_frame_weights().safetensors_path)
    arguments = ['--model', model, '--backend', 'torch', '--output', str(output)]
    monkeypatch.setattr(sys, 'argv', ['multi_frame_accuracy', *arguments, *map(str, options)])
    code = script.main()
    return code, json.loads(output.read_text()) if output.is_file() else None


def test_a_network_that_has_learnt_nothing_misses_the_bar(tmp_path, monkeypatch, capsys):
    write_sequence(tmp_path / 'drive', tiny_drive(4), name='drive')
    folders = ('--domains', '--sequence', f'{tmp_path}/drive:1')
    code, result = measured(tmp_path, monkeypatch, *folders)
    found = result['sequences']['drive']
    assert code == 1
    assert (found['previous']['frames'], len(result['missed'])) == (3, 1)
    # Its first frame has none before, and the others look at one.
    assert found['previous'] != found['alone']
    assert 'previous / alone' in capsys.readouterr().out


def test_wrong_poses_are_told_to_the_network_alone(tmp_path, monkeypatch):
    write_sequence(tmp_path / 'drive', tiny_drive(4), name='drive')
    folders = ('--domains', '--sequence', f'{tmp_path}/drive:1', '--pose-errors')
    monkeypatch.setattr(script, 'POSE_ERRORS', {'none': (1.0, 0.0), 'far': (1.2, 0.0)})
    _, result = measured(tmp_path, monkeypatch, *folders)
    found = result['sequences']['drive']
    assert found['none'] == found['previous']
    assert found['far'] != found['previous']


def test_rotations_are_off_by_as_much_as_asked():
    told = []
    predict = script.misled(lambda sample: told.append(sample.world_from_camera), 1.5, 0.2)
    (sample,) = tiny_drive(1)
    for _ in range(2000):
        predict(sample)
    turns = [
        script.cv2.Rodrigues(sample.world_from_camera[:3, :3].T @ one[:3, :3])[0] for one in told
    ]
    assert np.degrees(np.std(turns)) == pytest.approx(0.2, rel=0.05)
    assert np.allclose([one[:3, 3] for one in told], 1.5 * sample.world_from_camera[:3, 3])
    predict(replace(sample, world_from_camera=None))
    assert told[-1] is None


def test_a_folder_without_poses_is_refused(tmp_path, monkeypatch, capsys):
    write_sequence(tmp_path / 'drive', tiny_drive(2), name='drive')
    folders = ('--domains', '--sequence', f'{tmp_path}/drive')
    assert measured(tmp_path, monkeypatch, *folders[:2], f'{folders[2]}:2') == (2, None)
    (tmp_path / 'drive' / 'poses.txt').unlink()
    assert measured(tmp_path, monkeypatch, *folders) == (2, None)
    assert 'has no poses.txt' in capsys.readouterr().err
