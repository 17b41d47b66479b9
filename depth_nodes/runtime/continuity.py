"""Whether an image goes on from the last one of its camera, so that both may be compared."""

from __future__ import annotations

from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.frame import Frame

# A camera that pauses for longer may have been carried away.
MAX_GAP_NS = 1_000_000_000


class Continuity:
    """Remembers camera and stamp of one camera's last frame."""

    def __init__(self) -> None:
        self._camera: Camera | None = None
        self._stamp_ns: int | None = None

    def goes_on(self, frame: Frame) -> bool:
        """False for the first frame, another size or lens, a time jump and a pause.

        Frames without a stamp come one after the other.
        """
        before, self._stamp_ns = self._stamp_ns, frame.stamp_ns
        is_same_camera = frame.camera == self._camera
        self._camera = frame.camera
        if frame.stamp_ns is None or before is None:
            return is_same_camera and before == frame.stamp_ns
        return is_same_camera and 0 < frame.stamp_ns - before <= MAX_GAP_NS
