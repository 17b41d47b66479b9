"""What changes in a camera's stream that should not: its time, its size, its lens."""

from __future__ import annotations

from collections.abc import Iterator
import time

from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.frame import Frame

# What came since the last frame may have been dropped, so only time that nobody has waited for
# is a jump forwards.
MAX_JUMP_S = 1.0
TIME, SIZE, LENS = 'after a time jump', 'of another size', 'of another lens'
CHANGES = (TIME, SIZE, LENS)


class FrameChanges:
    """Compares each frame of a camera with the one before."""

    def __init__(self) -> None:
        self._camera: Camera | None = None
        self._stamp_ns = 0
        self._at_s = 0.0

    def of(self, frame: Frame) -> Iterator[tuple[str, str]]:
        """Each of CHANGES that has come with this frame, and a line about it."""
        camera, self._camera = self._camera, frame.camera
        stamp_ns, self._stamp_ns = self._stamp_ns, frame.stamp_ns or 0
        at_s, self._at_s = self._at_s, time.monotonic()
        if camera is None:
            return
        passed_s = (self._stamp_ns - stamp_ns) / 1e9
        if passed_s < 0 or passed_s - (self._at_s - at_s) > MAX_JUMP_S:
            yield TIME, f'the stamps have jumped by {passed_s:+.3f} s'
        new = frame.camera
        if (new.width_px, new.height_px) != (camera.width_px, camera.height_px):
            yield (
                SIZE,
                f'images are now {new.width_px}x{new.height_px} px, before '
                f'{camera.width_px}x{camera.height_px} px',
            )
        elif new != camera:
            yield (
                LENS,
                f'camera_info has changed: its focal length is {new.fx_px:g} px, before '
                f'{camera.fx_px:g} px',
            )
