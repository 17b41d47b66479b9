"""What depth_node does to depth after the network: each parameter has its effect, over DDS."""

import numpy as np
import pytest
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from rclpy.serialization import serialize_message
from sensor_msgs.msg import Image

from depth_nodes.messages.camera import camera_from_message
from depth_nodes.messages.cloud import points_from_cloud
from depth_nodes.messages.depth import depth_from_image
from depth_nodes.messages.image import fill_image
from depth_nodes.messages.rectification import Rectifier
from depth_nodes.runtime.depth_estimate import EstimatorConfig
from depth_nodes.runtime.estimator import make_estimator
from depth_nodes.runtime.fake_backend import FakeBackend

PERIOD_NS = 100_000_000
INPUT = {'input_height_px': 96, 'input_width_px': 128}


@pytest.fixture
def edged(monkeypatch):
    """The fake's scene with a soft-edged thing in the middle that stands twice as near."""
    infer = FakeBackend.infer

    def with_edge(self, image):
        output = infer(self, image)
        width = output.shape[-1]
        ramp = np.clip((np.arange(width) - width * 0.5) / 4, 0, 1).astype(np.float32)
        return output * (1 + ramp)

    monkeypatch.setattr(FakeBackend, 'infer', with_edge)


@pytest.fixture
def flickering(monkeypatch):
    """The fake's scene, nearer by a tenth in every second frame."""
    infer = FakeBackend.infer

    def with_flicker(self, image):
        self.num_frames = getattr(self, 'num_frames', 0) + 1
        return infer(self, image) * np.float32(1 + 0.1 * (self.num_frames % 2))

    monkeypatch.setattr(FakeBackend, 'infer', with_flicker)


def send_frames(depth_node, image_message, camera_info_message, num_frames, period_ns=PERIOD_NS):
    """One after the other, each when the last one's depth has come."""
    for _ in range(num_frames):
        stamp_ns = image_message.header.stamp.sec * 10**9 + image_message.header.stamp.nanosec
        seconds, nanoseconds = divmod(stamp_ns + period_ns, 10**9)
        image_message.header.stamp.sec = seconds
        image_message.header.stamp.nanosec = nanoseconds
        seen = len(depth_node.depths)
        depth_node.send(image_message, camera_info_message)
        depth_node.harness.spin_until(lambda seen=seen: len(depth_node.depths) > seen)


def set_parameter(depth_node, name, value):
    request = SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    return depth_node.harness.call(SetParameters, 'depth_node/set_parameters', request).results[0]


@pytest.mark.usefixtures('edged')
@pytest.mark.parametrize(
    ('flying_pixels', 'in_depth', 'in_points'),
    [('keep', False, False), ('points', False, True), ('all', True, True)],
)
def test_flying_pixels(
    make_depth_node, image_message, camera_info_message, flying_pixels, in_depth, in_points
):
    depth_node = make_depth_node(flying_pixels=flying_pixels)
    depth_node.subscribe('depth', 'points')
    depth_node.send(image_message, camera_info_message)
    depth_node.harness.spin_until(lambda: depth_node.depths and depth_node.clouds)
    depth = depth_from_image(depth_node.depths[0])
    z = points_from_cloud(depth_node.clouds[0])[..., 2]
    assert np.isnan(depth).any() == in_depth
    assert np.isnan(z).any() == in_points
    for values in (depth, z):
        assert np.isfinite(values[:, :80]).all()
        assert np.isfinite(values[:, 96:]).all()


@pytest.mark.usefixtures('flickering')
def test_temporal_filter_is_switched_while_the_node_runs(
    make_depth_node, image_message, camera_info_message
):
    depth_node = make_depth_node()
    depth_node.subscribe('depth')

    def flicker():
        send_frames(depth_node, image_message, camera_info_message, 6)
        last = [depth_from_image(one) for one in depth_node.depths[-2:]]
        return np.abs(np.log(last[0] / last[1])).mean()

    assert flicker() == pytest.approx(np.log(1.1), rel=0.1)
    assert set_parameter(depth_node, 'temporal_filter', True).successful
    assert flicker() < 0.5 * np.log(1.1)
    assert depth_node.node.get_parameter('temporal_filter').value is True
    assert set_parameter(depth_node, 'temporal_filter', False).successful
    assert flicker() == pytest.approx(np.log(1.1), rel=0.1)


@pytest.mark.usefixtures('flickering')
@pytest.mark.parametrize('reason', ['time jumps back', 'time jumps ahead', 'another lens'])
def test_nothing_is_kept_of_what_was_before(
    make_depth_node, image_message, camera_info_message, reason
):
    depth_node = make_depth_node(temporal_filter=True)
    depth_node.subscribe('depth')
    send_frames(depth_node, image_message, camera_info_message, 5)
    period_ns = {'time jumps back': -(10**9), 'time jumps ahead': 5 * 10**9}.get(reason, PERIOD_NS)
    expected_scale = 1.0
    if reason == 'another lens':
        expected_scale = 1.02
        for name in ('k', 'p'):
            values = getattr(camera_info_message, name)
            values[0] *= expected_scale
        depth_node.camera_infos.publish(camera_info_message)
        depth_node.harness.spin_for(0.1)
    send_frames(depth_node, image_message, camera_info_message, 1, period_ns)
    estimator = make_estimator('fake', 'fake', estimator_config=EstimatorConfig(**INPUT))
    rgb = np.frombuffer(image_message.data, np.uint8).reshape(128, 160, 3)
    camera = camera_from_message(camera_info_message)
    estimator.backend.num_frames = 5
    expected = estimator.estimate(rgb, camera).depth_m
    np.testing.assert_allclose(depth_from_image(depth_node.depths[-1]), expected, rtol=1e-5)


