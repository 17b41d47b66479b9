"""Image and CameraInfo in, depth, camera_info and cloud out: the real node over real DDS."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from rclpy.serialization import serialize_message
from sensor_msgs.msg import CompressedImage, Image, PointCloud2

from depth_nodes.messages.camera import camera_from_message, fill_camera_info
from depth_nodes.messages.cloud import CloudWriter, points_from_cloud
from depth_nodes.messages.depth import depth_from_image
from depth_nodes.messages.image import fill_image
from depth_nodes.runtime.backend import BACKENDS
from depth_nodes.runtime.depth_estimate import EstimatorConfig
from depth_nodes.runtime.estimator import make_estimator
from depth_nodes.runtime.torch_gpu_backend import TorchGpuBackend

NETWORK_SIZE = EstimatorConfig(input_height_px=96, input_width_px=128)


def expected_depth(rgb, camera):
    estimator = make_estimator('fake', 'fake', estimator_config=NETWORK_SIZE)
    return estimator.estimate(rgb, camera).depth_m.copy()


def test_publishes_what_the_estimator_says(make_depth_node, image_message, camera_info_message):
    depth_node = make_depth_node()
    depth_node.subscribe('depth', 'info', 'points')
    depth_node.send(image_message, camera_info_message)
    depth_node.harness.spin_until(lambda: depth_node.depths and depth_node.clouds)
    depth_node.harness.spin_until(lambda: depth_node.infos)

    camera = camera_from_message(camera_info_message)
    rgb = np.frombuffer(image_message.data, np.uint8).reshape(128, 160, 3)
    expected = expected_depth(rgb, camera)
    depth = depth_from_image(depth_node.depths[0])
    np.testing.assert_array_equal(depth, expected)
    assert depth_node.depths[0].encoding == '32FC1'
    points = points_from_cloud(depth_node.clouds[0])
    np.testing.assert_allclose(points[..., 2], expected, rtol=1e-6)
    x = (np.arange(160) - camera.cx_px) * expected / camera.fx_px
    np.testing.assert_allclose(points[..., 0], x, rtol=1e-5, atol=1e-6)
    colours = np.frombuffer(depth_node.clouds[0].data, np.uint8).reshape(128, 160, 16)
    np.testing.assert_array_equal(colours[..., 14:11:-1], rgb)


def test_every_output_carries_the_header_byte_for_byte(
    make_depth_node, image_message, camera_info_message
):
    depth_node = make_depth_node()
    depth_node.subscribe('depth', 'info', 'points')
    depth_node.send(image_message, camera_info_message)
    harness = depth_node.harness
    harness.spin_until(lambda: depth_node.depths and depth_node.clouds and depth_node.infos)
    expected = serialize_message(image_message.header)
    for output in (depth_node.depths[0], depth_node.infos[0], depth_node.clouds[0]):
        assert serialize_message(output.header) == expected


def test_camera_info_belongs_to_the_depth(make_depth_node, image_message, camera_info_message):
    depth_node = make_depth_node(output_size='network')
    depth_node.subscribe('depth', 'info', 'points')
    depth_node.send(image_message, camera_info_message)
    harness = depth_node.harness
    harness.spin_until(lambda: depth_node.depths and depth_node.clouds and depth_node.infos)
    info, depth, cloud = depth_node.infos[0], depth_node.depths[0], depth_node.clouds[0]
    # 160x128 fits into 128x96 as 120x96.
    assert (info.width, info.height) == (depth.width, depth.height) == (120, 96)
    assert (cloud.width, cloud.height) == (120, 96)
    original = camera_from_message(camera_info_message)
    assert camera_from_message(info) == original.resized(120, 96)
    assert list(info.k[:3]) == pytest.approx([info.p[0], 0, info.p[2]])
    x, y, z = points_from_cloud(cloud)[90, 110]
    scaled = original.resized(120, 96)
    assert x / z * scaled.fx_px + scaled.cx_px == pytest.approx(110, abs=1e-3)
    assert y / z * scaled.fy_px + scaled.cy_px == pytest.approx(90, abs=1e-3)


def test_millimetres(make_depth_node, image_message, camera_info_message, rgb, camera):
    depth_node = make_depth_node(output_encoding='16UC1')
    depth_node.subscribe('depth')
    depth_node.send(image_message, camera_info_message)
    depth_node.harness.spin_until(lambda: depth_node.depths)
    assert depth_node.depths[0].encoding == '16UC1'
    millimetres = np.frombuffer(depth_node.depths[0].data, np.uint16).reshape(128, 160)
    np.testing.assert_allclose(millimetres / 1000, expected_depth(rgb, camera), atol=0.00051)


def test_ranges(make_depth_node, image_message, camera_info_message, rgb, camera):
    expected = expected_depth(rgb, camera)
    near, far, clip = (float(value) for value in np.quantile(expected, (0.3, 0.7, 0.5)))
    depth_node = make_depth_node(min_depth_m=near, max_depth_m=far, points_max_range_m=clip)
    depth_node.subscribe('depth', 'points')
    depth_node.send(image_message, camera_info_message)
    depth_node.harness.spin_until(lambda: depth_node.depths and depth_node.clouds)
    depth = depth_from_image(depth_node.depths[0])
    np.testing.assert_array_equal(depth == -np.inf, expected < near)
    np.testing.assert_array_equal(depth == np.inf, expected > far)
    z = points_from_cloud(depth_node.clouds[0])[..., 2]
    np.testing.assert_array_equal(np.isfinite(z), (expected >= near) & (expected <= clip))


def test_cloud_stride(make_depth_node, image_message, camera_info_message, rgb, camera):
    depth_node = make_depth_node(points_stride=3)
    depth_node.subscribe('points')
    depth_node.send(image_message, camera_info_message)
    depth_node.harness.spin_until(lambda: depth_node.clouds)
    z = points_from_cloud(depth_node.clouds[0])[..., 2]
    np.testing.assert_allclose(z, expected_depth(rgb, camera)[::3, ::3], rtol=1e-6)


def test_points_that_come_from_the_device_are_published_as_they_are(
    monkeypatch, tmp_path, make_depth_node, image_message, camera_info_message, rgb
):
    """The GPU's way on torch's CPU: first nobody wants points, then somebody does."""
    monkeypatch.setitem(
        BACKENDS,
        'torch',
        lambda model, config: TorchGpuBackend(model, replace(config, device='cpu')),
    )
    depth_node = make_depth_node(
        backend='torch',
        model='small_depth',
        precision='fp32',
        points_stride=3,
        engine_cache_dir=str(tmp_path / 'engines'),
    )
    depth_node.subscribe('depth')
    depth_node.send(image_message, camera_info_message)
    depth_node.harness.spin_until(lambda: depth_node.depths)
    depth_node.subscribe('depth', 'points')
    depth_node.images.publish(image_message)
    depth_node.harness.spin_until(lambda: depth_node.depths and depth_node.clouds)
    cloud, depth = depth_node.clouds[0], depth_from_image(depth_node.depths[0])
    written = PointCloud2()
    writer = CloudWriter(written, stride=3, max_range_m=100.0)
    camera = camera_from_message(camera_info_message)
    writer.write(depth, camera, rgb, image_message.header)
    assert serialize_message(cloud.header) == serialize_message(written.header)
    for name in ('height', 'width', 'point_step', 'row_step', 'fields', 'is_dense'):
        assert getattr(cloud, name) == getattr(written, name)
    points, expected = (np.frombuffer(one.data, np.float32) for one in (cloud, written))
    assert np.isfinite(expected).mean() > 0.5
    np.testing.assert_array_equal(points, expected)
    assert depth_node.values()['device'] == 'cpu'


def test_no_cloud_topic_when_disabled(make_depth_node):
    depth_node = make_depth_node(points_enabled=False)
    assert depth_node.node.count_publishers('depth/points') == 0
    assert depth_node.node.count_publishers('depth/image_rect') == 1


@pytest.mark.parametrize('suffix', ['.png', '.jpg'])
def test_compressed_transport(make_depth_node, camera_info_message, rgb, camera, suffix):
    smooth = cv2.GaussianBlur(rgb, (0, 0), 8)
    message = CompressedImage(format=suffix[1:])
    message.data = cv2.imencode(suffix, smooth[..., ::-1])[1].tobytes()
    depth_node = make_depth_node(CompressedImage, image_transport='compressed')
    depth_node.subscribe('depth')
    depth_node.send(message, camera_info_message)
    depth_node.harness.spin_until(lambda: depth_node.depths)
    tolerance = 0 if suffix == '.png' else 0.02
    expected = expected_depth(smooth, camera)
    np.testing.assert_allclose(depth_from_image(depth_node.depths[0]), expected, rtol=tolerance)


def test_new_image_size_while_running(make_depth_node, image_message, camera_info_message, camera):
    depth_node = make_depth_node()
    depth_node.subscribe('depth', 'points')
    depth_node.send(image_message, camera_info_message)
    depth_node.harness.spin_until(lambda: depth_node.depths and depth_node.clouds)
    half = camera.resized(80, 64)
    fill_image(image_message, np.zeros((64, 80, 3), np.uint8))
    fill_camera_info(camera_info_message, half)
    depth_node.camera_infos.publish(camera_info_message)
    depth_node.harness.spin_for(0.1)
    depth_node.images.publish(image_message)
    depth_node.harness.spin_until(lambda: len(depth_node.clouds) > 1)
    assert (depth_node.depths[1].width, depth_node.depths[1].height) == (80, 64)
    assert (depth_node.clouds[1].width, depth_node.clouds[1].height) == (80, 64)


def test_nothing_is_computed_when_nobody_listens(
    make_depth_node, image_message, camera_info_message
):
    depth_node = make_depth_node()
    depth_node.wait_for_connections(outputs=0)
    depth_node.send(image_message, camera_info_message)
    values = depth_node.wait_for_count('skipped', 1)
    assert values['frames published'] == '0'
    assert not any('network' in key for key in values)
    found = [message.status[0] for message in depth_node.statuses]
    assert all(one.level == b'\x00' for one in found if 'no inference' in one.message)
    assert any('no inference' in one.message for one in found)


def test_only_what_is_subscribed_is_built(make_depth_node, image_message, camera_info_message):
    depth_node = make_depth_node()
    depth_node.subscribe('depth')
    depth_node.send(image_message, camera_info_message)
    depth_node.harness.spin_until(lambda: depth_node.depths)
    (outputs,) = depth_node.node._pipeline.outputs
    assert len(outputs._cloud.data) == 0
    assert len(outputs._depth.data) == 4 * 160 * 128


def test_a_best_effort_subscriber_receives_too(
    make_depth_node, harness, image_message, camera_info_message
):
    depth_node = make_depth_node()
    depths = harness.collect(Image, 'depth/image_rect', 'BEST_EFFORT')
    depth_node.wait_for_connections(outputs=1)
    depth_node.send(image_message, camera_info_message)
    harness.spin_until(lambda: depths)
