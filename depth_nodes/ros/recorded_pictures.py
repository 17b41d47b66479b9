"""Writes received frames as arrays, for pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jaxtyping import UInt8
import numpy as np
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage, Image, PointCloud2

from depth_nodes.errors import InputError
from depth_nodes.evaluation.evaluation_config import EvaluationConfig
from depth_nodes.evaluation.sequence_evaluation import SequenceEvaluation
from depth_nodes.messages.cloud import points_from_cloud
from depth_nodes.messages.image import rgb_from_compressed, rgb_from_image
from depth_nodes.ros.frame_recorder import Messages, RecordedFrame
from depth_nodes.ros.received_truth import depth_from_cdr, ReceivedTruth
from depth_nodes.ros.topics import DEPTH, GROUND_TRUTH, IMAGE, POINTS


def write_frames(
    path: Path, frames: list[RecordedFrame], truth: ReceivedTruth, *, is_compressed: bool
) -> list[dict[str, Any]]:
    """Writes `image_K`, `depth_K`, `truth_K`, `points_K` and `colours_K` of every frame K.

    Returns:
        The index of every frame and, where its truth is known, its abs_rel by alignment.
    """
    arrays: dict[str, np.ndarray] = {}
    facts: list[dict[str, Any]] = []
    for frame in frames:
        try:
            found = _arrays(frame.messages, is_compressed=is_compressed)
            fact = {'index': frame.index, **_errors(frame.messages, truth)}
        except InputError:  # no picture of what is none; the report counts such frames
            continue
        arrays |= {f'{name}_{len(facts)}': array for name, array in found.items()}
        facts.append(fact)
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return facts


def _arrays(messages: Messages, *, is_compressed: bool) -> dict[str, np.ndarray]:
    arrays = {
        'image': _rgb(messages[IMAGE], is_compressed),
        'depth': depth_from_cdr(messages[DEPTH]),
    }
    if GROUND_TRUTH in messages:
        arrays['truth'] = depth_from_cdr(messages[GROUND_TRUTH])
    if POINTS in messages:
        cloud = deserialize_message(messages[POINTS], PointCloud2)
        arrays['points'] = points_from_cloud(cloud)
        arrays['colours'] = _colours(cloud)
    return arrays


def _errors(messages: Messages, truth: ReceivedTruth) -> dict[str, float]:
    """abs_rel by alignment."""
    if GROUND_TRUTH not in messages:
        return {}
    sample, depth_m = truth.pair(messages)
    scores = SequenceEvaluation(EvaluationConfig()).add(sample, depth_m)
    found = scores.by_alignment if scores else {}
    return {f'align_{align}': metrics.abs_rel for align, metrics in found.items()}


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
