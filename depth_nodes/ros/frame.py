"""What the player publishes: frames of serialised messages, from whatever source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

IMAGE, COMPRESSED_IMAGE = 'image', 'image/compressed'
CAMERA_INFO, GROUND_TRUTH = 'camera_info', 'ground_truth/image_rect'
TYPES = {
    IMAGE: Image,
    COMPRESSED_IMAGE: CompressedImage,
    CAMERA_INFO: CameraInfo,
    GROUND_TRUTH: Image,
}


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Messages that belong together.

    Attributes:
        time_ns: when to publish, after the first frame.
        stamp_ns: the stamp in the source.
        messages: topic and CDR bytes, in the order of publishing: the camera before its image.
    """

    time_ns: int
    stamp_ns: int
    messages: tuple[tuple[str, bytes], ...]

    @property
    def has_image(self) -> bool:
        """Whether it is more than late ground truth."""
        return any(topic in (IMAGE, COMPRESSED_IMAGE) for topic, _ in self.messages)


@runtime_checkable
class Playback(Protocol):
    """A source of frames; can be iterated again for another round."""

    topics: tuple[str, ...]
    period_ns: int
    has_recorded_stamps: bool

    def __iter__(self) -> Iterator[Frame]: ...


@dataclass(frozen=True, kw_only=True)
class PlaybackConfig:
    """How a source is read.

    Attributes:
        fx_px: focal length where the source has no intrinsics; 0: unknown.
        frame_id: replaces the frame of the source, except in bags; empty: as it is.
        image_topic: in a bag; empty: found by type and name. The other two alike.
    """

    fx_px: float = 0.0
    frame_id: str = ''
    image_topic: str = ''
    camera_info_topic: str = ''
    ground_truth_topic: str = ''


def transported(node: Node, topic: str) -> str:
    """The name to use; remapping `image` moves `image/compressed`, as with image_transport."""
    if topic != COMPRESSED_IMAGE:
        return topic
    return f'{node.resolve_topic_name(IMAGE)}/compressed'
