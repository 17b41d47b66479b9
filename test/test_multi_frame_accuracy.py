"""benchmarks/multi_frame_accuracy.py: one command for what the frame before does, with its bar."""

import importlib.util
import json
from pathlib import Path
import sys

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


def test_a_folder_without_poses_is_refused(tmp_path, monkeypatch, capsys):
    write_sequence(tmp_path / 'drive', tiny_drive(2), name='drive')
    folders = ('--domains', '--sequence', f'{tmp_path}/drive')
    assert measured(tmp_path, monkeypatch, *folders[:2], f'{folders[2]}:2') == (2, None)
    (tmp_path / 'drive' / 'poses.txt').unlink()
    assert measured(tmp_path, monkeypatch, *folders) == (2, None)
    assert 'has no poses.txt' in capsys.readouterr().err
