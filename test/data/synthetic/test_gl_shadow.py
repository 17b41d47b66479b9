from gl_machine import require_gl
import numpy as np

from depth_nodes.data.synthetic.camera_path import Gaze, pose_from_gaze
from depth_nodes.data.synthetic.gl_renderer import GlRenderer
from depth_nodes.data.synthetic.scene import box, Light, Material, Scene, Sky
from depth_nodes.messages.camera import Camera

WHITE = Material(pattern='noise', palette=((0.8, 0.8, 0.8),) * 2, grain=0.0)
OVERCAST = Light(
    towards_sun=(0.0, 0.0, 1.0), sun=(0, 0, 0), ambient_up=(1, 1, 1), ambient_down=(1, 1, 1)
)


def light_below(height_m: float) -> float:
    """Light on the ground under the middle of a wide roof, against open ground."""
    ground = box((-100, -100, -1), (100, 100, 0), WHITE)
    roof = box((3, -4, height_m), (11, 4, height_m + 0.2), WHITE)
    scene = Scene(primitives=(ground, roof), light=OVERCAST, sky=Sky(haze_m=1e9))
    camera = Camera.from_fov(80, 60, 70.0)
    bounds = ((-10.0, -20.0, 0.0), (30.0, 20.0, 8.0))
    renderer = GlRenderer(scene, camera, bounds, oversampling=1)
    under = pose_from_gaze(np.array([6.0, 0.0, 0.8]), Gaze(yaw=0.0, pitch=-1.2))
    outside = pose_from_gaze(np.array([-6.0, 12.0, 0.8]), Gaze(yaw=0.0, pitch=-1.2))
    levels = [float(renderer.frame(pose)[1][20:40, 30:50].mean()) for pose in (under, outside)]
    renderer.release()
    return levels[0] / levels[1]


def test_less_sky_reaches_what_lies_under_a_roof() -> None:
    require_gl()
    low, high = light_below(1.2), light_below(6.0)
    assert low < 0.55
    assert low < high - 0.1
    assert high < 0.9
