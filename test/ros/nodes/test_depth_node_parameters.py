"""Every parameter has an effect, and none can be wrong without a word."""

from pathlib import Path

import pytest
from rclpy.parameter import Parameter
import yaml

from depth_nodes.errors import ConfigError
from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.nodes.depth_node import DepthNode
from depth_nodes.ros.parameters import specifications

CONFIG = Path(__file__).resolve().parents[3] / 'config/realtime.yaml'


def test_every_declared_parameter_is_read(
    monkeypatch, make_depth_node, image_message, camera_info_message
):
    read = set()

    def recording(self, name):
        read.add(name)
        return object.__getattribute__(self, name)

    monkeypatch.setattr(DepthParameters, '__getattribute__', recording)
    depth_node = make_depth_node(scale_mode='auto', relative_points_enabled=True)
    depth_node.subscribe('depth', 'points')
    depth_node.send(image_message, camera_info_message)
    depth_node.harness.spin_until(lambda: depth_node.depths and depth_node.clouds)
    assert set(specifications(DepthParameters)) <= read


def test_names_are_those_of_the_public_interface():
    assert list(specifications(DepthParameters)) == [
        'model',
        'models_dir',
        'prior_bank',
        'backend',
        'precision',
        'input_height_px',
        'input_width_px',
        'num_threads',
        'min_depth_m',
        'max_depth_m',
        'output_encoding',
        'output_size',
        'points_enabled',
        'points_stride',
        'points_max_range_m',
        'image_transport',
        'input_reliability',
        'output_reliability',
        'rectify',
        'flying_pixels',
        'temporal_filter',
        'engine_cache_dir',
        'cameras',
        'scale_mode',
        'scale_factor',
        'camera_height_m',
        'base_frame',
        'base_from_camera',
        'range_sensor',
        'camera_from_range',
        'relative_points_enabled',
        'diagnostics_period_s',
        'autostart',
    ]


def test_the_shipped_file_says_the_defaults():
    shipped = yaml.safe_load(CONFIG.read_text())['/**']['depth_node']['ros__parameters']
    defaults = {name: one.default for name, one in specifications(DepthParameters).items()}
    assert shipped == {**defaults, 'cameras': []}


@pytest.mark.parametrize(
    ('name', 'value', 'message'),
    [
        (
            'modle',
            'x',
            'there is no parameter modle: did you mean model or scale_mode or models_dir?',
        ),
        ('points_stride', 0, 'parameter points_stride is 0: it must be 1 to 64'),
        ('points_stride', 1.5, 'parameter points_stride is 1.5: it must be an integer'),
        ('max_depth_m', float('nan'), 'parameter max_depth_m is nan: it must be 0.001 to 1000000'),
        ('points_enabled', 'yes', "parameter points_enabled is 'yes': it must be true or false"),
        (
            'backend',
            'cuda',
            "parameter backend is 'cuda': it must be one of auto, tensorrt, torch, onnx, fake",
        ),
    ],
)
def test_wrong_parameters_are_refused_with_the_reason(context, name, value, message):
    with pytest.raises(ConfigError) as error:
        DepthNode(context=context, parameter_overrides=[Parameter(name, value=value)])
    assert str(error.value) == message


def test_parameters_cannot_change_while_the_node_lives(make_depth_node):
    node = make_depth_node().node
    (result,) = node.set_parameters([Parameter('min_depth_m', value=1.0)])
    assert not result.successful
    assert 'read-only' in result.reason
    assert node.get_parameter('min_depth_m').value == 0.1
