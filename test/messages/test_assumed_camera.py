import math

import pytest

from depth_nodes.errors import InputError
from depth_nodes.messages.assumed_camera import assumed_camera, ASSUMED_FOV_DEG


@pytest.mark.parametrize('fx_px', [None, 431.5])
def test_it_looks_along_the_middle_with_square_pixels(fx_px):
    camera = assumed_camera(640, 479, fx_px)
    assert (camera.width_px, camera.height_px) == (640, 479)
    assert (camera.cx_px, camera.cy_px) == (319.5, 239.0)
    assert camera.fx_px == camera.fy_px
    seen_deg = 2 * math.degrees(math.atan(320 / camera.fx_px))
    assert camera.fx_px == fx_px or seen_deg == pytest.approx(ASSUMED_FOV_DEG)


@pytest.mark.parametrize('fx_px', [0.0, -3.0, math.nan])
def test_an_impossible_focal_length_is_refused(fx_px):
    with pytest.raises(InputError, match='calibrate'):
        assumed_camera(640, 480, fx_px)
