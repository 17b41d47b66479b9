"""A camera for images whose intrinsics nobody knows: depth then has a shape, not a sure scale."""

from __future__ import annotations

from dataclasses import replace

from depth_nodes.messages.camera import Camera

ASSUMED_FOV_DEG = 60.0


def assumed_camera(width_px: int, height_px: int, fx_px: float | None) -> Camera:
    """A camera with square pixels that looks along the middle of the image.

    Args:
        width_px: of the image.
        height_px: of the image.
        fx_px: the focal length [px]; None: that of a horizontal view of ASSUMED_FOV_DEG.

    Raises:
        InputError: the focal length is not positive.
    """
    camera = Camera.from_fov(width_px, height_px, ASSUMED_FOV_DEG)
    return camera if fx_px is None else replace(camera, fx_px=fx_px, fy_px=fx_px)
