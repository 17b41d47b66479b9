from pathlib import Path

import numpy as np
import pytest
from rclpy.serialization import serialize_message
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from depth_nodes.data.bag import write_bag
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence, write_sequence
from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera
from depth_nodes.messages.depth import DepthImageWriter
from depth_nodes.ros.evaluator_parameters import EvaluatorParameters
from depth_nodes.ros.frame import PlaybackConfig
from depth_nodes.ros.playback import open_playback
from depth_nodes.ros.recorded_truth import open_recording, RecordedTruth
from depth_nodes.ros.topics import DEPTH

NUM_FRAMES, RATE_HZ = 5, 7.0


@pytest.fixture
def sequence(tmp_path) -> Path:
    samples = [
        Sample(
            name=f'{index:06d}',
            image=np.full((48, 64, 3), 10 * index, np.uint8),
            camera=Camera.from_fov(64, 48, 70.0),
            depth_m=np.full((48, 64), 1.0 + index, np.float32),
            world_from_camera=np.eye(4),
        )
        for index in range(NUM_FRAMES)
    ]
    write_sequence(tmp_path / 'room', samples, name='room', rate_hz=RATE_HZ)
    return tmp_path / 'room'


def depth(stamp_ns: int, shape: tuple[int, int] = (48, 64)) -> dict[str, bytes]:
    header, image = Header(), Image()
    header.stamp.sec, header.stamp.nanosec = divmod(stamp_ns, 10**9)
    DepthImageWriter(image, '32FC1').write(np.ones(shape, np.float32), header)
    return {DEPTH: serialize_message(image)}


@pytest.mark.parametrize('kind', ['sequence', 'bag'])
def test_what_the_player_stamps_is_found_with_its_truth(tmp_path, sequence, kind):
    path = sequence
    if kind == 'bag':
        path = tmp_path / 'room.bag'
        write_bag(Sequence(sequence), path, rate_hz=RATE_HZ)
    truth = open_recording(EvaluatorParameters(source=str(path)))
    assert (truth.name, truth.num_frames) == ('room', NUM_FRAMES)
    told = {'sequence': 'folder', 'bag': 'topic /ground_truth/image_rect'}
    assert truth.facts['ground_truth'] == told[kind]
    frames = [frame for frame in open_playback(str(path), PlaybackConfig()) if frame.has_image]
    for index in (0, 2, 4):  # the others were dropped
        sample, depth_m = truth.pair(depth(frames[index].stamp_ns))
        assert sample.name == f'{index:06d}'
        assert float(sample.depth_m[0, 0]) == 1.0 + index
        assert depth_m.shape == (48, 64)
    truth.close()


def test_no_frame_has_another_stamp_and_none_comes_back(sequence):
    truth = RecordedTruth(Sequence(sequence))
    start_ns, period_ns = 10**9, round(1e9 / RATE_HZ)
    assert truth.pair(depth(start_ns + 1)) is None
    assert truth.pair(depth(start_ns + period_ns))[0].name == '000001'
    assert truth.pair(depth(start_ns)) is None
    assert truth.pair(depth(start_ns + 100 * period_ns)) is None


def test_poses_are_those_of_the_recording(sequence):
    sample, _ = RecordedTruth(Sequence(sequence)).pair(depth(10**9))
    np.testing.assert_array_equal(sample.world_from_camera, np.eye(4))


def test_depth_of_another_size_is_refused(sequence):
    with pytest.raises(InputError, match=r'depth is 32x24, .* set depth_node.s output_size'):
        RecordedTruth(Sequence(sequence)).pair(depth(10**9, (24, 32)))


def test_a_missing_recording_is_refused(tmp_path):
    with pytest.raises(InputError, match='gone'):
        open_recording(EvaluatorParameters(source=str(tmp_path / 'gone')))
