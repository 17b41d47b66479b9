"""A camera for sources that know none: depth then has the right shape, not the right scale."""

from __future__ import annotations

from dataclasses import replace
import logging

from depth_nodes.data.sample import Sample
from depth_nodes.messages.camera import Camera

ASSUMED_FOV_DEG = 60.0

logger = logging.getLogger(__name__)


def assumed_camera(sample: Sample, fx_px: float) -> Camera:
    """A camera that looks along the middle of the image, with this focal length if it is not 0."""
    height, width = sample.image.shape[:2]
    camera = Camera.from_fov(width, height, ASSUMED_FOV_DEG)
    return replace(camera, fx_px=fx_px, fy_px=fx_px) if fx_px > 0 else camera


def warn_of_assumption(fx_px: float) -> None:
    """Says so, unless the user gave a focal length."""
    if fx_px <= 0:
        logger.warning(
            'the source has no focal length: %g degrees of view are assumed, so depth has a wrong '
            'scale; set fx_px',
            ASSUMED_FOV_DEG,
        )
