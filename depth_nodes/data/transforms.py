"""Augmentation: every view of a sample keeps its depth true for its own intrinsics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
from jaxtyping import Float, Float32, UInt8
import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.errors import ConfigError, InputError

# Beyond, a view is a few pixels of its frame, and colours are black or white.
MAX_ZOOM, MAX_COLOR_STRENGTH = 16.0, 10.0


class View(NamedTuple):
    """A window of a resized image, as the network sees it; labels are 0 where unknown.

    `disparity_px` is known up to a factor and an offset, and only where `depth_m` is not.
    """

    image: UInt8[np.ndarray, 'height width 3']
    depth_m: Float32[np.ndarray, 'height width']
    focal_px: float
    disparity_px: Float32[np.ndarray, 'height width'] | None = None


class Window(NamedTuple):
    """The part of the resized image that a view shows; sizes and offsets in its pixels."""

    resized_height: int
    resized_width: int
    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True, kw_only=True)
class AugmentationConfig:
    """How much views differ from their frames.

    Attributes:
        max_zoom: the resize is drawn from the one that just covers the view up to this multiple.
        flip_probability: chance of mirroring left to right.
        color_strength: 0 leaves colours alone, 1 is strong (brightness, contrast, gamma,
            saturation, colour cast).
        gray_probability: chance of a gray image.
        noise_probability: chance of sensor noise, and apart from it of blur.
        jpeg_probability: chance of the artefacts of a JPEG file.
    """

    max_zoom: float = 1.8
    flip_probability: float = 0.5
    color_strength: float = 0.6
    gray_probability: float = 0.1
    noise_probability: float = 0.25
    jpeg_probability: float = 0.0

    def __post_init__(self) -> None:
        """Refuses what is no chance and no zoom."""
        for effect in ('flip', 'gray', 'noise', 'jpeg'):
            name = f'{effect}_probability'
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f'{name} is {getattr(self, name)}; choose 0 to 1')
        if not 1 <= self.max_zoom <= MAX_ZOOM:
            raise ConfigError(f'max_zoom is {self.max_zoom}; choose 1 to {MAX_ZOOM:g}')
        if not 0 <= self.color_strength <= MAX_COLOR_STRENGTH:
            raise ConfigError(
                f'color_strength is {self.color_strength}; choose 0 to {MAX_COLOR_STRENGTH:g}'
            )


def random_view(
    sample: Sample, size: tuple[int, int], config: AugmentationConfig, random: np.random.Generator
) -> View:
    """A random resize, crop, flip and recolouring of a sample, `size` = (height, width).

    The focal length follows the resize; crops and flips leave it.
    """
    window = _random_window(sample.image.shape[:2], size, config.max_zoom, random)
    view = view_of_window(sample, window)
    if random.random() < config.flip_probability:
        view = _flipped(view)
    return view._replace(image=_recolor(np.ascontiguousarray(view.image), config, random))


def view_of_window(sample: Sample, window: Window) -> View:
    """Resizes the image with area averaging; labels take the nearest sample, never a mean.

    Raises:
        InputError: the sample has no camera, or neither depth nor disparity.
    """
    grid = sample.disparity_px if sample.depth_m is None else sample.depth_m
    if grid is None or sample.camera is None:
        raise InputError(f'frame {sample.name} has no depth or no camera to learn from')
    height, width = sample.image.shape[:2]
    resized = cv2.resize(
        sample.image,
        (window.resized_width, window.resized_height),
        interpolation=cv2.INTER_AREA if window.resized_width < width else cv2.INTER_LINEAR,
    )
    rows = slice(window.top, window.top + window.height)
    columns = slice(window.left, window.left + window.width)
    scales = (window.resized_height / height, window.resized_width / width)
    at_row = _nearest_entries(rows, scales[0], sample.depth_stride, grid.shape[0])
    at_column = _nearest_entries(columns, scales[1], sample.depth_stride, grid.shape[1])
    label = grid[at_row[:, None], at_column[None]]
    view = View(resized[rows, columns], label, sample.camera.fx_px * scales[1])
    if sample.depth_m is None:
        return view._replace(depth_m=np.zeros_like(label), disparity_px=label)
    return view


def _flipped(view: View) -> View:
    disparity = view.disparity_px
    return View(
        view.image[:, ::-1],
        np.ascontiguousarray(view.depth_m[:, ::-1]),
        view.focal_px,
        None if disparity is None else np.ascontiguousarray(disparity[:, ::-1]),
    )


def _nearest_entries(pixels: slice, scale: float, stride: int, size: int) -> np.ndarray:
    # Pixel centres are at integers, and depth entry k lies on image pixel stride * k.
    source = (np.arange(pixels.start, pixels.stop) + 0.5) / scale - 0.5
    return np.clip(np.rint(source / stride), 0, size - 1).astype(np.intp)


def _random_window(
    image_size: tuple[int, ...],
    size: tuple[int, int],
    max_zoom: float,
    random: np.random.Generator,
) -> Window:
    cover = max(size[0] / image_size[0], size[1] / image_size[1])
    scale = cover * np.exp(random.uniform(0, np.log(max_zoom)))
    resized_height = max(size[0], round(image_size[0] * scale))
    resized_width = max(size[1], round(image_size[1] * scale))
    return Window(
        resized_height,
        resized_width,
        int(random.integers(resized_height - size[0] + 1)),
        int(random.integers(resized_width - size[1] + 1)),
        *size,
    )


def _recolor(
    image: UInt8[np.ndarray, 'height width 3'],
    config: AugmentationConfig,
    random: np.random.Generator,
) -> UInt8[np.ndarray, 'height width 3']:
    strength = config.color_strength
    # The random numbers are always drawn, so that a switch changes one effect and no other.
    gain = np.exp(random.uniform(-0.5, 0.5) * strength)
    cast = np.exp(random.uniform(-0.2, 0.2, 3) * strength)
    gamma = np.exp(random.uniform(-0.5, 0.5) * strength)
    contrast = np.exp(random.uniform(-0.5, 0.5) * strength)
    saturation = np.exp(random.uniform(-0.8, 0.5) * strength)
    if random.random() < config.gray_probability:
        saturation = 0.0
    image = cv2.transform(image, np.eye(3) * saturation + (1 - saturation) / 3)
    # What happens to each channel on its own is a table of its 256 values.
    values, mean = np.arange(256)[:, None] / 255, sum(cv2.mean(image)) / (3 * 255)
    values = ((values - mean) * contrast + mean) * (cast * gain)
    image = cv2.LUT(image, _bytes(255 * np.clip(values, 0, 1)[None] ** gamma))
    return _worn(image, config, random)


def _worn(
    image: UInt8[np.ndarray, 'height width 3'],
    config: AugmentationConfig,
    random: np.random.Generator,
) -> UInt8[np.ndarray, 'height width 3']:
    """The image after a lens, a sensor and a file, each with some chance a bad one."""
    if random.random() < config.noise_probability:
        image = cv2.GaussianBlur(image, (0, 0), random.uniform(0.3, 1.2))
    if random.random() < config.noise_probability:
        noise = random.standard_normal(image.shape, dtype=np.float32)
        image = _bytes(image + noise * np.float32(255 * random.uniform(0.005, 0.05)))
    if random.random() < config.jpeg_probability:
        quality = int(random.integers(20, 90))
        _, file = cv2.imencode('.jpg', image, (cv2.IMWRITE_JPEG_QUALITY, quality))
        decoded = cv2.imdecode(file, cv2.IMREAD_COLOR)
        assert decoded is not None, 'it was encoded a line ago'
        return decoded.astype(np.uint8, copy=False)
    return image


def _bytes(values: Float[np.ndarray, '*shape']) -> UInt8[np.ndarray, '*shape']:
    return (np.clip(values, 0, 255) + 0.5).astype(np.uint8)
