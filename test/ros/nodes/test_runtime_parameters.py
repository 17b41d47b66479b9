"""`ros2 param set` on a running node: each value takes effect, or is refused with a reason."""

import numpy as np
import pytest
from rcl_interfaces.msg import Parameter as ParameterMessage
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter

from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.parameters import specifications

DYNAMIC = [name for name, one in specifications(DepthParameters).items() if one.is_dynamic]
READ_ONLY = [name for name, one in specifications(DepthParameters).items() if not one.is_dynamic]


@pytest.fixture
def depth_node(make_depth_node, image_message, camera_info_message):
    """One with a helper `depth()`: the depth of one more frame."""
    depth_node = make_depth_node(scale_mode='fixed')
    depth_node.subscribe('depth')
    depth_node.camera_infos.publish(camera_info_message)

    def depth() -> np.ndarray:
        seen = len(depth_node.depths)
        depth_node.images.publish(image_message)
        depth_node.harness.spin_until(lambda: len(depth_node.depths) > seen)
        return np.frombuffer(depth_node.depths[-1].data, np.float32)

    depth_node.depth = depth
    return depth_node


def set_parameter(depth_node, name, value):
    """As `ros2 param set` does it; the answer is (successful, reason)."""
    message: ParameterMessage = Parameter(name, value=value).to_parameter_msg()
    request = SetParameters.Request(parameters=[message])
    service = 'depth_node/set_parameters'
    (result,) = depth_node.harness.call(SetParameters, service, request).results
    return result.successful, result.reason


def test_the_next_frame_has_the_new_value(depth_node):
    before = depth_node.depth()
    assert set_parameter(depth_node, 'scale_factor', 2.0) == (True, '')
    np.testing.assert_allclose(depth_node.depth(), 2 * before, rtol=1e-5)
    assert set_parameter(depth_node, 'scale_mode', 'model') == (True, '')
    np.testing.assert_array_equal(depth_node.depth(), before)
    assert depth_node.values()['scale source'] == 'model'


def test_every_dynamic_parameter_reaches_the_pipeline(depth_node):
    """What each of them does to depth is in the tests of filters and scale."""
    values = {
        'flying_pixels': 'all',
        'temporal_filter': True,
        'scale_mode': 'camera_height',
        'scale_factor': 3.0,
        'camera_height_m': 1.5,
    }
    assert list(values) == DYNAMIC
    for name, value in values.items():
        assert set_parameter(depth_node, name, value) == (True, '')
        assert depth_node.node.get_parameter(name).value == value
    pipeline = depth_node.node._pipeline
    assert pipeline.estimator.filters == depth_node.node.settings.filters
    assert pipeline.scales[0]._parameters.scale == ('camera_height', 3.0, 1.5)
    depth_node.depth()


@pytest.mark.parametrize(
    ('name', 'value', 'reason'),
    [
        ('scale_mode', 'guess', "scale_mode is 'guess': it must be one of model, fixed,"),
        ('scale_factor', 0.0, 'scale_factor'),
        ('scale_factor', float('nan'), 'scale_factor'),
        ('camera_height_m', -1.0, 'camera_height_m'),
        ('temporal_filter', 'yes', 'Wrong parameter type'),
        ('flying_pixels', 'none', "flying_pixels is 'none': it must be one of keep,"),
        ('scale_factr', 2.0, 'undeclared parameter'),
    ],
)
def test_what_is_wrong_is_refused_and_changes_nothing(depth_node, name, value, reason):
    before, settings = depth_node.depth(), depth_node.node.settings
    is_successful, answer = set_parameter(depth_node, name, value)
    assert not is_successful
    assert reason in answer
    assert depth_node.node.settings == settings
    np.testing.assert_array_equal(depth_node.depth(), before)


def test_every_other_parameter_is_read_only(depth_node):
    settings = depth_node.node.settings
    for name in READ_ONLY:
        value = getattr(settings, name)
        value = list(value) or ['front'] if isinstance(value, tuple) else value
        is_successful, reason = set_parameter(depth_node, name, value)
        assert not is_successful, name
        assert 'read-only' in reason
    assert depth_node.node.settings == settings


def test_what_is_set_before_configure_counts(harness, make_depth_node):
    depth_node = make_depth_node(autostart=False)
    assert set_parameter(depth_node, 'temporal_filter', True) == (True, '')
    depth_node.node.trigger_configure()
    assert depth_node.node._pipeline.estimator.filters.is_temporal
