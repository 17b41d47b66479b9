"""Pictures of a scene by the ray caster: the way where there is no OpenGL."""

from __future__ import annotations

import cv2
from jaxtyping import Float32, Float64
import numpy as np

from depth_nodes.data.synthetic.occlusion import SceneOcclusion
from depth_nodes.data.synthetic.ray_caster import cast
from depth_nodes.data.synthetic.scene import Scene, Vector
from depth_nodes.data.synthetic.shading import shade, View
from depth_nodes.messages.camera import Camera


class RayRenderer:
    """Pictures and depth of one scene from one camera."""

    def __init__(
        self, scene: Scene, camera: Camera, bounds: tuple[Vector, Vector], oversampling: int
    ) -> None:
        """Casts the shadows, which fall inside the box between the two corners of `bounds`."""
        self._scene, self._camera, self._oversampling = scene, camera, oversampling
        self._occlusion = SceneOcclusion.of_scene(scene, bounds)

    def frame(
        self, pose: Float64[np.ndarray, '4 4']
    ) -> tuple[Float32[np.ndarray, 'height width'], Float32[np.ndarray, 'height width 3']]:
        """Depth at the pixel centres (0 in the sky), and linear light averaged over the pixels."""
        solids, camera = self._scene.primitives, self._camera
        hits = cast(solids, camera, pose)
        depth = np.where(hits.index >= 0, hits.depth, np.float32(0))
        if self._oversampling == 1:
            return depth, shade(self._scene, self._occlusion, View.of_camera(camera, pose), hits)
        size = (camera.width_px, camera.height_px)
        fine = camera.resized(*(side * self._oversampling for side in size))
        light = shade(
            self._scene,
            self._occlusion,
            View.of_camera(fine, pose),
            cast(solids, fine, pose),
        )
        return depth, cv2.resize(light, size, interpolation=cv2.INTER_AREA)

    def release(self) -> None:
        """Nothing is held."""
