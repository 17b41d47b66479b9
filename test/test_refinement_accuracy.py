"""benchmarks/refinement_accuracy.py: one command for what refinement does, with its bars."""

import importlib.util
import json
from pathlib import Path
import sys

import numpy as np
import pytest
from random_refiner import random_refiner_weights

from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import write_sequence
from depth_nodes.evaluation.refinement import RefinementScores, StageScores
from depth_nodes.messages.camera import Camera

SCRIPT = Path(__file__).resolve().parents[1] / 'benchmarks/refinement_accuracy.py'
SPEC = importlib.util.spec_from_file_location('refinement_accuracy', SCRIPT)
script = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(script)

COARSE = StageScores(edge_f1=0.2, see_m=1.0, rmse_m=1.0, abs_rel=0.1)


def scores(**refined: float) -> RefinementScores:
    return RefinementScores(2, 2, COARSE, COARSE._replace(**refined))


@pytest.mark.parametrize(
    ('refined', 'bars', 'missed'),
    [
        ({'edge_f1': 0.26, 'rmse_m': 1.0}, script.RENDERED_BARS, []),
        ({'edge_f1': 0.24, 'rmse_m': 1.0}, script.RENDERED_BARS, ['edge_f1']),
        ({'edge_f1': 0.26, 'rmse_m': 1.1}, script.RENDERED_BARS, ['rmse_m']),
        ({'edge_f1': 0.23, 'abs_rel': 0.1015}, script.RECORDED_BARS, []),
        ({'edge_f1': 0.21, 'abs_rel': 0.103}, script.RECORDED_BARS, ['edge_f1', 'abs_rel']),
        ({'edge_f1': np.nan}, script.RECORDED_BARS, ['edge_f1']),
    ],
)
def test_a_missed_bar_is_a_line(refined, bars, missed):
    lines = script.missed_bars({'room': scores(**refined)}, bars)
    assert [line.split()[1] for line in lines] == missed


def test_what_is_no_number_is_none_in_json():
    none = RefinementScores(1, 0, COARSE._replace(edge_f1=0.0), COARSE)
    assert script.in_json(none)['ratio']['edge_f1'] is None
    assert script.in_json(none)['refined']['edge_f1'] == 0.2


def test_random_weights_are_measured_and_miss_the_bars(tmp_path, monkeypatch, capsys):
    rng = np.random.default_rng(0)
    depth = np.full((96, 128), 2.0, np.float32)
    depth[30:60, 40:80] = 1.0
    sample = Sample(
        name='000000',
        image=rng.integers(0, 256, (96, 128, 3), np.uint8),
        camera=Camera.from_fov(128, 96, 60.0),
        depth_m=depth,
    )
    write_sequence(tmp_path / 'table', [sample], name='table')
    output, refiner = tmp_path / 'new/a.json', random_refiner_weights()
    options = ['--model', refiner.coarse.safetensors_path, '--refiner', refiner.safetensors_path]
    options += ['--backend', 'torch', '--domains', 'room', '--views', '1', '--size', '96x160']
    options += ['--sequence', tmp_path / 'table', '--output', output]
    monkeypatch.setattr(sys, 'argv', ['refinement_accuracy.py', *map(str, options)])
    assert script.main() == 1
    result = json.loads(output.read_text())
    assert set(result['sequences']) == {'rendered_room', 'table'}
    assert result['settings']['model'] == 'random refined by random_refiner'
    assert all('times the coarse one' in line for line in result['missed'])
    assert '| table |' in capsys.readouterr().out


def test_a_refiner_that_is_not_there_is_one_line(tmp_path, monkeypatch, capsys):
    options = ['--refiner', 'none', '--domains', '--output', str(tmp_path / 'a.json')]
    monkeypatch.setattr(sys, 'argv', ['refinement_accuracy.py', *options])
    assert script.main() == 2
    assert capsys.readouterr().err.count("there is no model 'none'") == 1
    assert not (tmp_path / 'a.json').exists()
