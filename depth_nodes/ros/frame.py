"""What the player publishes: frames of serialised messages, from whatever source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
import logging
from typing import Protocol, runtime_checkable

from jaxtyping import UInt8
import numpy as np

from depth_nodes.messages.assumed_camera import assumed_camera, ASSUMED_FOV_DEG
from depth_nodes.messages.camera import Camera
from depth_nodes.ros.cdr import restamped, stamp_ns_from_cdr
from depth_nodes.ros.topics import COMPRESSED_IMAGE, IMAGE, ODOMETRY

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Messages that belong together.

    Attributes:
        time_ns: when to publish, after the first frame.
        stamp_ns: the stamp of its messages, above 0.
        messages: topic and CDR bytes, in the order of publishing: the camera before its image.
    """

    time_ns: int
    stamp_ns: int
    messages: tuple[tuple[str, bytes], ...]

    @property
    def has_image(self) -> bool:
        """Whether it is more than late ground truth or odometry."""
        return any(topic in (IMAGE, COMPRESSED_IMAGE) for topic, _ in self.messages)

    @property
    def is_odometry(self) -> bool:
        """Whether it is odometry alone."""
        return all(topic == ODOMETRY for topic, _ in self.messages)

    def delayed(self, delay_ns: int) -> Frame:
        """The frame of a later round: its time and all of its stamps are later by so much."""
        if delay_ns == 0:
            return self
        return Frame(
            time_ns=self.time_ns + delay_ns,
            stamp_ns=self.stamp_ns + delay_ns,
            messages=tuple(
                (topic, restamped(cdr, stamp_ns_from_cdr(cdr) + delay_ns))
                for topic, cdr in self.messages
            ),
        )


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
        frame_id: replaces the frame of the source; empty: as it is.
        image_transport: raw, or compressed: the images of a bag as they were compressed.
        image_topic: in a bag; empty: found by type and name. The other three alike.
    """

    fx_px: float = 0.0
    frame_id: str = ''
    image_transport: str = 'raw'
    image_topic: str = ''
    camera_info_topic: str = ''
    ground_truth_topic: str = ''
    odometry_topic: str = ''

    def assumed_camera(self, image: UInt8[np.ndarray, 'height width 3']) -> Camera:
        """The camera of an image whose source has no intrinsics."""
        height, width = image.shape[:2]
        return assumed_camera(width, height, self.fx_px if self.fx_px > 0 else None)

    def warn_of_assumption(self) -> None:
        """Tells what `assumed_camera` means, unless the user gave a focal length."""
        if self.fx_px <= 0:
            logger.warning(
                'the source has no focal length: %g degrees of view are assumed, so depth has a '
                'wrong scale; set fx_px',
                ASSUMED_FOV_DEG,
            )
