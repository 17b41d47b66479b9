import dataclasses
from importlib.util import find_spec
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from depth_nodes.cli.main import main
from depth_nodes.data.bag import write_bag
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence, write_sequence
from depth_nodes.messages.camera import Camera

NUM_FRAMES = 6
FAKE = ('--model', 'fake', '--backend', 'fake')

pytestmark = pytest.mark.skipif(find_spec('rclpy') is None, reason='needs ROS 2')


@pytest.fixture
def sequence(tmp_path: Path) -> Path:
    """Six frames: the third without truth, that of the fifth out of range, poses for all."""
    random = np.random.default_rng(0)
    cameras = [Camera.from_fov(96, 72, fov_deg) for fov_deg in (70.0, 50.0)]
    samples = [
        Sample(
            name=f'{index:06d}',
            image=random.integers(0, 256, (72, 96, 3), np.uint8),
            camera=cameras[index % 2],
            depth_m=np.linspace(1, 5 + index, 72 * 96, dtype=np.float32).reshape(72, 96),
            world_from_camera=np.eye(4),
        )
        for index in range(NUM_FRAMES)
    ]
    samples[2] = dataclasses.replace(samples[2], depth_m=None)
    far_m = np.full((72, 96), 200.0, np.float32)
    samples[4] = dataclasses.replace(samples[4], depth_m=far_m)
    write_sequence(tmp_path / 'room', samples, name='room', rate_hz=10.0)
    return tmp_path / 'room'


def run(command: str, *arguments: object) -> dict[str, Any]:
    """The JSON of a command that writes it to the last of its arguments."""
    assert main([command, *map(str, arguments[:-1]), *FAKE, '--output', str(arguments[-1])]) == 0
    return json.loads(arguments[-1].read_text())


# What only a replay knows, and what is said beside numbers.
BESIDE = ('latency', 'skipped', 'clock_offset_s', 'warnings', 'ground_truth')


def numbers(document: dict[str, Any]) -> dict[str, Any]:
    """What must be the same whatever the depth came through."""
    (result,) = document['sequences'].values()
    kept = {name: value for name, value in result.items() if name not in BESIDE}
    return {'result': kept, 'overall': document['overall']}


def assert_close(found: Any, expected: Any) -> None:
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            assert_close(found[name], value)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_close(one, other)
    else:
        assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.slow
def test_stepping_gives_the_numbers_of_evaluate_each_time(tmp_path, sequence, capsys):
    compared = ('--align', 'affine', '--crop', 'garg', '--boundaries', '--sequence', sequence)
    offline = run('evaluate', *compared, tmp_path / 'offline.json')
    first = run('replay', '--step', *compared, tmp_path / 'first.json')
    second = run('replay', '--step', *compared, tmp_path / 'second.json')
    assert numbers(first) == numbers(second)
    assert_close(numbers(first), numbers(offline))
    (result,) = first['sequences'].values()
    assert result['frames'] == NUM_FRAMES - 2
    assert result['skipped'] == {'no_truth_at_stamp': 1, 'truth_out_of_range': 1}
    latency = result['latency']
    counts = [latency[name] for name in ('published', 'expected', 'dropped')]
    assert counts == [NUM_FRAMES, NUM_FRAMES, 0]
    assert 0 < latency['age_p50_ms'] <= latency['age_p95_ms'] <= latency['age_p99_ms'] < 60_000
    assert latency['cpu_share'] > 0
    assert (first['model'], first['weights_sha256'], first['complete']) == ('fake', None, True)
    assert first['command'].startswith('depth_nodes replay --step --align affine')
    assert f'{NUM_FRAMES} played' in capsys.readouterr().out


@pytest.mark.slow
def test_a_bag_steps_too_and_at_any_speed_every_frame_is_accounted_for(tmp_path, sequence):
    bag = tmp_path / 'room.bag'
    write_bag(Sequence(sequence), bag, rate_hz=10.0)
    offline = run('evaluate', '--bag', bag, tmp_path / 'offline.json')
    stepped = run('replay', '--step', '--bag', bag, tmp_path / 'stepped.json')
    assert_close(numbers(stepped), numbers(offline))
    fast = run('replay', '--rate', 300, '--bag', bag, tmp_path / 'fast.json')
    (result,) = fast['sequences'].values()
    latency = result['latency']
    assert result['frames'] + sum(result['skipped'].values()) == latency['expected'] == NUM_FRAMES
    assert latency['published'] + latency['dropped'] == NUM_FRAMES
    assert result['skipped'].get('no_depth_arrived', 0) == latency['dropped']


@pytest.mark.slow
def test_what_was_compared_before_a_frame_that_cannot_be_read_is_kept(tmp_path, sequence, capsys):
    (sequence / 'rgb' / '000003.png').write_bytes(b'no picture')
    output = tmp_path / 'run.json'
    arguments = ['replay', '--step', '--sequence', str(sequence), *FAKE, '--output', str(output)]
    assert main(arguments) == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if 'error' in line]
    assert 'player_node ended with exit code 1' in line
    assert '000003.png' in line
    document = json.loads(output.read_text())
    assert document['complete'] is False
    assert '000003.png' in document['problems'][-1]
    (result,) = document['sequences'].values()
    assert result['frames'] == 2
    assert result['skipped'] == {'no_truth_at_stamp': 1, 'no_depth_arrived': 3}


def test_a_model_that_is_missing_is_one_line(tmp_path, sequence, capsys):
    output = ('--output', str(tmp_path / 'run.json'))
    assert main(['replay', '--sequence', str(sequence), '--model', 'gone.onnx', *output]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert 'gone.onnx is missing' in line
    assert not (tmp_path / 'run.json').exists()


@pytest.mark.parametrize('source', [('--sequence', 'gone'), ('--bag', 'gone.bag')])
def test_a_missing_recording_is_one_line(tmp_path, source, capsys):
    assert main(['replay', *source, *FAKE, '--output', str(tmp_path / 'run.json')]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert source[1] in line


def test_an_unknown_topic_is_wrong_use(tmp_path, sequence, capsys):
    write_bag(Sequence(sequence), tmp_path / 'room.bag', rate_hz=10.0)
    arguments = ['--bag', str(tmp_path / 'room.bag'), '--truth-topic', '/gone']
    assert main(['replay', *arguments, *FAKE, '--output', str(tmp_path / 'run.json')]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert '/gone' in line
    arguments = ['--sequence', str(sequence), '--truth-topic', '/truth']
    assert main(['replay', *arguments, *FAKE, '--output', str(tmp_path / 'run.json')]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert '--truth-topic is for recordings; give --bag' in line


@pytest.mark.parametrize(
    'arguments',
    [
        [],
        ['--sequence', 'a', '--bag', 'b'],
        ['--sequence', 'a', '--step', '--rate', '2'],
        ['--sequence', 'a', '--rate', '0'],
        ['--sequence', 'a', '--rate', 'nan'],
        ['--sequence', 'a', '--rate', 'fast'],
    ],
)
def test_wrong_use_exits_with_2(tmp_path, arguments):
    with pytest.raises(SystemExit) as caught:
        main(['replay', *arguments, '--output', str(tmp_path / 'run.json')])
    assert caught.value.code == 2
