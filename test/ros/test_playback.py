from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rclpy.serialization import deserialize_message, serialize_message
from rosbags.rosbag2 import StoragePlugin, Writer
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from depth_nodes.data.bag import raw_messages, write_bag
from depth_nodes.data.bag_storage import TYPESTORE
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence, write_sequence
from depth_nodes.errors import ConfigError, InputError
from depth_nodes.messages.assumed_camera import ASSUMED_FOV_DEG
from depth_nodes.messages.camera import Camera, camera_from_message
from depth_nodes.messages.depth import depth_from_image
from depth_nodes.messages.image import rgb_from_compressed, rgb_from_image
from depth_nodes.messages.odometry import pose_from_odometry
from depth_nodes.messages.transform_tree import pose_from_values
from depth_nodes.ros.cdr import header_from_cdr, restamped, stamp_ns_from_cdr
from depth_nodes.ros.frame import Frame, PlaybackConfig
from depth_nodes.ros.playback import open_playback
from depth_nodes.ros.topics import TYPES

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


def rewrite(bag: Path, path: Path, change: Callable[[str, bytes], tuple[int, bytes]]) -> str:
    """The recording with every message changed, and recorded later by so many nanoseconds."""
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connections = {}
        for topic, kind, time_ns, cdr in raw_messages(bag):
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=TYPESTORE)
            delay_ns, changed = change(topic, cdr)
            writer.write(connections[topic], time_ns + delay_ns, changed)
    return str(path)


def decoded(frame: Frame) -> dict:
    return {topic: deserialize_message(cdr, TYPES[topic]) for topic, cdr in frame.messages}


def test_every_image_of_a_sequence_comes_after_its_camera(tmp_path):
    write_sequence(tmp_path / 'room', make_samples(), name='room', rate_hz=5.0)
    frames = list(open_playback(str(tmp_path / 'room'), CONFIG))
    topics = ['camera_info', 'image', 'ground_truth/image_rect']
    assert [[topic for topic, _ in frame.messages] for frame in frames] == [topics] * 3
    assert [frame.time_ns for frame in frames] == [0, 200_000_000, 400_000_000]


def turned(index: int) -> np.ndarray:
    return pose_from_values([0.1 * index, 0.2, 0.3, 0.1, 0.2, 0.3, 0.9])


def test_poses_of_a_sequence_go_out_as_odometry_of_the_camera(tmp_path):
    samples = [
        replace(sample, world_from_camera=turned(index))
        for index, sample in enumerate(make_samples())
    ]
    write_sequence(tmp_path / 'walk', samples, name='walk')
    write_bag(samples, tmp_path / 'walk.bag', rate_hz=10.0)
    of_folder = list(open_playback(str(tmp_path / 'walk'), CONFIG))
    of_bag = list(open_playback(str(tmp_path / 'walk.bag'), CONFIG))
    for index in range(3):
        # In a folder it belongs to the frame, in a bag it is a message of its own.
        (topic, first), *_, (_, image) = of_folder[index].messages[:3]
        (again,) = [one for one in of_bag if one.messages[0][0] == topic][index].messages
        assert (topic, header_from_cdr(image)[:8]) == ('odom', header_from_cdr(first)[:8])
        for _, cdr in ((topic, first), again):
            message = deserialize_message(cdr, TYPES[topic])
            assert message.child_frame_id == 'camera_optical_frame'
            np.testing.assert_allclose(pose_from_odometry(message), turned(index), atol=1e-8)
    is_image = [one.has_image for one in of_bag if one.messages[0][0] != 'ground_truth/image_rect']
    assert is_image == [False, True] * 3


