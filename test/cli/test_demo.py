import argparse
from importlib.util import find_spec
import json
from pathlib import Path
import sys
import time

import cv2
import numpy as np
import pytest

from depth_nodes.cli import demo
from depth_nodes.cli.demo_source import DemoSource, plan_playing
from depth_nodes.cli.node_processes import NodeProcesses, require_ros
from depth_nodes.data.bag import write_bag
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import write_sequence
from depth_nodes.errors import ConfigError, DepthNodesError, InputError
from depth_nodes.messages.camera import Camera

NUM_FRAMES = 6
FAKE = ('--model', 'fake', '--backend', 'fake')


def run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    demo.add_arguments(parser)
    return demo.run(parser.parse_args([str(argument) for argument in arguments]))


pytestmark = pytest.mark.skipif(find_spec('rclpy') is None, reason='needs ROS 2')


@pytest.fixture
def samples() -> list[Sample]:
    random = np.random.default_rng(0)
    return [
        Sample(
            name=f'{index:06d}',
            image=random.integers(0, 256, (96, 128, 3), np.uint8),
            camera=Camera.from_fov(128, 96, 70.0),
            depth_m=np.full((96, 128), 2.0 + index / 10, np.float32),
        )
        for index in range(NUM_FRAMES)
    ]


@pytest.mark.parametrize('kind', ['sequence', 'bag', 'compressed bag'])
def test_every_frame_goes_through_the_nodes_and_comes_back(tmp_path, samples, kind, capsys):
    path, output = tmp_path / 'room', tmp_path / 'demo'
    if kind == 'sequence':
        write_sequence(path, samples, name='room', rate_hz=10.0)
    else:
        write_bag(samples, path, rate_hz=10.0, is_compressed='compressed' in kind)
    option = '--sequence' if kind == 'sequence' else '--bag'
    # depth_node takes the newest frame: one that is held up for a period rightly leaves one out.
    for _ in range(3):
        assert run(option, path, '--output', output, *FAKE, '--rate-hz', 2) == 0
        summary = json.loads((output / 'summary.json').read_text())
        if set(summary['frames_received'].values()) == {NUM_FRAMES}:
            break
    assert summary['frames_sent'] == NUM_FRAMES
    assert set(summary['frames_received']) == {'depth', 'camera_info', 'points'}
    assert set(summary['frames_received'].values()) == {NUM_FRAMES}
    assert summary['headers_identical'] is True
    assert 0 < summary['age_ms']['p50'] <= summary['age_ms']['p99'] < 60_000
    assert summary['accuracy']['align_none']['frames'] == NUM_FRAMES
    assert (summary['model'], summary['backend']) == ('fake', 'fake')
    pictures = sorted(path.name for path in output.glob('*.png'))
    assert pictures == sorted(summary['pictures'])
    assert len(pictures) >= 3
    assert all(cv2.imread(str(output / name)).std() > 5 for name in pictures)
    assert f'sent      {NUM_FRAMES} frames' in capsys.readouterr().out


def test_a_node_that_dies_is_an_error_with_its_last_words(tmp_path, samples):
    write_sequence(tmp_path / 'room', samples, name='room')
    with pytest.raises(DepthNodesError) as caught:
        run('--sequence', tmp_path / 'room', '--output', tmp_path, '--model', 'gone.onnx')
    message = str(caught.value)
    assert message.startswith('depth_node ended with exit code 1: ')
    assert 'gone.onnx is missing' in message
    assert '\n' not in message


def test_a_node_that_hangs_is_ended_in_time(tmp_path, samples):
    write_sequence(tmp_path / 'room', samples, name='room')
    parameters = {'source': str(tmp_path / 'room'), 'wait_for_subscribers': 1}
    begin = time.monotonic()
    with NodeProcesses(tmp_path / 'nodes') as nodes:
        nodes.start('player_node', parameters)
        with pytest.raises(DepthNodesError, match='player_node did not end within 2 s'):
            nodes.wait('player_node', 2.0)
    assert time.monotonic() - begin < 60
    assert all(process.returncode is not None for process in nodes._processes.values())


@pytest.mark.parametrize('option', ['--sequence', '--bag'])
def test_a_missing_recording_is_refused(tmp_path, option):
    with pytest.raises(InputError, match='gone'):
        run(option, tmp_path / 'gone', '--output', tmp_path / 'demo', *FAKE)


def test_without_ros_the_way_to_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, 'rclpy', None)
    monkeypatch.setattr(sys, 'path', [])
    with pytest.raises(DepthNodesError, match=r"pip install 'depth_nodes\[ros\]'"):
        require_ros()


def source(num_frames: int, rate_hz: float) -> DemoSource:
    return DemoSource(
        path=Path('room'), name='room', description='', num_frames=num_frames, rate_hz=rate_hz
    )


@pytest.mark.parametrize(
    ('num_frames', 'rate_hz', 'wanted_hz', 'expected'),
    [
        (61, 2.5, None, (61, 2.5)),  # as recorded
        (60, 10.0, None, (60, 10.0)),
        (100, 1.0, None, (100, 100 / 60)),  # slow and long: faster
        (1000, 1.0, None, (300, 5.0)),  # but not faster than this
        (10_000, 30.0, None, (1800, 30.0)),  # the first minute
        (60, 10.0, 4.0, (60, 4.0)),
        (1, 10.0, None, (1, 10.0)),
    ],
)
def test_no_demo_plays_longer_than_a_minute(num_frames, rate_hz, wanted_hz, expected):
    plan = plan_playing(source(num_frames, rate_hz), wanted_hz)
    assert (plan.num_frames, plan.rate_hz) == pytest.approx(expected)
    assert plan.num_frames / plan.rate_hz <= 61


@pytest.mark.parametrize('rate_hz', [0.0, -1.0, float('nan'), float('inf')])
def test_a_rate_that_is_none_is_refused(rate_hz):
    with pytest.raises(ConfigError, match='--rate-hz'):
        plan_playing(source(60, 10.0), rate_hz)
