import numpy as np

from depth_nodes.data.synthetic.camera_path import Gaze, pose_from_gaze
from depth_nodes.data.synthetic.ray_renderer import RayRenderer
from depth_nodes.data.synthetic.scene import box, Light, Material, Scene, Sky
from depth_nodes.messages.camera import Camera

CAMERA = Camera.from_fov(64, 48, 70.0)
POSE = pose_from_gaze(np.array([0.0, 0.0, 1.5]), Gaze(yaw=0.0))
SCENE = Scene(
    primitives=(
        box(
            (-900, -900, -1),
            (900, 900, 0),
            Material(pattern='checker', palette=((0, 0, 0), (1, 1, 1))),
        ),
        box((6, -1, 0), (7, 1, 2), Material(pattern='noise', palette=((0.5, 0.5, 0.5),))),
    ),
    light=Light(
        towards_sun=(0.0, 0.0, 1.0), sun=(1, 1, 1), ambient_up=(0.3,) * 3, ambient_down=(0.2,) * 3
    ),
    sky=Sky(cloud_cover=0.0),
)


def test_depth_is_of_the_pixel_centre_whatever_the_oversampling() -> None:
    frames = [
        RayRenderer(SCENE, CAMERA, ((-20, -20, 0), (40, 20, 8)), count).frame(POSE)
        for count in (1, 2)
    ]
    np.testing.assert_array_equal(frames[0][0], frames[1][0])
    assert np.abs(frames[0][1] - frames[1][1]).max() > 0.05
    assert frames[0][0][24, 32] == 6
    assert (frames[0][0][:10] == 0).all()
