"""The scale from the height of the camera: a parameter, or the pose of the camera."""

from __future__ import annotations

from std_msgs.msg import Header

from depth_nodes.errors import InputError
from depth_nodes.ros.mounting import Mounting
from depth_nodes.ros.scale_source import ScaleSource
from depth_nodes.runtime.ground_plane import GroundPlane, LEVEL
from depth_nodes.runtime.scale_measurement import ScaleMeasurement
from depth_nodes.runtime.scale_view import ScaleView


class HeightSource(ScaleSource):
    """The camera's height over the ground; needs no topic but perhaps TF."""

    def __init__(self, height_m: float, mounting: Mounting) -> None:
        """Height over the ground; 0: as `mounting` says."""
        self._ground = GroundPlane()
        self._height_m = height_m
        self._mounting = mounting

    def measure(self, view: ScaleView, header: Header) -> ScaleMeasurement | None:
        """Without a known pose the camera is taken to look straight ahead."""
        height_m, down = self._height_m, LEVEL
        try:
            base_from_camera = self._mounting.base_from_camera(header.frame_id)
            height_m, down = height_m or float(base_from_camera[2, 3]), -base_from_camera[2, :3]
        except InputError:
            if not height_m:
                raise
        if height_m <= 0:
            raise InputError(f'the camera is {height_m:g} m over the ground; set camera_height_m')
        return self._ground.measure(view, height_m, down)

    @property
    def has_data(self) -> bool:
        """Where no height is known, measuring is an error."""
        return True

    def why_silent(self) -> str:
        """The ground can be out of sight."""
        return 'no ground is seen that is level and large enough'

    def destroy(self) -> None:
        """There are none."""
