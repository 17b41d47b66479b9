"""Every shape of a pipeline follows from the camera's size and the input's."""

import pytest

from depth_nodes.errors import ConfigError
from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.pipeline_config import PipelineConfig

SIZES = {'height_px': 720, 'width_px': 1280, 'input_height_px': 192, 'input_width_px': 640}


def test_shapes_of_a_720p_camera():
    config = PipelineConfig(num_cameras=4, **SIZES)
    assert config.network_shape == (4, 192, 352)
    assert config.depth_shape == (4, 720, 1280)
    camera = Camera.from_fov(1280, 720, 80.0)
    assert config.depth_camera(camera) is camera


def test_shapes_at_the_networks_size():
    config = PipelineConfig(is_camera_sized=False, **SIZES)
    assert config.network_shape == (1, 192, 352)
    assert config.depth_shape == (1, 192, 341)
    camera = config.depth_camera(Camera.from_fov(1280, 720, 80.0))
    assert (camera.width_px, camera.height_px) == (341, 192)


@pytest.mark.parametrize(
    'values', [{'num_cameras': 0}, {'min_depth_m': 0.0}, {'min_depth_m': 5.0, 'max_depth_m': 5.0}]
)
def test_a_pipeline_without_depth_is_refused(values):
    with pytest.raises(ConfigError):
        PipelineConfig(**SIZES, **values)
