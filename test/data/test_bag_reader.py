"""Recordings of others: their storage, names and faults."""

import logging
from pathlib import Path
import shutil

import numpy as np
import pytest
from rosbags.rosbag2 import CompressionMode, StoragePlugin, Writer
from small_bag import rewrite, SAMPLES, SECOND_NS, topic

from depth_nodes.data.bag import BagReader, raw_messages, read_summary, write_bag
from depth_nodes.data.bag_storage import TYPESTORE
from depth_nodes.data.bag_writer import MessageWriter
from depth_nodes.errors import InputError


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    path = tmp_path / 'walk.bag'
    write_bag(SAMPLES, path, rate_hz=4.0)
    return path


@pytest.mark.parametrize('compression', list(CompressionMode))
@pytest.mark.parametrize('plugin', list(StoragePlugin))
def test_every_storage_and_compression_is_read(tmp_path, bag, plugin, compression):
    if plugin == StoragePlugin.SQLITE3 and compression == CompressionMode.STORAGE:
        pytest.skip('SQLite bags have no compression of their own')
    other = rewrite(bag, tmp_path / 'other', plugin=plugin, compression=compression)
    for before, after in zip(SAMPLES, BagReader(other), strict=True):
        np.testing.assert_array_equal(after.image, before.image)


@pytest.mark.parametrize('plugin', list(StoragePlugin))
def test_reading_may_stop_at_any_frame(tmp_path, bag, plugin):
    other = rewrite(bag, tmp_path / 'other', plugin=plugin)
    for num_frames in range(1, 5):
        frames = iter(BagReader(other))
        for _ in range(num_frames):
            next(frames)
        frames.close()
        messages = raw_messages(other)
        next(messages)
        messages.close()


@pytest.mark.parametrize('plugin', list(StoragePlugin))
def test_the_storage_file_alone_is_enough(tmp_path, bag, plugin):
    other = rewrite(bag, tmp_path / 'other', plugin=plugin)
    file = next(path for path in other.iterdir() if path.suffix != '.yaml')
    reader = BagReader(file)
    assert (len(list(reader)), reader.name) == (5, file.stem)


def test_a_camera_driver_s_names_are_found(tmp_path, bag):
    names = {
        '/image': '/front/image_raw',
        '/camera_info': '/front/camera_info',
        '/ground_truth/image_rect': '/sim/ground_truth/image_rect',
    }
    reader = BagReader(rewrite(bag, tmp_path / 'other', names=names))
    assert reader.image_topic == '/front/image_raw'
    assert reader.camera_info_topic == '/front/camera_info'
    assert reader.ground_truth_topic == '/sim/ground_truth/image_rect'
    assert next(iter(reader)).camera.fx_px == 20.0


def test_topics_can_be_chosen(tmp_path, bag):
    names = {'/image': '/left', '/ground_truth/image_rect': '/right', '/camera_info': '/lens'}
    other = rewrite(bag, tmp_path / 'other', names=names)
    with pytest.raises(InputError, match='several image topics; choose one: /left, /right'):
        BagReader(other)
    reader = BagReader(other, image_topic='left', ground_truth_topic='/right')
    assert reader.camera_info_topic == '/lens'
    np.testing.assert_array_equal(next(iter(reader)).depth_m, SAMPLES[0].depth_m)
    with pytest.raises(InputError, match=r'no topic /back; choose .*: /left, /lens, /right'):
        BagReader(other, image_topic='/back')
    with pytest.raises(InputError, match='/lens is of type sensor_msgs/msg/CameraInfo'):
        BagReader(other, image_topic='/lens')
    with pytest.raises(InputError, match='no topic /nothing'):
        next(raw_messages(other, ['/nothing']))


def test_a_bag_without_colour_images_is_refused(tmp_path, bag):
    names = {'/image': '/camera/depth/image_raw'}
    other = rewrite(bag, tmp_path / 'other', names=names)
    with pytest.raises(InputError, match='no topic with colour images; choose one of its topics'):
        BagReader(other)


def test_a_bag_without_messages_is_refused(tmp_path, bag):
    silent = rewrite(bag, tmp_path / 'silent', skip=('/image',))
    with pytest.raises(InputError, match='no messages on /image; record it again'):
        BagReader(silent)
    everything = ('/image', '/camera_info', '/ground_truth/image_rect')
    empty = rewrite(bag, tmp_path / 'empty', skip=everything)
    assert read_summary(empty).num_messages == 0
    assert list(raw_messages(empty)) == []


