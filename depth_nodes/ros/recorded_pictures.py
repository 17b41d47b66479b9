"""Writes received frames as arrays, for pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jaxtyping import UInt8
import numpy as np
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage, Image, PointCloud2

from depth_nodes.errors import InputError
from depth_nodes.messages.cloud import points_from_cloud
from depth_nodes.messages.image import rgb_from_compressed, rgb_from_image
from depth_nodes.ros.accuracy_meter import AccuracyMeter, depth_from_cdr
from depth_nodes.ros.frame_recorder import RecordedFrame
from depth_nodes.ros.topics import DEPTH, GROUND_TRUTH, IMAGE, POINTS


def write_frames(
    path: Path, frames: list[RecordedFrame], meter: AccuracyMeter, *, is_compressed: bool
) -> list[dict[str, Any]]:
    """Writes `image_K`, `depth_K`, `truth_K`, `points_K` and `colours_K` of every frame K.

    Returns:
        The index of every frame and, where its truth is known, its abs_rel by alignment.
    """
    arrays: dict[str, np.ndarray] = {}
    facts: list[dict[str, Any]] = []
    for frame in frames:
        try:
            found, fact = _arrays(frame, meter, is_compressed=is_compressed)
        except InputError:  # no picture of what is none; the report counts such frames
            continue
        arrays |= {f'{name}_{len(facts)}': array for name, array in found.items()}
        facts.append(fact)
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return facts


def _arrays(
    frame: RecordedFrame, meter: AccuracyMeter, *, is_compressed: bool
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    messages = frame.messages
    arrays = {
        'image': _rgb(messages[IMAGE], is_compressed),
        'depth': depth_from_cdr(messages[DEPTH]),
    }
    fact: dict[str, Any] = {'index': frame.index}
    if GROUND_TRUTH in messages:
        arrays['truth'] = depth_from_cdr(messages[GROUND_TRUTH])
        measured = meter.measure(messages[DEPTH], messages[GROUND_TRUTH])
        fact |= {name: metrics.abs_rel for name, metrics in measured.items()}
    if POINTS in messages:
        cloud = deserialize_message(messages[POINTS], PointCloud2)
        arrays['points'] = points_from_cloud(cloud)
        arrays['colours'] = _colours(cloud)
    return arrays, fact


def _rgb(cdr: bytes, is_compressed: bool) -> UInt8[np.ndarray, 'height width 3']:
    if is_compressed:
        return rgb_from_compressed(deserialize_message(cdr, CompressedImage))
    return rgb_from_image(deserialize_message(cdr, Image))


def _colours(cloud: PointCloud2) -> UInt8[np.ndarray, 'height width 3']:
    """The field rgb, packed as b g r 0 (the usual layout, PCL's)."""
    offset = next(field.offset for field in cloud.fields if field.name == 'rgb')
    rows = np.frombuffer(cloud.data, np.uint8).reshape(cloud.height, cloud.row_step)
    points = rows[:, : cloud.width * cloud.point_step].reshape(cloud.height, cloud.width, -1)
    return np.ascontiguousarray(points[..., offset : offset + 3][..., ::-1])
