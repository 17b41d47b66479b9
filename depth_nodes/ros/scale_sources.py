"""The sources of scale that a mode asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rclpy.node import Node

from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.height_source import HeightSource
from depth_nodes.ros.mounting import Mounting
from depth_nodes.ros.odometry_source import OdometrySource
from depth_nodes.ros.range_source import RangeSource
from depth_nodes.ros.scale_source import ScaleSource


def make_sources(
    sources: tuple[str, ...],
    node: Node,
    parameters: DepthParameters,
    mounting: Mounting,
    camera: str,
) -> Mapping[str, ScaleSource]:
    """Those of these names."""
    mounting.subscribe(sources)
    makers: dict[str, Callable[[], ScaleSource]] = {
        'camera_height': lambda: HeightSource(parameters.camera_height_m, mounting),
        'range': lambda: RangeSource(node, parameters, mounting, camera),
        'odometry': lambda: OdometrySource(node, parameters.input_reliability, mounting),
    }
    return {source: makers[source]() for source in sources}
