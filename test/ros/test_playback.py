from pathlib import Path

import numpy as np
import pytest
from rclpy.serialization import deserialize_message
from rosbags.rosbag2 import StoragePlugin, Writer
from sensor_msgs.msg import CameraInfo, Image

from depth_nodes.data.bag import raw_messages, write_bag
from depth_nodes.data.bag_storage import TYPESTORE
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import write_sequence
from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera
from depth_nodes.messages.depth import depth_from_image
from depth_nodes.ros.assumed_camera import ASSUMED_FOV_DEG
from depth_nodes.ros.cdr import stamp_ns_from_cdr
from depth_nodes.ros.frame import PlaybackConfig
from depth_nodes.ros.playback import open_playback

CAMERA = Camera.from_fov(32, 24, 70.0)
CONFIG = PlaybackConfig()


def make_samples(camera: Camera | None = CAMERA, stride: int = 1) -> list[Sample]:
    return [
        Sample(
            name=f'{index:06d}',
            image=np.full((24, 32, 3), 50 * index, np.uint8),
            camera=camera,
            depth_m=np.full((24 // stride, 32 // stride), 2.0, np.float32),
            depth_stride=stride,
        )
        for index in range(3)
    ]


def write_late_cameras(bag: Path, path: Path, delay_ns: int) -> None:
    """The recording as of a driver whose CameraInfo comes after its image."""
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connections = {}
        for topic, kind, time_ns, cdr in raw_messages(bag):
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=TYPESTORE)
            late_ns = delay_ns if topic == '/camera_info' else 0
            writer.write(connections[topic], time_ns + late_ns, cdr)


def test_every_image_of_a_sequence_comes_after_its_camera(tmp_path):
    write_sequence(tmp_path / 'room', make_samples(), name='room', rate_hz=5.0)
    frames = list(open_playback(str(tmp_path / 'room'), CONFIG))
    topics = ['camera_info', 'image', 'ground_truth/image_rect']
    assert [[topic for topic, _ in frame.messages] for frame in frames] == [topics] * 3
    assert [frame.time_ns for frame in frames] == [0, 200_000_000, 400_000_000]


@pytest.mark.parametrize('delay_ns', [0, 30_000_000])
def test_every_image_of_a_bag_comes_after_the_camera_of_its_stamp(tmp_path, delay_ns):
    write_bag(make_samples(), tmp_path / 'bag', rate_hz=5.0)
    write_late_cameras(tmp_path / 'bag', tmp_path / 'late', delay_ns)
    frames = list(open_playback(str(tmp_path / 'late'), CONFIG))
    pictured = [frame for frame in frames if frame.has_image]
    assert [frame.time_ns for frame in pictured] == [0, 200_000_000, 400_000_000]
    for frame in pictured:
        (first, camera), (second, image) = frame.messages
        assert (first, second) == ('camera_info', 'image')
        assert stamp_ns_from_cdr(camera) == stamp_ns_from_cdr(image) == frame.stamp_ns


def test_coarse_ground_truth_lies_at_the_pixels_that_it_belongs_to(tmp_path):
    write_sequence(tmp_path / 'room', make_samples(stride=2), name='room')
    frame = next(iter(open_playback(str(tmp_path / 'room'), CONFIG)))
    truth_m = depth_from_image(
        deserialize_message(dict(frame.messages)[frame.messages[2][0]], Image)
    )
    assert truth_m.shape == (24, 32)
    assert (truth_m[::2, ::2] == 2.0).all()
    assert np.isnan(truth_m[1::2]).all()
    assert np.isnan(truth_m[:, 1::2]).all()


@pytest.mark.parametrize('is_bag', [False, True])
@pytest.mark.parametrize('fx_px', [0.0, 40.0])
def test_without_intrinsics_a_camera_is_assumed_and_said_so(tmp_path, caplog, is_bag, fx_px):
    path = tmp_path / 'source'
    if is_bag:
        write_bag(make_samples(), tmp_path / 'whole', rate_hz=5.0)
        with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
            for topic, kind, time_ns, cdr in raw_messages(tmp_path / 'whole', ['/image']):
                if time_ns == 1_000_000_000:
                    connection = writer.add_connection(topic, kind, typestore=TYPESTORE)
                writer.write(connection, time_ns, cdr)
    else:
        write_sequence(path, make_samples(camera=None), name='room')
    frames = list(open_playback(str(path), PlaybackConfig(fx_px=fx_px)))
    expected_px = fx_px or Camera.from_fov(32, 24, ASSUMED_FOV_DEG).fx_px
    for frame in frames:
        info = deserialize_message(dict(frame.messages)['camera_info'], CameraInfo)
        assert (info.width, info.height) == (32, 24)
        assert info.k[0] == pytest.approx(expected_px)
    assert ('set fx_px' in caplog.text) == (fx_px == 0)


def test_what_is_no_source_is_refused(tmp_path):
    (tmp_path / 'notes.txt').write_text('no video')
    with pytest.raises(InputError, match=r'notes.txt'):
        open_playback(str(tmp_path / 'notes.txt'), CONFIG)
    with pytest.raises(InputError, match=r'sequence.json'):
        open_playback(str(tmp_path), CONFIG)
