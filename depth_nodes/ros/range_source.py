"""The scale from a range sensor beside the camera."""

from __future__ import annotations

from rclpy.node import Node
from std_msgs.msg import Header

from depth_nodes.errors import InputError
from depth_nodes.ros.connections import why_nothing_arrives
from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.mounting import Mounting
from depth_nodes.ros.range_input import RangeInput
from depth_nodes.ros.scale_source import ScaleSource, stamp_s
from depth_nodes.runtime.scale_measurement import ScaleMeasurement
from depth_nodes.runtime.scale_view import ScaleView

# A range sensor that saw something so long before or after the camera may have seen another thing.
MAX_STAMP_DIFFERENCE_S = 0.3


class RangeSource(ScaleSource):
    """Distances from a sensor beside the camera."""

    def __init__(
        self, node: Node, parameters: DepthParameters, mounting: Mounting, camera: str
    ) -> None:
        reliability = parameters.input_reliability
        self._input = RangeInput(node, parameters.range_sensor, reliability, camera)
        self._mounting = mounting
        self._node = node
        self._has_data = False

    def measure(self, view: ScaleView, header: Header) -> ScaleMeasurement | None:
        """From the newest message, once."""
        message = self._input.take()
        if message is None:
            return None
        apart_s = abs(stamp_s(message.header) - view.at_s)
        if apart_s > MAX_STAMP_DIFFERENCE_S:
            raise InputError(
                f'the stamps of range sensor and camera are {apart_s:.3g} s apart; synchronise '
                'their clocks'
            )
        pose = self._mounting.camera_from_range(header.frame_id, message.header.frame_id)
        self._has_data = True
        return self._input.measure(view, message, pose)

    @property
    def has_data(self) -> bool:
        """A frame can come between two messages."""
        return self._has_data

    def why_silent(self) -> str:
        """What the middleware knows."""
        return why_nothing_arrives(self._node, self._input.subscription)

    def destroy(self) -> None:
        """Ends the subscription."""
        self._input.destroy()
