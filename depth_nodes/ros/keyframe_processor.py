"""What the refiner's thread does: a frame in, its refined depth out if it is a keyframe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
import time

from jaxtyping import Float32
import numpy as np
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import Image

from depth_nodes.messages.depth import depth_from_image
from depth_nodes.ros.depth_pairing import DepthPair
from depth_nodes.ros.frame_monitor import FrameMonitor
from depth_nodes.ros.frame_processor import DecodedFrame, FrameProcessor
from depth_nodes.ros.low_priority import lower_priority
from depth_nodes.runtime.keyframes import KeyframeSelector, Pose
from depth_nodes.runtime.refiner import Refiner


class _StoppedError(Exception):
    """Ends a refinement in the middle; not an error of ours."""


class KeyframeProcessor:
    """Never raises. One thread calls it, the rest is for any thread.

    Args:
        refiner: of the keyframes.
        selector: says which frames are keyframes.
        frames: decodes and publishes.
        monitor: of the frames.
        pose: where the camera is; None: unknown.

    Attributes:
        num_done: tiles of the keyframe in work that are refined.
        num_tiles: of it; 0: none is in work.
        scale: of the last keyframe, as `RefinedEstimate` has it.
        has_refined: whether there was one.
    """

    def __init__(
        self,
        refiner: Refiner,
        selector: KeyframeSelector,
        frames: FrameProcessor,
        monitor: FrameMonitor,
        pose: Callable[[], Pose | None],
    ) -> None:
        self._refiner = refiner
        self._selector = selector
        self._frames = frames
        self._monitor = monitor
        self._pose = pose
        self._is_stopping = False
        self.num_done = self.num_tiles = 0
        self.scale: float | None = None
        self.has_refined = False

    def __call__(self, pairs: Mapping[int, DepthPair]) -> None:
        """Publishes the refined depth of a keyframe, or tells the monitor why not."""
        lower_priority()
        (pair,) = pairs.values()
        decoded = self._frames.decode(pair.frame)
        if decoded is None:
            return
        try:
            decision = self._selector.consider(decoded.frame.image, time.monotonic(), self._pose())
            if decision.is_keyframe:
                self._refine(decoded, pair.depth)
            else:
                self._monitor.skip(decision.reason)
        except _StoppedError:
            self._monitor.count('dropped')
        except BaseException as error:  # a SystemExit of a library would end the thread
            self._frames.fail(error)
        finally:
            self.num_done = self.num_tiles = 0

    def request(self) -> None:
        """Makes one of the next frames a keyframe."""
        self._selector.request()

    def stop(self) -> None:
        """Ends what is in work after the tile that is in work."""
        self._is_stopping = True

    def _refine(self, decoded: DecodedFrame, depth: bytes | None) -> None:
        estimate = self._refiner.refine(decoded.frame, _metres(depth), self._on_progress)
        self.scale, self.has_refined = estimate.scale, True
        self._frames.publish(decoded, estimate)

    def _on_progress(self, num_done: int, num_tiles: int) -> None:
        if self._is_stopping:
            raise _StoppedError
        self.num_done, self.num_tiles = num_done, num_tiles


def _metres(depth: bytes | None) -> Float32[np.ndarray, 'height width'] | None:
    return None if depth is None else depth_from_image(deserialize_message(depth, Image))
