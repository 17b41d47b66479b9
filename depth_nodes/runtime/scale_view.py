"""What the sources of scale look at: a frame and the depth that was predicted of it."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float32, UInt8
import numpy as np

from depth_nodes.messages.camera import Camera


@dataclass(frozen=True, kw_only=True, eq=False)
class ScaleView:
    """Valid until the next frame is estimated.

    Attributes:
        depth_m: as it was published, REP-117 values included.
        camera: of `depth_m`.
        scale: what `depth_m` has been multiplied with already.
        image: RGB, of any size, the whole view of `camera`.
        at_s: the stamp of the frame.
    """

    depth_m: Float32[np.ndarray, 'height width']
    camera: Camera
    scale: float
    image: UInt8[np.ndarray, 'image_height image_width 3']
    at_s: float
