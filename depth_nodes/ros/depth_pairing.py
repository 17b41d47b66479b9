"""Every image with the depth that `depth_node` says of it."""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import NamedTuple

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from sensor_msgs.msg import Image

from depth_nodes.ros.cdr import stamp_ns_from_cdr
from depth_nodes.ros.frame_input import CameraFrame
from depth_nodes.ros.qos import newest_only
from depth_nodes.ros.topics import DEPTH

NUM_WAITING = 8
CHECK_PERIOD_S = 0.1


class DepthPair(NamedTuple):
    """A frame and the depth image of its stamp, serialised; None where none came."""

    frame: CameraFrame
    depth: bytes | None


class DepthPairing:
    """Frames wait until depth of their stamp is there; subscribes from construction to `destroy`.

    Depth is made of some frames only, in order: those before the newest depth wait in vain. Where
    no depth comes for a while, the newest frame goes on without.

    Args:
        node: subscribes.
        reliability: of the subscription.
        timeout_s: how long without any depth.
        on_pair: called in the executor's thread; must return at once.
        on_unpaired: the same, for every frame that does not go on.
    """

    def __init__(
        self,
        node: Node,
        reliability: str,
        timeout_s: float,
        on_pair: Callable[[DepthPair], None],
        on_unpaired: Callable[[], None],
    ) -> None:
        self._node = node
        self._timeout_s = timeout_s
        self._on_pair = on_pair
        self._on_unpaired = on_unpaired
        self._waiting: dict[int, CameraFrame] = {}  # by stamp, the newest last
        self._early_depth: tuple[int, bytes] | None = None  # its image has not come yet
        self._silent_since_s = 0.0
        self._is_late = False
        self._subscription = node.create_subscription(
            Image, DEPTH, self._on_depth, newest_only(reliability), raw=True
        )
        clock = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = node.create_timer(CHECK_PERIOD_S, self._give_up, clock=clock)

    def add(self, frame: CameraFrame) -> None:
        """One more frame."""
        stamp_ns = frame.stamp_ns
        if self._early_depth is not None and self._early_depth[0] == stamp_ns:
            self._on_pair(DepthPair(frame, self._early_depth[1]))
            self._early_depth = None
            return
        if not self._waiting:
            self._silent_since_s = time.monotonic()
        self._drop([stamp_ns] if stamp_ns in self._waiting else [])
        self._waiting[stamp_ns] = frame
        self._drop(list(self._waiting)[:-NUM_WAITING])

    def destroy(self) -> None:
        """Ends the subscription."""
        self._drop(list(self._waiting))
        self._node.destroy_timer(self._timer)
        self._node.destroy_subscription(self._subscription)

    def _on_depth(self, depth: bytes) -> None:
        stamp_ns = stamp_ns_from_cdr(depth)
        self._silent_since_s = time.monotonic()
        self._is_late = False
        frame = self._waiting.pop(stamp_ns, None)
        self._drop([one for one in self._waiting if one < stamp_ns])
        if frame is None:
            self._early_depth = stamp_ns, depth
        else:
            self._on_pair(DepthPair(frame, depth))

    def _give_up(self) -> None:
        was_late = self._is_late
        silence_s = time.monotonic() - self._silent_since_s
        self._is_late = bool(self._waiting) and silence_s >= self._timeout_s
        # A process that was held up sees its timer before what has come meanwhile.
        if self._is_late and was_late:
            _, newest = self._waiting.popitem()
            self._drop(list(self._waiting))
            self._on_pair(DepthPair(newest, None))

    def _drop(self, stamps_ns: list[int]) -> None:
        for stamp_ns in stamps_ns:
            del self._waiting[stamp_ns]
            self._on_unpaired()
