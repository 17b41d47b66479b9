"""Curves have one value a step, also where a run was cut off and resumed."""

import json

import pytest

from depth_nodes.errors import InputError
from depth_nodes.training.recorder import Recorder


def steps_in(folder):
    return [
        json.loads(line)['step'] for line in (folder / 'curves.jsonl').read_text().split('\n')[:-1]
    ]


def test_values_after_the_resumed_step_are_dropped(tmp_path):
    with Recorder(tmp_path) as recorder:
        for step in (20, 40, 60):
            recorder.record(step, {'loss': 1 / step})
    with (tmp_path / 'curves.jsonl').open('a') as file:
        file.write('{"step": 8')
    with Recorder(tmp_path, 40) as recorder:
        recorder.record(60, {'loss': 0.5})
    assert steps_in(tmp_path) == [20, 40, 60]
    last = (tmp_path / 'curves.jsonl').read_text().splitlines()[-1]
    assert json.loads(last) == {'step': 60, 'loss': 0.5}


def test_a_new_run_starts_new_curves(tmp_path):
    for _ in range(2):
        with Recorder(tmp_path) as recorder:
            recorder.record(20, {'loss': 1.0})
    assert steps_in(tmp_path) == [20]


@pytest.mark.parametrize('damage', [b'\xff\n', b'{"loss": 1}\n', b'[1]\n'])
def test_damaged_curves_are_told(tmp_path, damage):
    (tmp_path / 'curves.jsonl').write_bytes(damage)
    with pytest.raises(InputError, match='is damaged'):
        Recorder(tmp_path, 3)
    assert (tmp_path / 'curves.jsonl').read_bytes() == damage
