"""An image of any size to the network's input: fitted, padded, channels first, 0..1."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
from jaxtyping import Float32, UInt8
import numpy as np

MULTIPLE_PX = 32
MIN_NETWORK_SIDE_PX = 96
MIN_SHRINK_TO_HALVE = 4.0


@dataclass(frozen=True, kw_only=True)
class Fit:
    """Where an image lies in the network's input: top left, the rest is padding.

    Attributes:
        content_width_px: width of the resized image, without padding.
        content_height_px: its height.
        padded_width_px: width of the network's input.
        padded_height_px: its height.
        scale: of the resize; the focal length at network size is fx * scale.
    """

    content_width_px: int
    content_height_px: int
    padded_width_px: int
    padded_height_px: int
    scale: float


def fit_image(width_px: int, height_px: int, input_width_px: int, input_height_px: int) -> Fit:
    """The largest place for an image inside the input size that keeps its aspect ratio."""
    scale = min(input_width_px / width_px, input_height_px / height_px)
    content_width = max(round(width_px * scale), 1)
    content_height = max(round(height_px * scale), 1)
    return Fit(
        content_width_px=content_width,
        content_height_px=content_height,
        padded_width_px=_padded(content_width),
        padded_height_px=_padded(content_height),
        scale=scale,
    )


def _padded(side_px: int) -> int:
    return max(-(-side_px // MULTIPLE_PX) * MULTIPLE_PX, MIN_NETWORK_SIDE_PX)


class Preprocessor:
    """Keeps its buffers from frame to frame, as long as the size stays."""

    def __init__(self) -> None:
        """Buffers come with the first image."""
        self._padded = np.empty((0, 0, 3), np.uint8)
        self._network_image = np.empty((1, 3, 0, 0), np.float32)

    def __call__(
        self, image: UInt8[np.ndarray, 'height width 3'], fit: Fit
    ) -> Float32[np.ndarray, '1 3 padded_height padded_width']:
        """RGB in 0..1; valid until the next call."""
        height, width = fit.padded_height_px, fit.padded_width_px
        if self._padded.shape[:2] != (height, width):
            self._padded = np.empty((height, width, 3), np.uint8)
            self._network_image = np.empty((1, 3, height, width), np.float32)
        self._resize_into_buffer(image, fit)
        self._replicate_edges(fit)
        np.multiply(
            self._padded.transpose(2, 0, 1),
            np.float32(1 / 255),
            out=self._network_image[0],
            dtype=np.float32,
        )
        return self._network_image

    def _resize_into_buffer(self, image: UInt8[np.ndarray, 'height width 3'], fit: Fit) -> None:
        size = (fit.content_width_px, fit.content_height_px)
        content = self._padded[: size[1], : size[0]]
        if image.strides[1:] != (3, 1):  # OpenCV takes padded rows, but no other layout
            image = np.ascontiguousarray(image)
        # Averaging keeps what the network saw in training: plain bilinear shrinking aliases.
        interpolation = cv2.INTER_AREA if fit.scale < 1 else cv2.INTER_LINEAR
        cv2.resize(_halved(image, size), size, dst=content, interpolation=interpolation)

    def _replicate_edges(self, fit: Fit) -> None:
        width, height = fit.content_width_px, fit.content_height_px
        if width < fit.padded_width_px:
            self._padded[:height, width:] = self._padded[:height, width - 1 : width]
        if height < fit.padded_height_px:
            self._padded[height:] = self._padded[height - 1 : height]


def _halved(
    image: UInt8[np.ndarray, 'height width 3'], size_px: tuple[int, int]
) -> UInt8[np.ndarray, 'halved_height halved_width 3']:
    """Averages 2x2 pixels while the image stays far larger than wanted (width, height).

    OpenCV has a fast way for exactly this; averaging a 4K image in one step takes 17 ms.
    """
    height, width = image.shape[:2]
    while (
        height % 2 == 0
        and width % 2 == 0
        and min(width / size_px[0], height / size_px[1]) >= MIN_SHRINK_TO_HALVE
    ):
        height, width = height // 2, width // 2
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return image