def drive(path, frame_id=''):
    """A player's frames of 3 images at 10 Hz whose odometry goes on for 100 s around them."""
    write_bag(
        [replace(one, world_from_camera=np.eye(4)) for one in make_samples()], path, rate_hz=10.0
    )
    (odometry, *_) = raw_messages(path, ['/odom'])
    longer = path.with_name('longer')
    with Writer(longer, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connections = {}
        for topic, kind, time_ns, cdr in raw_messages(path):
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=TYPESTORE)
            later = time_ns + 100_000_000_000
            if topic != '/odom':
                writer.write(connections[topic], later, restamped(cdr, later))
        for step in range(2000):
            time_ns, cdr = 50_000_000_000 + step * 50_000_000, odometry[3]
            damaged = cdr[:6] if step % 2 else restamped(cdr, time_ns)
            writer.write(connections['/odom'], time_ns, damaged)
    return list(open_playback(str(longer), replace(CONFIG, frame_id=frame_id)))


def test_odometry_goes_out_around_the_images_where_it_is_whole(tmp_path):
    frames = drive(tmp_path / 'bag')
    told = [frame for frame in frames if frame.is_odometry]
    # A second before the first image and what lies between, each second message being damaged.
    assert 11 <= len(told) <= 13
    assert frames[-1].messages[0][0] != 'odom'
    assert frames[-1].time_ns < 1_300_000_000


def test_another_camera_frame_is_also_that_of_its_odometry(tmp_path):
    first = next(frame for frame in drive(tmp_path / 'bag', 'front') if frame.is_odometry)
    assert decoded(first)['odom'].child_frame_id == 'front'


@pytest.mark.parametrize('delay_ns', [0, 30_000_000])
def test_every_image_of_a_bag_comes_after_the_camera_of_its_stamp(tmp_path, delay_ns):
    write_bag(make_samples(), tmp_path / 'bag', rate_hz=5.0)
    late = rewrite(  # as of a driver whose CameraInfo comes after its image
        tmp_path / 'bag',
        tmp_path / 'late',
        lambda topic, cdr: (delay_ns if topic == '/camera_info' else 0, cdr),
    )
    frames = list(open_playback(late, CONFIG))
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


def test_a_sequence_has_the_stamps_of_its_bag_in_all_messages(tmp_path):
    write_sequence(tmp_path / 'room', make_samples(), name='room', rate_hz=7.0)
    write_bag(Sequence(tmp_path / 'room'), tmp_path / 'bag', rate_hz=7.0)
    recorded = [cdr for _, _, _, cdr in raw_messages(tmp_path / 'bag', ['/image'])]
    frames = list(open_playback(str(tmp_path / 'room'), CONFIG))
    assert [frame.stamp_ns for frame in frames] == [stamp_ns_from_cdr(cdr) for cdr in recorded]
    for frame in frames:
        assert {stamp_ns_from_cdr(cdr) for _, cdr in frame.messages} == {frame.stamp_ns}
        assert frame.stamp_ns > 0


def test_unstamped_messages_of_a_bag_get_the_time_of_their_recording(tmp_path):
    write_bag(make_samples(), tmp_path / 'bag', rate_hz=5.0)
    bag = rewrite(tmp_path / 'bag', tmp_path / 'raw', lambda topic, cdr: (0, restamped(cdr, 0)))
    frames = list(open_playback(bag, CONFIG))
    original = list(open_playback(str(tmp_path / 'bag'), CONFIG))
    assert frames == original
    assert len({frame.stamp_ns for frame in frames}) == 3


def test_a_later_round_has_later_stamps_in_all_messages(tmp_path):
    write_bag(make_samples(), tmp_path / 'bag', rate_hz=5.0)
    frame = next(iter(open_playback(str(tmp_path / 'bag'), CONFIG)))
    later = frame.delayed(3_500_000_000)
    assert (later.time_ns, later.stamp_ns) == (3_500_000_000, frame.stamp_ns + 3_500_000_000)
    for (_, cdr), (_, original) in zip(later.messages, frame.messages, strict=True):
        assert stamp_ns_from_cdr(cdr) == later.stamp_ns
        assert restamped(cdr, frame.stamp_ns) == original
    assert frame.delayed(0) == frame


@pytest.mark.parametrize('frame_id', ['a', 'front_camera_with_a_longer_name'])
def test_a_bag_gets_the_frame_id_of_the_config(tmp_path, frame_id):
    write_bag(make_samples(), tmp_path / 'bag', rate_hz=5.0)
    original = open_playback(str(tmp_path / 'bag'), CONFIG)
    changed = open_playback(str(tmp_path / 'bag'), PlaybackConfig(frame_id=frame_id))
    for before, after in zip(original, changed, strict=True):
        expected, messages = decoded(before), decoded(after)
        for message in expected.values():
            message.header.frame_id = frame_id
        assert messages == expected


