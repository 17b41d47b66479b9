import argparse
from pathlib import Path

import numpy as np
import pytest

from depth_nodes.cli import bag
from depth_nodes.data.bag import BagReader
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence, write_sequence
from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera


def run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    bag.add_arguments(parser)
    return bag.run(parser.parse_args([str(argument) for argument in arguments]))


@pytest.fixture
def sequence(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    samples = [
        Sample(
            name=f'{index:06d}',
            image=random.integers(0, 256, (48, 64, 3), np.uint8),
            camera=Camera.from_fov(64, 48, 70.0),
            depth_m=np.full((48, 64), 2.5 + index, np.float32),
        )
        for index in range(3)
    ]
    write_sequence(tmp_path / 'room', samples, name='room', rate_hz=5.0)
    return tmp_path / 'room'


def test_make_then_info(tmp_path, sequence, capsys):
    output = tmp_path / 'room.bag'
    assert run('make', '--sequence', sequence, '--output', output) == 0
    assert f'{output}: 3 frames at 5 Hz' in capsys.readouterr().out
    assert run('info', output) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f'{output}: 9 messages, 0.40 s'
    assert lines[1].split() == ['topic', 'type', 'count', 'rate']
    assert [line.split() for line in lines[2:]] == [
        ['/camera_info', 'sensor_msgs/msg/CameraInfo', '3', '5.0', 'Hz'],
        ['/ground_truth/image_rect', 'sensor_msgs/msg/Image', '3', '5.0', 'Hz'],
        ['/image', 'sensor_msgs/msg/Image', '3', '5.0', 'Hz'],
    ]


def test_frames_of_the_sequence_are_in_the_bag(tmp_path, sequence):
    run('make', '--sequence', sequence, '--output', tmp_path / 'room.bag')
    reader = BagReader(tmp_path / 'room.bag')
    assert reader.rate_hz == pytest.approx(5.0)
    for before, after in zip(Sequence(sequence), reader, strict=True):
        np.testing.assert_array_equal(after.image, before.image)
        np.testing.assert_array_equal(after.depth_m, before.depth_m)
        assert after.camera.fx_px == before.camera.fx_px


def test_compressed(tmp_path, sequence):
    run('make', '--sequence', sequence, '--output', tmp_path / 'room.bag', '--compressed')
    assert BagReader(tmp_path / 'room.bag').image_topic == '/image/compressed'


def test_recorded_frames_make_a_bag(tmp_path, shared_dir):
    source = shared_dir / 'data' / 'eval' / 'kitti_dense'
    run('make', '--sequence', source, '--output', tmp_path / 'kitti.bag')
    reader = BagReader(tmp_path / 'kitti.bag')
    sequence = Sequence(source)
    assert len(reader) == len(sequence)
    for before, after in zip(sequence, reader, strict=True):
        known = before.depth_m > 0
        stride = before.depth_stride
        grid = after.depth_m[::stride, ::stride]
        np.testing.assert_array_equal(grid[known], before.depth_m[known])
        assert np.count_nonzero(after.depth_m) == np.count_nonzero(known)


def test_mistakes_are_told_in_one_line(tmp_path, sequence):
    with pytest.raises(InputError, match='no sequence folder'):
        run('make', '--sequence', tmp_path / 'none', '--output', tmp_path / 'a.bag')
    with pytest.raises(InputError, match='exists already; remove it'):
        run('make', '--sequence', sequence, '--output', sequence)
    with pytest.raises(InputError, match='does not exist'):
        run('info', tmp_path / 'none.bag')


@pytest.mark.parametrize('arguments', [[], ['make'], ['info'], ['make', '--sequence', 'x'], ['x']])
def test_wrong_use_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        run(*arguments)
    assert caught.value.code == 2
    assert 'usage' in capsys.readouterr().err
