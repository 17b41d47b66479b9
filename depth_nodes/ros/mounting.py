"""Where the camera and the range sensor are on the robot: from parameters, else from TF."""

from __future__ import annotations

from rclpy.node import Node

from depth_nodes.errors import ConfigError
from depth_nodes.messages.transform_tree import Pose
from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.parameters import pose_from_parameter
from depth_nodes.ros.transform_input import TransformInput


class Mounting:
    """Of all cameras; subscribes to TF from construction to `destroy` where it may be needed.

    Raises:
        ConfigError: a pose is none, or is given for several cameras.
    """

    def __init__(self, node: Node, parameters: DepthParameters) -> None:
        self._base_frame = parameters.base_frame
        self._base_from_camera = _given_pose(parameters, 'base_from_camera')
        self._camera_from_range = _given_pose(parameters, 'camera_from_range')
        self._transforms: TransformInput | None = None
        self._node = node

    def subscribe(self, sources: tuple[str, ...]) -> None:
        """Listens to TF, unless the parameters say all that these sources of scale ask for."""
        needs_range = 'range' in sources and self._camera_from_range is None
        needs_base = {*sources} - {'range'} and self._base_from_camera is None
        if (needs_range or needs_base) and self._transforms is None:
            self._transforms = TransformInput(self._node)

    def base_from_camera(self, camera_frame: str, base_frame: str = '') -> Pose:
        """The pose of the camera in the robot's frame, or in another that is fixed to it.

        Raises:
            InputError: neither parameters nor TF tell.
        """
        if self._base_from_camera is not None:
            return self._base_from_camera
        return self._looked_up(base_frame or self._base_frame, camera_frame)

    def camera_from_range(self, camera_frame: str, range_frame: str) -> Pose:
        """The pose of the range sensor in the camera's optical frame.

        Raises:
            InputError: neither parameters nor TF tell.
        """
        if self._camera_from_range is not None:
            return self._camera_from_range
        return self._looked_up(camera_frame, range_frame)

    def destroy(self) -> None:
        """Ends the subscriptions."""
        if self._transforms is not None:
            self._transforms.destroy()
        self._transforms = None

    def _looked_up(self, target: str, source: str) -> Pose:
        assert self._transforms is not None, 'subscribed at the start of what asks'
        return self._transforms.target_from_source(target, source)


def _given_pose(parameters: DepthParameters, name: str) -> Pose | None:
    text = getattr(parameters, name)
    if text and len(parameters.camera_names) > 1:
        raise ConfigError(f'parameter {name} is for one camera: with several, publish TF')
    return pose_from_parameter(name, text)