@pytest.mark.parametrize('fx_px', [0.0, 40.0])
def test_fx_px_fills_a_bag_without_calibration(tmp_path, fx_px):
    def uncalibrate(topic, cdr):
        if topic != '/camera_info':
            return 0, cdr
        info = deserialize_message(cdr, CameraInfo)
        info.width = info.height = 0
        info.k, info.p = [0.0] * 9, [0.0] * 12
        return 0, serialize_message(info)

    write_bag(make_samples(), tmp_path / 'bag', rate_hz=5.0)
    bag = rewrite(tmp_path / 'bag', tmp_path / 'unknown', uncalibrate)
    recorded = [cdr for _, _, _, cdr in raw_messages(bag, ['/camera_info'])]
    played = list(open_playback(bag, PlaybackConfig(fx_px=fx_px)))
    cameras = [dict(frame.messages)['camera_info'] for frame in played if frame.has_image]
    if not fx_px:
        assert cameras == recorded
        return
    assert [header_from_cdr(cdr) for cdr in cameras] == [header_from_cdr(cdr) for cdr in recorded]
    for cdr in cameras:
        camera = camera_from_message(deserialize_message(cdr, CameraInfo))
        assert (camera.width_px, camera.height_px) == (32, 24)
        assert (camera.fx_px, camera.fy_px, camera.cx_px, camera.cy_px) == (40, 40, 15.5, 11.5)


def test_compressed_images_of_a_bag_are_decoded_under_their_headers(tmp_path):
    write_bag(make_samples(), tmp_path / 'bag', rate_hz=5.0, is_compressed=True)
    recorded = [cdr for _, _, _, cdr in raw_messages(tmp_path / 'bag', ['/image/compressed'])]
    playback = open_playback(str(tmp_path / 'bag'), CONFIG)
    assert playback.topics == ('camera_info', 'image', 'ground_truth/image_rect')
    images = [dict(frame.messages)['image'] for frame in playback if frame.has_image]
    for cdr, compressed in zip(images, recorded, strict=True):
        assert header_from_cdr(cdr) == header_from_cdr(compressed)
        image = deserialize_message(cdr, Image)
        assert image.encoding == 'rgb8'
        expected = rgb_from_compressed(deserialize_message(compressed, CompressedImage))
        np.testing.assert_array_equal(rgb_from_image(image), expected)


def test_a_damaged_image_names_its_bag(tmp_path):
    def cut_off(topic, cdr):
        if topic != '/image/compressed':
            return 0, cdr
        image = deserialize_message(cdr, CompressedImage)
        image.data = image.data[:50]
        return 0, serialize_message(image)

    write_bag(make_samples(), tmp_path / 'bag', rate_hz=5.0, is_compressed=True)
    damaged = rewrite(tmp_path / 'bag', tmp_path / 'damaged', cut_off)
    with pytest.raises(InputError, match=r'damaged: compressed image .* cannot be decoded'):
        list(open_playback(damaged, CONFIG))


@pytest.mark.parametrize('is_bag', [False, True])
def test_compressed_images_of_a_source_without_them_are_refused(tmp_path, is_bag):
    path = tmp_path / 'room'
    if is_bag:
        write_bag(make_samples(), path, rate_hz=5.0)
    else:
        write_sequence(path, make_samples(), name='room')
    with pytest.raises(ConfigError, match='image_transport is compressed'):
        open_playback(str(path), PlaybackConfig(image_transport='compressed'))


def test_what_is_no_source_is_refused(tmp_path):
    (tmp_path / 'notes.txt').write_text('no video')
    with pytest.raises(InputError, match=r'notes.txt'):
        open_playback(str(tmp_path / 'notes.txt'), CONFIG)
    with pytest.raises(InputError, match=r'sequence.json'):
        open_playback(str(tmp_path), CONFIG)