def write_stamped(path: Path, events: list[tuple[str, int, object]]) -> None:
    """A recording of (topic, header stamp, message), recorded in the order given."""
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        messages = MessageWriter(writer)
        for order, (name, stamp_ns, message) in enumerate(events):
            message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, SECOND_NS)
            messages.write(name, 5 * SECOND_NS + order, message)


def calibrated(info: object, fx_px: float) -> object:
    """A copy of a CameraInfo with another focal length."""
    copy = TYPESTORE.deserialize_cdr(
        TYPESTORE.serialize_cdr(info, info.__msgtype__), info.__msgtype__
    )
    copy.p = copy.p.copy()
    copy.p[0] = fx_px
    copy.k = copy.k.copy()
    copy.k[0] = fx_px
    return copy


def test_the_newest_camera_counts_whatever_the_order_of_recording(tmp_path, bag):
    image, info = topic(bag, '/image')[0], topic(bag, '/camera_info')[0]
    depth = topic(bag, '/ground_truth/image_rect')[0]
    events = [
        ('/image', 100, image),
        ('/camera_info', 110, calibrated(info, 30.0)),
        ('/image', 120, image),
        ('/image', 130, image),
        ('/camera_info', 130, calibrated(info, 40.0)),
        ('/ground_truth/image_rect', 120, depth),
        ('/ground_truth/image_rect', 140, depth),
    ]
    write_stamped(tmp_path / 'b', events)
    frames = list(BagReader(tmp_path / 'b'))
    # Before the first CameraInfo the first one counts; a later one belongs to its own stamp.
    assert [frame.camera.fx_px for frame in frames] == [30.0, 30.0, 40.0]
    assert [frame.depth_m is not None for frame in frames] == [False, True, False]


def test_unstamped_images_get_the_time_of_recording(tmp_path, bag):
    image = topic(bag, '/image')[0]
    write_stamped(tmp_path / 'b', [('/image', 0, image), ('/image', 0, image)])
    stamps = [frame.stamp_ns for frame in BagReader(tmp_path / 'b')]
    assert stamps == [5 * SECOND_NS, 5 * SECOND_NS + 1]


def test_an_uncalibrated_camera_is_no_camera_and_is_told_once(tmp_path, bag, caplog):
    image, info = topic(bag, '/image')[0], topic(bag, '/camera_info')[0]
    events = [
        (name, stamp_ns, message)
        for stamp_ns in (1, 2, 3)
        for name, message in (('/camera_info', calibrated(info, 0.0)), ('/image', image))
    ]
    write_stamped(tmp_path / 'b', events)
    with caplog.at_level(logging.WARNING):
        assert [frame.camera for frame in BagReader(tmp_path / 'b')] == [None] * 3
    assert len(caplog.records) == 1
    assert 'calibrate the camera' in caplog.text


def test_one_image_has_the_default_rate(tmp_path):
    write_bag(SAMPLES[:1], tmp_path / 'b', rate_hz=30.0)
    assert BagReader(tmp_path / 'b').rate_hz == 10.0


@pytest.mark.parametrize('width', [5, 6])
def test_coarse_ground_truth_may_be_rounded_up_or_down(tmp_path, bag, width):
    image, depth = topic(bag, '/image')[0], topic(bag, '/ground_truth/image_rect')[0]
    depth.height, depth.width, depth.step = 4, width, width * 4
    events = [('/image', 9, image), ('/ground_truth/image_rect', 9, depth)]
    write_stamped(tmp_path / 'b', events)
    (frame,) = BagReader(tmp_path / 'b')
    assert (frame.depth_m.shape, frame.depth_stride) == ((4, width), 3)


def test_ground_truth_of_another_size_is_refused(tmp_path, bag):
    image, depth = topic(bag, '/image')[0], topic(bag, '/ground_truth/image_rect')[0]
    depth.height, depth.width, depth.step = 5, 7, 28
    events = [('/image', 9, image), ('/ground_truth/image_rect', 9, depth)]
    write_stamped(tmp_path / 'b', events)
    with pytest.raises(InputError, match='is 7x5, no integer fraction of the image 16x12'):
        list(BagReader(tmp_path / 'b'))


