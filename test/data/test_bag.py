"""Frames written as a recording, and read again."""

import logging
from pathlib import Path

import numpy as np
import pytest
from small_bag import CAMERA, make_sample, SAMPLES, SECOND_NS, topic

from depth_nodes.data.bag import BagReader, raw_messages, read_summary, write_bag
from depth_nodes.errors import ConfigError, InputError


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    path = tmp_path / 'walk.bag'
    write_bag(SAMPLES, path, rate_hz=4.0)
    return path


def test_frames_come_back_as_they_were(bag):
    reader = BagReader(bag)
    assert (len(reader), reader.name, reader.rate_hz) == (5, 'walk', 4.0)
    for index, (before, after) in enumerate(zip(SAMPLES, reader, strict=True)):
        np.testing.assert_array_equal(after.image, before.image)
        np.testing.assert_array_equal(after.depth_m, before.depth_m)
        assert (after.depth_stride, after.name) == (1, f'{index:06d}')
        assert after.stamp_ns == SECOND_NS + index * SECOND_NS // 4
        assert after.frame_id == 'camera_optical_frame'
        assert (after.camera.fx_px, after.camera.cy_px) == (20.0, 5.25)
        assert not after.camera.is_distorted


def test_reading_twice_gives_the_same_frames(bag):
    reader = BagReader(bag)
    first, second = ([frame.stamp_ns for frame in reader] for _ in range(2))
    assert first == second


def test_topics_types_and_summary(bag):
    expected = {
        '/camera_info': ('sensor_msgs/msg/CameraInfo', 5),
        '/ground_truth/image_rect': ('sensor_msgs/msg/Image', 5),
        '/image': ('sensor_msgs/msg/Image', 5),
    }
    assert BagReader(bag).topics == expected
    summary = read_summary(bag)
    assert summary.topics == expected
    assert summary.num_messages == 15
    assert (summary.start_ns, summary.duration_ns) == (SECOND_NS, SECOND_NS)


def test_the_format_is_rosbag2_version_9_with_mcap(bag):
    text = (bag / 'metadata.yaml').read_text()
    assert 'version: 9' in text
    assert 'storage_identifier: mcap' in text
    assert [path.suffix for path in bag.glob('*.mcap')] == ['.mcap']


def test_messages_carry_the_conventions(bag):
    depth = topic(bag, '/ground_truth/image_rect')[0]
    assert (depth.encoding, depth.height, depth.width, depth.step) == ('32FC1', 12, 16, 64)
    values = depth.data.view(np.float32).reshape(12, 16)
    np.testing.assert_array_equal(np.isnan(values), SAMPLES[0].depth_m == 0)
    info = topic(bag, '/camera_info')[0]
    assert info.distortion_model == 'plumb_bob'
    assert info.d.tolist() == [0.0] * 5
    image = topic(bag, '/image')[0]
    assert image.encoding == 'rgb8'
    assert image.header == depth.header == info.header


@pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")
def test_ros_reads_the_same_image(bag):
    serialization = pytest.importorskip('rclpy.serialization')
    image_class = pytest.importorskip('sensor_msgs.msg').Image
    cdr = next(raw_messages(bag, ['/image']))[3]
    message = serialization.deserialize_message(cdr, image_class)
    assert bytes(message.data) == SAMPLES[0].image.tobytes()
    assert (message.encoding, message.step) == ('rgb8', 48)
    assert message.header.frame_id == 'camera_optical_frame'
    assert (message.header.stamp.sec, message.header.stamp.nanosec) == (1, 0)


def test_raw_messages_keep_recorded_order(bag):
    messages = list(raw_messages(bag))
    assert len(messages) == 15
    stamps = [stamp_ns for _, _, stamp_ns, _ in messages]
    assert stamps == sorted(stamps)
    assert {name for name, *_ in messages[:3]} == {
        '/image',
        '/camera_info',
        '/ground_truth/image_rect',
    }
    only = list(raw_messages(bag, ['/camera_info']))
    assert [name for name, *_ in only] == ['/camera_info'] * 5
    assert all(isinstance(cdr, bytes) for *_, cdr in only)