def test_what_may_change_is_checked_and_the_rest_is_refused(make_depth_node):
    depth_node = make_depth_node()
    result = set_parameter(depth_node, 'flying_pixels', 'some')
    assert not result.successful
    assert result.reason == (
        "parameter flying_pixels is 'some': it must be one of keep, points, all"
    )
    assert 'read-only' in set_parameter(depth_node, 'rectify', True).reason
    assert set_parameter(depth_node, 'flying_pixels', 'all').successful
    assert depth_node.node.settings.flying_pixels == 'all'


@pytest.mark.usefixtures('flickering')
def test_confidence_is_made_for_who_wants_it(make_depth_node, image_message, camera_info_message):
    depth_node = make_depth_node()
    depth_node.subscribe('depth')
    send_frames(depth_node, image_message, camera_info_message, 2)
    (outputs,) = depth_node.node._pipeline.outputs
    assert len(outputs._confidence.data) == 0
    confidences = depth_node.harness.collect(Image, 'depth/confidence')
    depth_node.harness.spin_until(lambda: outputs.wants_confidence)
    send_frames(depth_node, image_message, camera_info_message, 3)
    depth_node.harness.spin_until(lambda: len(confidences) == 3)
    first, *_, last = confidences
    assert (last.encoding, last.width, last.height) == ('32FC1', 160, 128)
    assert serialize_message(last.header) == serialize_message(depth_node.depths[-1].header)
    assert not depth_from_image(first).any(), 'nothing to compare with'
    # The flicker is one of scale, which says nothing about single pixels.
    np.testing.assert_allclose(depth_from_image(last), 1.0, atol=0.01)


def test_confidence_alone_keeps_the_node_working(
    make_depth_node, image_message, camera_info_message
):
    depth_node = make_depth_node()
    confidences = depth_node.harness.collect(Image, 'depth/confidence')
    depth_node.harness.spin_until(lambda: depth_node.node.count_subscribers('depth/confidence'))
    depth_node.wait_for_connections(outputs=0)
    depth_node.send(image_message, camera_info_message)
    depth_node.harness.spin_until(lambda: confidences)


@pytest.mark.parametrize('model', ['plumb_bob', 'equidistant'])
def test_rectified_images_give_rectified_outputs(
    make_depth_node, image_message, camera_info_message, rgb, model
):
    camera_info_message.distortion_model = model
    coefficients = [-0.2, 0.05, 0.001, 0.0, 0.0]
    camera_info_message.d = coefficients[:4] if model == 'equidistant' else coefficients
    camera_info_message.p[0] = camera_info_message.p[5] = 60.0
    smooth = np.repeat(rgb[::16, ::16], 16, 0).repeat(16, 1)
    fill_image(image_message, smooth)
    depth_node = make_depth_node(rectify=True)
    depth_node.subscribe('depth', 'info', 'points')
    depth_node.send(image_message, camera_info_message)
    harness = depth_node.harness
    harness.spin_until(lambda: depth_node.depths and depth_node.clouds and depth_node.infos)
    rectifier = Rectifier(camera_info_message)
    estimator = make_estimator('fake', 'fake', estimator_config=EstimatorConfig(**INPUT))
    expected = estimator.estimate(rectifier(smooth), rectifier.camera).depth_m
    depth, seen = depth_from_image(depth_node.depths[0]), ~rectifier.unseen
    assert 0.3 < seen.mean() < 1
    np.testing.assert_array_equal(depth[seen], expected[seen])
    assert np.isnan(depth[~seen]).all()
    z = points_from_cloud(depth_node.clouds[0])[..., 2]
    np.testing.assert_array_equal(np.isnan(z), ~seen)
    info = depth_node.infos[0]
    assert not any(info.d)
    assert camera_from_message(info) == rectifier.camera.__class__(
        **{**vars(rectifier.camera), 'distortion_model': 'plumb_bob', 'distortion': (0.0,) * 5}
    )


def test_a_lens_that_nobody_knows_is_told_in_a_line(
    make_depth_node, image_message, camera_info_message
):
    camera_info_message.distortion_model, camera_info_message.d = 'mirror', [0.1]
    depth_node = make_depth_node(rectify=True)
    depth_node.subscribe('depth')
    depth_node.send(image_message, camera_info_message)
    depth_node.wait_for_count('rejected', 1)
    messages = [status.status[0].message for status in depth_node.statuses]
    assert any("distortion model 'mirror' is not known; publish" in text for text in messages)
