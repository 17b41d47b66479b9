import numpy as np
import pytest

from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.frame import Frame, MIN_SIDE_PX


def frame(width: int, height: int, camera_width: int, camera_height: int) -> Frame:
    camera = Camera.from_fov(camera_width, camera_height, 60.0)
    return Frame(image=np.zeros((height, width, 3), np.uint8), camera=camera)


@pytest.mark.parametrize('size', [(MIN_SIDE_PX, MIN_SIDE_PX), (640, 480), (64, 4096)])
def test_an_image_goes_with_a_camera_of_its_size(size):
    frame(*size, *size)


@pytest.mark.parametrize('size', [(639, 480), (640, 481), (480, 640)])
def test_another_size_than_the_cameras_is_refused(size):
    with pytest.raises(InputError) as error:
        frame(*size, 640, 480)
    width, height = size
    assert str(error.value) == (
        f'the image is {width}x{height} px but its camera 640x480 px; '
        'send a CameraInfo of the same size as the image'
    )


@pytest.mark.parametrize('size', [(MIN_SIDE_PX - 1, 480), (640, MIN_SIDE_PX - 1)])
def test_an_image_too_small_for_any_depth_is_refused(size):
    with pytest.raises(InputError, match='both sides must be at least 64 px'):
        frame(*size, *size)