def test_compressed_images_are_close(tmp_path):
    rows, columns = np.mgrid[:48, :64]
    image = np.stack([rows * 4, columns * 3, 255 - rows], axis=-1).astype(np.uint8)
    samples = [make_sample(0, image=image, camera=None, depth_m=None)]
    write_bag(samples, tmp_path / 'jpeg', rate_hz=10.0, is_compressed=True)
    reader = BagReader(tmp_path / 'jpeg')
    assert reader.topics == {'/image/compressed': ('sensor_msgs/msg/CompressedImage', 1)}
    frame = next(iter(reader))
    assert np.abs(frame.image.astype(float) - image).mean() < 2
    assert topic(tmp_path / 'jpeg', '/image/compressed')[0].format == 'rgb8; jpeg compressed bgr8'


@pytest.mark.parametrize('shape', [(4, 6), (3, 5)])
def test_sparse_depth_goes_to_its_pixels(tmp_path, shape):
    depth = np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape)
    sample = make_sample(0, depth_m=depth, depth_stride=3)
    write_bag([sample], tmp_path / 'b', rate_hz=10.0)
    frame = next(iter(BagReader(tmp_path / 'b')))
    assert frame.depth_stride == 1
    assert frame.depth_m.shape == (12, 16)
    for (i, j), value in np.ndenumerate(depth):
        assert frame.depth_m[3 * i, 3 * j] == value
    assert np.count_nonzero(frame.depth_m) == depth.size - 1  # the first entry is 0: unknown


def test_depth_beyond_the_image_is_refused_and_leaves_nothing(tmp_path):
    sample = make_sample(0, depth_stride=2)
    with pytest.raises(InputError, match=r'depth 16x12 of frame 000000 .* exceeds'):
        write_bag([sample], tmp_path / 'b', rate_hz=10.0)
    assert not (tmp_path / 'b').exists()


def test_frame_size_camera_and_ground_truth_may_change(tmp_path):
    small = np.full((8, 10, 3), 7, np.uint8)
    camera = CAMERA.resized(10, 8)
    samples = [
        make_sample(0),
        make_sample(1, image=small, camera=camera, depth_m=None),
        make_sample(2),
    ]
    write_bag(samples, tmp_path / 'b', rate_hz=10.0)
    frames = list(BagReader(tmp_path / 'b'))
    assert [frame.image.shape for frame in frames] == [(12, 16, 3), (8, 10, 3), (12, 16, 3)]
    assert [frame.camera.width_px for frame in frames] == [16, 10, 16]
    assert frames[1].depth_m is None
    np.testing.assert_array_equal(frames[2].depth_m, samples[2].depth_m)


def test_frames_without_a_camera_are_told_once(tmp_path, caplog):
    samples = [make_sample(index, camera=None) for index in range(3)]
    with caplog.at_level(logging.WARNING):
        write_bag(samples, tmp_path / 'b', rate_hz=10.0)
    assert [r.getMessage() for r in caplog.records] == [
        'frames without intrinsics get no camera_info: 000000'
    ]
    reader = BagReader(tmp_path / 'b')
    assert '/camera_info' not in reader.topics
    assert [frame.camera for frame in reader] == [None] * 3


@pytest.mark.parametrize(
    ('stamps', 'expected'),
    [
        ([5, 9], [5, 9]),
        ([0, 400], [SECOND_NS, SECOND_NS + 400]),
        ([None, None], [SECOND_NS, SECOND_NS + SECOND_NS // 10]),
    ],
)
def test_stamps_are_kept_and_never_0(tmp_path, stamps, expected):
    samples = [make_sample(i, stamp_ns=stamp_ns) for i, stamp_ns in enumerate(stamps)]
    write_bag(samples, tmp_path / 'b', rate_hz=10.0)
    assert [frame.stamp_ns for frame in BagReader(tmp_path / 'b')] == expected


def test_bad_requests_to_write_are_refused(tmp_path, bag):
    with pytest.raises(InputError, match='exists already; remove it'):
        write_bag(SAMPLES, bag, rate_hz=10.0)
    assert len(BagReader(bag)) == 5
    with pytest.raises(InputError, match='no frames'):
        write_bag([], tmp_path / 'b', rate_hz=10.0)
    for rate_hz in (0.0, -1.0, float('nan'), float('inf')):
        with pytest.raises(ConfigError, match='must be above 0'):
            write_bag(SAMPLES, tmp_path / 'b', rate_hz=rate_hz)
    late = [make_sample(0, stamp_ns=10), make_sample(1, stamp_ns=-10)]
    with pytest.raises(InputError, match='before time 0'):
        write_bag(late, tmp_path / 'b', rate_hz=10.0)
    assert not (tmp_path / 'b').exists()
