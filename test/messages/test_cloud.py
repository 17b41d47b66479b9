from types import SimpleNamespace

import numpy as np
import pytest

from depth_nodes.errors import ConfigError, InputError
from depth_nodes.messages.camera import Camera
from depth_nodes.messages.cloud import CloudWriter, points_from_cloud, STRIP_POINTS

RANDOM = np.random.default_rng(11)


def make_camera(width: int, height: int) -> Camera:
    return Camera(
        width_px=width,
        height_px=height,
        fx_px=61.5,
        fy_px=63.25,
        cx_px=width / 3,
        cy_px=height / 2,
    )


def make_frame(width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    depth = RANDOM.uniform(0.1, 80, (height, width)).astype(np.float32)
    holes = [np.nan, np.inf, -np.inf, 0.0, -1.0]
    depth.flat[RANDOM.integers(0, depth.size, depth.size // 4)] = holes[0]
    for index, hole in enumerate(holes):
        depth.flat[index * 3 :: 23] = hole
    return depth, RANDOM.integers(0, 256, (height, width, 3), np.uint8)


def looped_points(depth: np.ndarray, camera: Camera, stride: int, max_range: float) -> np.ndarray:
    """depth_image_proc's formula, pixel by pixel in float64."""
    rows = []
    for v in range(0, depth.shape[0], stride):
        row = []
        for u in range(0, depth.shape[1], stride):
            z = float(depth[v, u])
            if not 0 < z <= max_range or not np.isfinite(z):
                row.append((np.nan,) * 3)
                continue
            x = (u - camera.cx_px) * z / camera.fx_px
            y = (v - camera.cy_px) * z / camera.fy_px
            row.append((x, y, z))
        rows.append(row)
    return np.array(rows)


@pytest.mark.parametrize('max_range_m', [50.0, np.inf])
@pytest.mark.parametrize('stride', [1, 2, 3, 5])
@pytest.mark.parametrize('size', [(37, 23), (1, 9), (9, 1), (1, 1), (64, 48)])
def test_points_follow_the_formula(make_message, size, stride, max_range_m):
    camera, (depth, rgb) = make_camera(*size), make_frame(*size)
    writer = CloudWriter(make_message('PointCloud2'), stride=stride, max_range_m=max_range_m)
    writer.write(depth, camera, rgb, make_message('Header'))
    expected = looped_points(depth, camera, stride, max_range_m)
    points = points_from_cloud(writer.message)
    np.testing.assert_allclose(points, expected, rtol=1e-6, atol=1e-5)
    np.testing.assert_array_equal(points[..., 2].astype(float), expected[..., 2])


@pytest.mark.parametrize('stride', [1, 3])
def test_what_is_hidden_gives_no_point(make_message, stride):
    camera, (depth, rgb) = make_camera(64, 48), make_frame(64, 48)
    hidden = np.random.default_rng(1).random((48, 64)) < 0.3
    clouds = []
    for changed, mask in ((depth, hidden), (np.where(hidden, np.float32(np.nan), depth), None)):
        writer = CloudWriter(make_message('PointCloud2'), stride=stride, max_range_m=50.0)
        writer.write(changed, camera, rgb, make_message('Header'), mask)
        clouds.append(np.frombuffer(writer.message.data, np.float32))
    np.testing.assert_array_equal(*clouds)


def test_several_strips_make_one_cloud(make_message):
    width, height = 500, 301
    assert width * height > 2 * STRIP_POINTS
    camera, (depth, rgb) = make_camera(width, height), make_frame(width, height)
    writer = CloudWriter(make_message('PointCloud2'), stride=1, max_range_m=50.0)
    writer.write(depth, camera, rgb, make_message('Header'))
    v, u = np.mgrid[:height, :width]
    z = np.where(np.isfinite(depth) & (depth > 0) & (depth <= 50), depth, np.nan).astype(float)
    x, y = (u - camera.cx_px) * z / camera.fx_px, (v - camera.cy_px) * z / camera.fy_px
    points = points_from_cloud(writer.message)
    np.testing.assert_allclose(points, np.stack([x, y, z], axis=-1), rtol=1e-6, atol=1e-5)
    colours = np.frombuffer(writer.message.data, np.uint8).reshape(height, width, 16)[..., 12:]
    np.testing.assert_array_equal(colours[..., 2::-1], rgb)


@pytest.mark.parametrize('stride', [1, 2, 4])
def test_colours_are_b_g_r_0_and_never_nan(make_message, stride):
    camera, (depth, rgb) = make_camera(20, 11), make_frame(20, 11)
    rgb[0, 0] = (255, 255, 255)
    writer = CloudWriter(make_message('PointCloud2'), stride=stride, max_range_m=50.0)
    writer.write(depth, camera, rgb, make_message('Header'))
    message = writer.message
    raw = np.frombuffer(message.data, np.uint8).reshape(message.height, message.width, 16)[
        ..., 12:
    ]
    kept = rgb[::stride, ::stride]
    np.testing.assert_array_equal(raw[..., :3], kept[..., ::-1])
    assert not raw[..., 3].any()
    assert np.isfinite(np.ascontiguousarray(raw).view(np.float32)).all()


def test_layout_of_the_message(make_message):
    camera, (depth, rgb) = make_camera(21, 10), make_frame(21, 10)
    header = make_message('Header')
    writer = CloudWriter(make_message('PointCloud2'), stride=2, max_range_m=50.0)
    writer.write(depth, camera, rgb, header)
    message = writer.message
    assert message.header is header
    assert (message.height, message.width) == (5, 11)
    assert (message.point_step, message.row_step) == (16, 176)
    assert len(message.data) == 5 * 176
    assert message.is_dense is False
    assert message.is_bigendian is False
    layout = [(field.name, field.offset, field.datatype, field.count) for field in message.fields]
    assert layout == [('x', 0, 7, 1), ('y', 4, 7, 1), ('z', 8, 7, 1), ('rgb', 12, 7, 1)]


# rclpy's dependency lark imports what Python is about to drop.
@pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")
def test_messages_can_be_serialized(make_message):
    camera, (depth, rgb) = make_camera(8, 6), make_frame(8, 6)
    writer = CloudWriter(make_message('PointCloud2'), stride=1, max_range_m=50.0)
    writer.write(depth, camera, rgb, make_message('Header'))
    points = points_from_cloud(writer.message)
    if hasattr(writer.message, '__msgtype__'):
        typesys = pytest.importorskip('rosbags.typesys')
        store = typesys.get_typestore(typesys.Stores.ROS2_HUMBLE)
        name = 'sensor_msgs/msg/PointCloud2'
        copy = store.deserialize_cdr(store.serialize_cdr(writer.message, name), name)
    else:
        serialization = pytest.importorskip('rclpy.serialization')
        raw = serialization.serialize_message(writer.message)
        copy = serialization.deserialize_message(raw, type(writer.message))
    np.testing.assert_array_equal(points_from_cloud(copy), points)


def test_the_buffer_stays_and_a_new_camera_gives_new_rays(make_message):
    near, (depth, rgb) = make_camera(30, 20), make_frame(30, 20)
    far = near.cropped(4, 2, 30, 20)
    header = make_message('Header')
    writer = CloudWriter(make_message('PointCloud2'), stride=1, max_range_m=50.0)
    for camera in (near, far, near):
        writer.write(depth, camera, rgb, header)
        expected = looped_points(depth, camera, 1, 50.0)
        np.testing.assert_allclose(points_from_cloud(writer.message), expected, 1e-6, 1e-5)
    buffer = writer.message.data
    writer.write(depth, near, rgb, header)
    assert writer.message.data is buffer
    small = make_camera(10, 8)
    writer.write(depth[:8, :10], small, rgb[:8, :10], header)
    expected = looped_points(depth[:8, :10], small, 1, 50.0)
    np.testing.assert_allclose(points_from_cloud(writer.message), expected, 1e-6, 1e-5)


def test_inputs_stay_as_they_are_and_may_be_read_only():
    camera, (depth, rgb) = make_camera(30, 20), make_frame(30, 20)
    depth.flags.writeable = rgb.flags.writeable = False
    for stride in (1, 3):
        writer = CloudWriter(SimpleNamespace(data=b''), stride=stride, max_range_m=50.0)
        writer.write(depth, camera, rgb, None)
        expected = looped_points(depth, camera, stride, 50.0)
        np.testing.assert_allclose(points_from_cloud(writer.message), expected, 1e-6, 1e-5)


def test_sizes_must_agree():
    camera, (depth, rgb) = make_camera(30, 20), make_frame(30, 20)
    writer = CloudWriter(SimpleNamespace(data=b''), stride=1, max_range_m=50.0)
    with pytest.raises(InputError, match='depth 29x20, colours 30x20 and camera 30x20'):
        writer.write(depth[:, 1:], camera, rgb, None)
    with pytest.raises(InputError, match='colours 30x19'):
        writer.write(depth, camera, rgb[1:], None)


def test_wrong_settings_are_refused():
    message = SimpleNamespace(data=b'')
    with pytest.raises(ConfigError, match='stride 0 must be 1 or more'):
        CloudWriter(message, stride=0, max_range_m=1.0)
    for range_m in (0.0, -1.0, np.nan):
        with pytest.raises(ConfigError, match='range'):
            CloudWriter(message, stride=1, max_range_m=range_m)


def cloud_of(points: np.ndarray, *, big: bool = False, padding: int = 0) -> SimpleNamespace:
    """A cloud with z first, an intensity between, and padded points and rows."""
    height, width = points.shape[:2]
    order = '>' if big else '<'
    record = np.dtype(
        {
            'names': ['z', 'intensity', 'x', 'y'],
            'formats': [f'{order}f4', 'u1', f'{order}f4', f'{order}f4'],
            'offsets': [0, 4, 5, 12],
            'itemsize': 20,
        }
    )
    rows = np.zeros((height, width), record)
    for index, name in enumerate('xyz'):
        rows[name] = points[..., index]
    kinds = {'z': 7, 'intensity': 2, 'x': 7, 'y': 7}
    fields = [
        SimpleNamespace(name=name, offset=record.fields[name][1], datatype=kind, count=1)
        for name, kind in kinds.items()
    ]
    return SimpleNamespace(
        height=height,
        width=width,
        fields=fields,
        is_bigendian=big,
        point_step=20,
        row_step=20 * width + padding,
        data=b''.join(row.tobytes() + bytes(padding) for row in rows),
    )


@pytest.mark.parametrize('is_big', [False, True])
@pytest.mark.parametrize('padding', [0, 3])
def test_foreign_clouds_are_read(is_big, padding):
    points = RANDOM.normal(size=(4, 5, 3)).astype(np.float32)
    message = cloud_of(points, big=is_big, padding=padding)
    np.testing.assert_array_equal(points_from_cloud(message), points)


@pytest.mark.parametrize(
    ('change', 'advice'),
    [
        ({'fields': []}, r'has the fields \[\]; it needs x, y, z'),
        ({'data': bytes(399)}, 'holds 399 bytes, but needs 400'),
        ({'row_step': 99}, 'steps are wrong'),
        ({'point_step': 12}, 'steps are wrong'),
    ],
)
def test_bad_clouds_are_refused(change, advice):
    message = cloud_of(np.zeros((4, 5, 3), np.float32))
    for name, value in change.items():
        setattr(message, name, value)
    with pytest.raises(InputError, match=advice):
        points_from_cloud(message)


def test_an_empty_cloud_has_no_points():
    message = cloud_of(np.zeros((1, 0, 3), np.float32))
    assert points_from_cloud(message).shape == (1, 0, 3)


def test_sensor_msgs_py_reads_the_same_points():
    point_cloud2 = pytest.importorskip('sensor_msgs_py.point_cloud2')
    sensor_msgs = pytest.importorskip('sensor_msgs.msg')
    std_msgs = pytest.importorskip('std_msgs.msg')
    camera, (depth, rgb) = make_camera(30, 20), make_frame(30, 20)
    writer = CloudWriter(sensor_msgs.PointCloud2(), stride=1, max_range_m=50.0)
    writer.write(depth, camera, rgb, std_msgs.Header())
    records = point_cloud2.read_points(writer.message, ('x', 'y', 'z'))
    read = np.stack([records[name] for name in 'xyz'], axis=-1).reshape(20, 30, 3)
    np.testing.assert_array_equal(read, points_from_cloud(writer.message))
    valid = np.isfinite(read).all(axis=-1).sum()
    kept = point_cloud2.read_points(writer.message, ('x', 'y', 'z', 'rgb'), skip_nans=True)
    assert len(kept) == valid
