"""What an estimator is given: an image and the camera that took it."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Bool, Float64, UInt8
import numpy as np

from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera

MIN_SIDE_PX = 64


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """An image that depth can be estimated of.

    Attributes:
        image: RGB, taken as rectified.
        camera: of the image's size.
        stamp_ns: when it was taken; None where nobody knows.
        unseen: pixels that show nothing, such as those that rectification had to fill.
        scale: what the depth that the model says is multiplied with to be metres.
        world_from_camera: pose [m]; None where nobody knows.

    Raises:
        InputError: the image is not its camera's, or too small for any depth.
    """

    image: UInt8[np.ndarray, 'height width 3']
    camera: Camera
    stamp_ns: int | None = None
    unseen: Bool[np.ndarray, 'height width'] | None = None
    scale: float = 1.0
    world_from_camera: Float64[np.ndarray, '4 4'] | None = None

    def __post_init__(self) -> None:
        """Refuses what no estimator can use."""
        height, width = self.image.shape[:2]
        if (width, height) != (self.camera.width_px, self.camera.height_px):
            raise InputError(
                f'the image is {width}x{height} px but its camera {self.camera.width_px}x'
                f'{self.camera.height_px} px; send a CameraInfo of the same size as the image'
            )
        if min(width, height) < MIN_SIDE_PX:
            raise InputError(
                f'the image is {width}x{height} px; both sides must be at least {MIN_SIDE_PX} px'
            )
