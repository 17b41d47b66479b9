import logging
from pathlib import Path
import shutil

import numpy as np
import pytest
from rosbags.rosbag2 import CompressionFormat, CompressionMode, Reader, StoragePlugin, Writer

from depth_nodes.data.bag import BagReader, raw_messages, read_summary, write_bag
from depth_nodes.data.bag_storage import TYPESTORE
from depth_nodes.data.sample import Sample
from depth_nodes.errors import ConfigError, InputError
from depth_nodes.messages.camera import Camera

CAMERA = Camera(width_px=16, height_px=12, fx_px=20.0, fy_px=21.0, cx_px=7.5, cy_px=5.25)
SECOND_NS = 1_000_000_000


def make_sample(index: int, **changes) -> Sample:
    random = np.random.default_rng(index)
    depth = random.uniform(0.5, 70, (12, 16)).astype(np.float32)
    depth[random.random(depth.shape) < 0.3] = 0
    values = {
        'name': f'{index:06d}',
        'image': random.integers(0, 256, (12, 16, 3), np.uint8),
        'camera': CAMERA,
        'depth_m': depth,
    }
    return Sample(**values | changes)


SAMPLES = [make_sample(index) for index in range(5)]


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    path = tmp_path / 'walk.bag'
    write_bag(SAMPLES, path, rate_hz=4.0)
    return path


def topic(path: Path, name: str) -> list:
    """Decoded messages of one topic."""
    messages = raw_messages(path, [name])
    return [TYPESTORE.deserialize_cdr(cdr, kind) for _, kind, _, cdr in messages]


def rewrite(
    source: Path,
    target: Path,
    *,
    plugin: StoragePlugin = StoragePlugin.MCAP,
    names: dict[str, str] | None = None,
    skip: tuple[str, ...] = (),
    compression: CompressionMode = CompressionMode.NONE,
) -> Path:
    """The same recording in other storage, with other topic names, or without some topics."""
    writer = Writer(target, version=9, storage_plugin=plugin)
    writer.set_compression(compression, CompressionFormat.ZSTD)
    with writer, Reader(source) as reader:
        connections = {
            item.topic: writer.add_connection(
                (names or {}).get(item.topic, item.topic), item.msgtype, typestore=TYPESTORE
            )
            for item in reader.connections
        }
        for item, stamp_ns, cdr in reader.messages():
            if item.topic not in skip:
                writer.write(connections[item.topic], stamp_ns, cdr)
    return target


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
        connections = {}
        for order, (name, stamp_ns, message) in enumerate(events):
            kind = message.__msgtype__
            if name not in connections:
                connections[name] = writer.add_connection(name, kind, typestore=TYPESTORE)
            message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, SECOND_NS)
            cdr = TYPESTORE.serialize_cdr(message, kind)
            writer.write(connections[name], 5 * SECOND_NS + order, cdr)


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
