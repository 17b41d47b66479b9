"""Augmentation: every view of a sample keeps its depth true for its own intrinsics."""

from __future__ import annotations

from dataclasses import dataclass
import math
from typing import NamedTuple

import cv2
from jaxtyping import Float32, UInt8
import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.errors import ConfigError, InputError


class View(NamedTuple):
    """A window of a resized image, as the network sees it."""

    image: UInt8[np.ndarray, 'height width 3']
    depth_m: Float32[np.ndarray, 'height width']  # 0 = unknown
    focal_px: float


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
    """

    max_zoom: float = 1.8
    flip_probability: float = 0.5
    color_strength: float = 0.6
    gray_probability: float = 0.1
    noise_probability: float = 0.25

    def __post_init__(self) -> None:
        """Refuses what is no chance and no zoom."""
        for name in ('flip_probability', 'gray_probability', 'noise_probability'):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f'{name} is {getattr(self, name)}; choose 0 to 1')
        if not 1 <= self.max_zoom < math.inf:
            raise ConfigError(f'max_zoom is {self.max_zoom}; choose 1 or more')
        if not 0 <= self.color_strength < math.inf:
            raise ConfigError(f'color_strength is {self.color_strength}; choose 0 or more')


def random_view(
    sample: Sample, size: tuple[int, int], config: AugmentationConfig, random: np.random.Generator
) -> View:
    """A random resize, crop, flip and recolouring of a sample, `size` = (height, width).

    The focal length follows the resize; crops and flips leave it.
    """
    window = _random_window(sample.image.shape[:2], size, config.max_zoom, random)
    view = view_of_window(sample, window)
    image, depth = view.image, view.depth_m
    if random.random() < config.flip_probability:
        image, depth = image[:, ::-1], depth[:, ::-1]
    image = _recolor(np.ascontiguousarray(image), config, random)
    return View(image, np.ascontiguousarray(depth), view.focal_px)


def view_of_window(sample: Sample, window: Window) -> View:
    """Resizes the image with area averaging; depth takes the nearest sample, never a mean.

    Raises:
        InputError: the sample has no depth or no camera.
    """
    if sample.depth_m is None or sample.camera is None:
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
    grid = sample.depth_m
    at_row = _nearest_entries(rows, scales[0], sample.depth_stride, grid.shape[0])
    at_column = _nearest_entries(columns, scales[1], sample.depth_stride, grid.shape[1])
    return View(
        resized[rows, columns],
        grid[at_row[:, None], at_column[None]],
        sample.camera.fx_px * scales[1],
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
    colors = image.astype(np.float32) * (1 / 255)
    # The random numbers are always drawn, so that a switch changes one effect and no other.
    gain = np.exp(random.uniform(-0.5, 0.5) * strength)
    cast = np.exp(random.uniform(-0.2, 0.2, 3) * strength).astype(np.float32)
    gamma = np.exp(random.uniform(-0.5, 0.5) * strength)
    contrast = np.exp(random.uniform(-0.5, 0.5) * strength)
    saturation = np.exp(random.uniform(-0.8, 0.5) * strength)
    if random.random() < config.gray_probability:
        saturation = 0.0
    gray = colors.mean(axis=2, keepdims=True)
    colors = gray + (colors - gray) * np.float32(saturation)
    mean = float(gray.mean())
    colors = ((colors - mean) * np.float32(contrast) + mean) * (cast * np.float32(gain))
    colors = np.clip(colors, 0, 1) ** np.float32(gamma)
    if random.random() < config.noise_probability:
        colors = cv2.GaussianBlur(colors, (0, 0), random.uniform(0.3, 1.2))
    if random.random() < config.noise_probability:
        noise = random.standard_normal(colors.shape, dtype=np.float32)
        colors = colors + noise * np.float32(random.uniform(0.005, 0.05))
    return (np.clip(colors, 0, 1) * 255 + 0.5).astype(np.uint8)
