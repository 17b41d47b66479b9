"""Augmentation: every view of a sample keeps its depth true for its own intrinsics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
from jaxtyping import Float, Float32, Float64, UInt8
import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.errors import ConfigError, InputError
from depth_nodes.messages.camera import Camera

# Beyond, a view is a few pixels of its frame, and colours are black or white.
MAX_ZOOM, MAX_COLOR_STRENGTH = 16.0, 10.0
# What mirroring an image left to right does to the x axis of its camera.
MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])
# Rows and columns from the noise of one image to that of the next.
NOISE_SHIFT_PX = (37, 53)


class Neighbour(NamedTuple):
    """What a frame or view is compared with: the same camera, elsewhere or at another time.

    `neighbour_from_view` is its pose [m], None where unknown. `is_earlier` says that it was taken
    before the frame.
    """

    image: UInt8[np.ndarray, 'height width 3']
    neighbour_from_view: Float64[np.ndarray, '4 4'] | None = None
    is_earlier: bool = False


class View(NamedTuple):
    """A window of a resized image, as the network sees it; labels are 0 where unknown.

    `disparity_px` is known up to a factor and an offset, and only where `depth_m` is not. The
    neighbours are the same window of other images, changed as the view is.
    """

    image: UInt8[np.ndarray, 'height width 3']
    depth_m: Float32[np.ndarray, 'height width']
    camera: Camera
    disparity_px: Float32[np.ndarray, 'height width'] | None = None
    neighbours: tuple[Neighbour, ...] = ()

    @property
    def focal_px(self) -> float:
        """The horizontal focal length."""
        return self.camera.fx_px


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
    sample: Sample,
    size: tuple[int, int],
    config: AugmentationConfig,
    random: np.random.Generator,
    neighbours: Sequence[Neighbour] = (),
) -> View:
    """A random resize, crop, flip and recolouring of a sample, `size` = (height, width).

    The camera follows resize, crop and flip. The neighbours are treated as the image is, and
    change nothing of it.

    Raises:
        InputError: the sample has no camera.
    """
    window = _random_window(sample.image.shape[:2], size, config.max_zoom, random)
    view = view_of_window(sample, window, neighbours)
    if random.random() < config.flip_probability:
        view = _flipped(view)
    images = [view.image, *(neighbour.image for neighbour in view.neighbours)]
    image, *others = _recolor([np.ascontiguousarray(one) for one in images], config, random)
    pairs = zip(view.neighbours, others, strict=True)
    recolored = tuple(neighbour._replace(image=other) for neighbour, other in pairs)
    return view._replace(image=image, neighbours=recolored)


def view_of_window(sample: Sample, window: Window, neighbours: Sequence[Neighbour] = ()) -> View:
    """Resizes the image with area averaging; labels take the nearest sample, never a mean.

    Raises:
        InputError: the sample has no camera.
    """
    if sample.camera is None:
        raise InputError(f'frame {sample.name} has no camera; give its intrinsics, or leave it')
    camera = sample.camera.resized(window.resized_width, window.resized_height)
    depth = _label_of_window(sample, sample.depth_m, window)
    disparity = None
    if sample.depth_m is None and sample.disparity_px is not None:
        disparity = _label_of_window(sample, sample.disparity_px, window)
    return View(
        image=_image_of_window(sample.image, window),
        depth_m=depth,
        camera=camera.cropped(window.left, window.top, window.width, window.height),
        disparity_px=disparity,
        neighbours=tuple(
            one._replace(image=_image_of_window(one.image, window)) for one in neighbours
        ),
    )


def _image_of_window(
    image: UInt8[np.ndarray, 'image_height image_width 3'], window: Window
) -> UInt8[np.ndarray, 'height width 3']:
    shrinks = window.resized_width < image.shape[1]
    resized = cv2.resize(
        image,
        (window.resized_width, window.resized_height),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    rows = slice(window.top, window.top + window.height)
    return resized[rows, window.left : window.left + window.width]


def _label_of_window(
    sample: Sample,
    grid: Float32[np.ndarray, 'depth_height depth_width'] | None,
    window: Window,
) -> Float32[np.ndarray, 'height width']:
    if grid is None:
        return np.zeros((window.height, window.width), np.float32)
    height, width = sample.image.shape[:2]
    rows = slice(window.top, window.top + window.height)
    columns = slice(window.left, window.left + window.width)
    scales = (window.resized_height / height, window.resized_width / width)
    at_row = _nearest_entries(rows, scales[0], sample.depth_stride, grid.shape[0])
    at_column = _nearest_entries(columns, scales[1], sample.depth_stride, grid.shape[1])
    return grid[at_row[:, None], at_column[None]]


def _flipped(view: View) -> View:
    disparity = view.disparity_px
    return View(
        image=view.image[:, ::-1],
        depth_m=np.ascontiguousarray(view.depth_m[:, ::-1]),
        camera=replace(view.camera, cx_px=view.camera.width_px - 1 - view.camera.cx_px),
        disparity_px=None if disparity is None else np.ascontiguousarray(disparity[:, ::-1]),
        neighbours=tuple(_flipped_neighbour(neighbour) for neighbour in view.neighbours),
    )


def _flipped_neighbour(neighbour: Neighbour) -> Neighbour:
    pose = neighbour.neighbour_from_view
    mirrored = None if pose is None else MIRROR @ pose @ MIRROR
    return neighbour._replace(image=neighbour.image[:, ::-1], neighbour_from_view=mirrored)


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
    images: list[UInt8[np.ndarray, 'height width 3']],
    config: AugmentationConfig,
    random: np.random.Generator,
) -> list[UInt8[np.ndarray, 'height width 3']]:
    """All images with the colours that suit the first, so that they still look alike."""
    strength = config.color_strength
    # The random numbers are always drawn, so that a switch changes one effect and no other.
    gain = np.exp(random.uniform(-0.5, 0.5) * strength)
    cast = np.exp(random.uniform(-0.2, 0.2, 3) * strength)
    gamma = np.exp(random.uniform(-0.5, 0.5) * strength)
    contrast = np.exp(random.uniform(-0.5, 0.5) * strength)
    saturation = np.exp(random.uniform(-0.8, 0.5) * strength)
    if random.random() < config.gray_probability:
        saturation = 0.0
    mixing = np.eye(3) * saturation + (1 - saturation) / 3
    images = [cv2.transform(image, mixing) for image in images]
    # What happens to each channel on its own is a table of its 256 values.
    values, mean = np.arange(256)[:, None] / 255, sum(cv2.mean(images[0])) / (3 * 255)
    values = ((values - mean) * contrast + mean) * (cast * gain)
    table = _bytes(255 * np.clip(values, 0, 1)[None] ** gamma)
    return _worn([cv2.LUT(image, table) for image in images], config, random)


def _worn(
    images: list[UInt8[np.ndarray, 'height width 3']],
    config: AugmentationConfig,
    random: np.random.Generator,
) -> list[UInt8[np.ndarray, 'height width 3']]:
    """The images after a lens, a sensor and a file, each with some chance a bad one."""
    if random.random() < config.noise_probability:
        sigma_px = random.uniform(0.3, 1.2)
        images = [cv2.GaussianBlur(image, (0, 0), sigma_px) for image in images]
    if random.random() < config.noise_probability:
        noise = random.standard_normal(images[0].shape, dtype=np.float32)
        noise *= np.float32(255 * random.uniform(0.005, 0.05))
        # Shifted noise is other noise at every pixel, and draws no random numbers.
        images = [
            _bytes(image + np.roll(noise, [number * side for side in NOISE_SHIFT_PX], (0, 1)))
            for number, image in enumerate(images)
        ]
    if random.random() < config.jpeg_probability:
        quality = int(random.integers(20, 90))
        images = [_as_jpeg(image, quality) for image in images]
    return images


def _as_jpeg(
    image: UInt8[np.ndarray, 'height width 3'], quality: int
) -> UInt8[np.ndarray, 'height width 3']:
    _, file = cv2.imencode('.jpg', image, (cv2.IMWRITE_JPEG_QUALITY, quality))
    decoded = cv2.imdecode(file, cv2.IMREAD_COLOR)
    assert decoded is not None, 'it was encoded a line ago'
    return decoded.astype(np.uint8, copy=False)


def _bytes(values: Float[np.ndarray, '*shape']) -> UInt8[np.ndarray, '*shape']:
    return (np.clip(values, 0, 255) + 0.5).astype(np.uint8)
