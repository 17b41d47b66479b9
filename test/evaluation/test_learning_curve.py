from dataclasses import replace
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from tiny_training import CONFIG, make_trainer

from depth_nodes.errors import InputError
from depth_nodes.evaluation.learning_curve import (
    draw_curves,
    LearningCurves,
    read_curves,
    REFINER,
)

RECORDS = [
    {'step': 20, 'loss': 1.0, 'gradient_norm': 2.0, 'elapsed_s': 3.0},
    {'step': 40, 'loss': 0.5, 'gradient_norm': 2.0, 'elapsed_s': 6.0},
    {'step': 40, 'hall/none': 0.4, 'hall/median': 0.3},
    {'step': 60, 'loss': 0.25, 'gradient_norm': 2.0, 'elapsed_s': 9.0},
    {'step': 80, 'hall/none': 0.2, 'hall/median': 0.1},
]


def write(path: Path, records: list[dict[str, float]]) -> Path:
    path.write_text(''.join(json.dumps(record) + '\n' for record in records))
    return path


def test_loss_and_validation_are_told_apart(tmp_path):
    curves = read_curves(write(tmp_path / 'curves.jsonl', RECORDS))
    assert curves.loss == [(20, 1.0), (40, 0.5), (60, 0.25)]
    assert curves.validation == {
        'hall/none': [(40, 0.4), (80, 0.2)],
        'hall/median': [(40, 0.3), (80, 0.1)],
    }


def test_what_a_training_writes_is_understood(tmp_path):
    make_trainer(tmp_path, replace(CONFIG, num_steps=20, validation_interval=10)).train()
    curves = read_curves(tmp_path / 'curves.jsonl')
    assert [step for step, _ in curves.validation['corridor/none']] == [10, 20]
    assert [step for step, _ in curves.loss] == [20]
    assert set(curves.validation) == {'corridor/none', 'corridor/median'}


@pytest.mark.parametrize(
    'validation', [{}, {'hall/none': [(40, 0.4)], 'hall/median': [(40, 0.3)]}]
)
def test_the_picture_is_small_and_has_both_curves_in_it(tmp_path, validation):
    path = tmp_path / 'new' / 'curves.png'
    loss = [(step, 1 / (1 + step)) for step in range(100)]
    draw_curves(LearningCurves(loss, validation), path)
    picture = cv2.imread(str(path))
    assert picture.shape == (380, 1000, 3)
    assert path.stat().st_size < 300_000
    has_blue = [np.any(np.ptp(half, axis=2) > 60) for half in np.split(picture, 2, axis=1)]
    assert has_blue == [True, bool(validation)]


def test_of_a_refiner_the_edges_are_drawn(tmp_path):
    path = tmp_path / 'curves.png'
    names = ('coarse_edge_f1', 'refined_edge_f1', 'refined_rmse_m')
    validation = {f'room/{name}': [(40, 0.4), (80, 0.5)] for name in names}
    write(tmp_path / 'curves.jsonl', [*RECORDS, {'step': 80, 'room/refined_edge_f1': 0.5}])
    curves = read_curves(tmp_path / 'curves.jsonl')
    assert curves.validation['room/refined_edge_f1'] == [(80, 0.5)]
    assert curves.elapsed_s == 9.0
    pictures = []
    for kept in (validation, dict(list(validation.items())[:2])):
        draw_curves(LearningCurves(curves.loss, kept), path, REFINER)
        pictures.append(path.read_bytes())
    assert pictures[0] == pictures[1]  # other scores are not in the picture


@pytest.mark.parametrize('text', ['no json\n', '[1]\n', '{"loss": 1.0}\n', '', '{"step": 4}\n'])
def test_a_file_without_curves_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / 'curves.jsonl'
    path.write_text(text)
    with pytest.raises(InputError, match=r'curves\.jsonl holds no') as caught:
        read_curves(path)
    assert '\n' not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match='give the output folder of a training'):
        read_curves(tmp_path / 'curves.jsonl')