def test_ground_truth_that_is_no_depth_is_named(tmp_path, bag):
    image = topic(bag, '/image')[0]
    events = [('/image', 9, image), ('/ground_truth/image_rect', 9, image)]
    write_stamped(tmp_path / 'b', events)
    with pytest.raises(InputError, match=r"/ground_truth/image_rect: depth encoding 'rgb8'"):
        list(BagReader(tmp_path / 'b'))


def test_a_broken_image_is_named(tmp_path, bag):
    image = topic(bag, '/image')[0]
    image.encoding = 'bayer_rggb8'
    write_stamped(tmp_path / 'b', [('/image', 9, image)])
    with pytest.raises(InputError, match=r"/image #0: image encoding 'bayer_rggb8'"):
        list(BagReader(tmp_path / 'b'))


def test_paths_that_are_no_bag_are_refused(tmp_path, bag):
    with pytest.raises(InputError, match='does not exist; give the folder'):
        BagReader(tmp_path / 'missing')
    (tmp_path / 'ros1.bag').write_bytes(b'#ROSBAG V2.0\n')
    with pytest.raises(InputError, match='ROS 1 recording; convert it: rosbags-convert'):
        BagReader(tmp_path / 'ros1.bag')
    (tmp_path / 'notes.txt').write_text('hello')
    with pytest.raises(InputError, match='is no rosbag2 recording'):
        BagReader(tmp_path / 'notes.txt')
    (bag / 'metadata.yaml').unlink()
    with pytest.raises(InputError, match='no metadata.yaml; rebuild it with `ros2 bag reindex`'):
        BagReader(bag)


@pytest.mark.parametrize(
    'text', ['', 'a: [', 'rosbag2_bagfile_information: {version: 99}', '[]', 'x: 1']
)
def test_damaged_metadata_is_refused_in_one_line(bag, text):
    (bag / 'metadata.yaml').write_text(text)
    with pytest.raises(InputError, match='is damaged or cut off') as caught:
        BagReader(bag)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('plugin', list(StoragePlugin))
def test_a_cut_off_recording_is_refused_in_one_line(tmp_path, bag, plugin):
    other = rewrite(bag, tmp_path / 'other', plugin=plugin)
    file = next(path for path in other.iterdir() if path.suffix != '.yaml')
    whole = file.read_bytes()
    for share in np.linspace(0, 0.95, 9):
        file.write_bytes(whole[: int(len(whole) * share)])
        for path in (other, file):
            with pytest.raises(InputError, match='copy it again, or repair it') as caught:
                list(BagReader(path))
            assert '\n' not in str(caught.value)


@pytest.mark.parametrize('plugin', list(StoragePlugin))
def test_flipped_bytes_give_frames_or_an_input_error(tmp_path, bag, plugin):
    other = rewrite(bag, tmp_path / 'other', plugin=plugin)
    file = next(path for path in other.iterdir() if path.suffix != '.yaml')
    whole = file.read_bytes()
    random = np.random.default_rng(3)
    num_refused = 0
    for _ in range(50):
        damaged = bytearray(whole)
        damaged[random.integers(len(whole))] ^= int(random.integers(1, 256))
        file.write_bytes(damaged)
        try:
            list(BagReader(other))
        except InputError:
            num_refused += 1
    assert 0 < num_refused < 50


def test_fewer_images_than_promised_are_told(bag, caplog):
    metadata = bag / 'metadata.yaml'
    metadata.write_text(metadata.read_text().replace('message_count: 5', 'message_count: 6'))
    with caplog.at_level(logging.WARNING):
        assert len(list(BagReader(bag))) == 5
    assert '5 of 6 images' in caplog.text


def test_images_that_are_all_gone_are_an_error(tmp_path, bag):
    silent = rewrite(bag, tmp_path / 'silent', skip=('/image',))
    metadata = silent / 'metadata.yaml'
    metadata.write_text(metadata.read_text().replace('message_count: 0', 'message_count: 5'))
    with pytest.raises(InputError, match='holds none of the 5 images'):
        list(BagReader(silent))


def test_a_missing_storage_file_is_refused(bag):
    next(bag.glob('*.mcap')).unlink()
    with pytest.raises(InputError, match='files are missing'):
        BagReader(bag)


def test_a_bag_can_be_moved(tmp_path, bag):
    shutil.move(bag, tmp_path / 'elsewhere')
    reader = BagReader(tmp_path / 'elsewhere')
    assert (reader.name, len(list(reader))) == ('elsewhere', 5)
