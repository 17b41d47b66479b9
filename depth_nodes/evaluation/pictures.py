"""Depth as a picture to look at: one colour scale in metres, with its bar."""

from __future__ import annotations

from collections.abc import Sequence
import math
from pathlib import Path

import cv2
from jaxtyping import Bool, Float32, UInt8
import numpy as np

from depth_nodes.data.image_file import write_png

BACKGROUND = (24, 27, 33)
TEXT = (226, 229, 235)
MUTED = (128, 134, 145)
UNKNOWN = (52, 56, 64)
BEYOND = (12, 13, 18)
FONT = cv2.FONT_HERSHEY_DUPLEX
MARGIN_PX = 16
TITLE_PX = 30
BAR_PX = 92
SPARSE_SHARE = 0.25  # LiDAR knows about 5 % of the pixels, a depth camera 60-90 %
TICKS_M = (0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 70, 100)

Rgb = UInt8[np.ndarray, 'height width 3']
Canvas = UInt8[np.ndarray, 'canvas_height canvas_width 3']
Depth = Float32[np.ndarray, 'depth_height depth_width']
Truth = Float32[np.ndarray, 'truth_height truth_width']


def depth_range(depths_m: Sequence[np.ndarray]) -> tuple[float, float]:
    """The near and far end [m] that hold nearly all valid depths of some pictures."""
    finite = [depth[np.isfinite(depth) & (depth > 0)] for depth in depths_m]
    values = np.concatenate(finite) if finite else np.empty(0)
    if not values.size:
        return 0.1, 100.0
    near, far = (float(value) for value in np.percentile(values, (1, 99)))
    return near * 0.95, max(far * 1.05, near * 1.2)


def colour_depth(
    depth_m: Float32[np.ndarray, 'height width'], limits_m: tuple[float, float]
) -> Canvas:
    """Depth [m] on a logarithmic scale, near red, far blue; gray unknown, black beyond range."""
    with np.errstate(invalid='ignore', divide='ignore'):
        level = _level(np.where(depth_m > 0, depth_m, np.nan), limits_m)
    scale = (255 * np.clip(np.nan_to_num(level, posinf=1.0), 0, 1)).astype(np.uint8)
    colours = cv2.cvtColor(cv2.applyColorMap(255 - scale, cv2.COLORMAP_TURBO), cv2.COLOR_BGR2RGB)
    colours[~(depth_m > 0)] = UNKNOWN
    colours[depth_m == np.inf] = BEYOND
    return colours


def draw_depth(
    image: Rgb,
    depth_m: Depth,
    truth_m: Truth | None,
    *,
    caption: str = '',
    height_px: int = 360,
) -> Canvas:
    """Image, depth and, where it is known, true depth side by side, on one scale in metres."""
    limits = depth_range([depth_m] if truth_m is None else [depth_m, truth_m])
    panels = [('image', _fit(image, height_px)), ('depth', _depth_panel(depth_m, limits, image))]
    if truth_m is not None:
        panels.append(('ground truth', _depth_panel(truth_m, limits, image)))
    panels = [(title, _fit(panel, height_px)) for title, panel in panels]
    width = panels[0][1].shape[1]
    is_stacked = width > 2.4 * height_px
    columns = 1 if is_stacked else len(panels)
    canvas, corners = _canvas(columns, math.ceil(len(panels) / columns), width, height_px)
    for (title, panel), (left, top) in zip(panels, corners, strict=False):
        canvas[top : top + height_px, left : left + width] = panel
        put_text(canvas, title, (left, top - 10))
    bottom = corners[-1][1] + height_px
    _draw_bar(canvas, (canvas.shape[1] - BAR_PX, corners[0][1], bottom), limits)
    put_text(canvas, caption, (MARGIN_PX, canvas.shape[0] - 12), colour=MUTED, size=0.48)
    return canvas


def put_text(
    canvas: Canvas,
    text: str,
    corner: tuple[int, int],
    *,
    colour: tuple[int, int, int] = TEXT,
    size: float = 0.55,
) -> None:
    """Writes one line whose lower left corner (x, y) is given."""
    cv2.putText(canvas, text, corner, FONT, size, colour, 1, cv2.LINE_AA)


def write_picture(path: Path | str, picture: Canvas) -> None:
    """Writes an RGB picture as PNG.

    Raises:
        InputError: the file cannot be written.
    """
    write_png(Path(path), picture)


def _level(depth_m: np.ndarray | float, limits_m: tuple[float, float]) -> np.ndarray:
    near, far = np.log(limits_m[0]), np.log(limits_m[1])
    return np.asarray((np.log(depth_m) - near) / (far - near))


def _fit(picture: Rgb, height_px: int) -> Canvas:
    height, width = picture.shape[:2]
    if height == height_px:
        return picture
    size = (round(width * height_px / height), height_px)
    shrinks = height > height_px
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def _depth_panel(depth_m: Depth, limits_m: tuple[float, float], image: Rgb) -> Canvas:
    depth_m = _dense(depth_m)
    size = (image.shape[1], image.shape[0])
    resized = cv2.resize(depth_m, size, interpolation=cv2.INTER_NEAREST)
    return colour_depth(resized, limits_m)


def _dense(depth_m: Depth) -> Float32[np.ndarray, 'dense_height dense_width']:
    """Depth known at few pixels only, made visible: a smaller picture, or thicker points."""
    is_known: Bool[np.ndarray, 'depth_height depth_width'] = depth_m > 0
    for stride in (4, 3, 2):
        grid = is_known[::stride, ::stride]
        if grid.any() and grid.sum() == is_known.sum():
            return np.ascontiguousarray(depth_m[::stride, ::stride])
    if is_known.mean() > SPARSE_SHARE:
        return depth_m
    nearest = cv2.erode(np.where(is_known, depth_m, np.float32(np.inf)), np.ones((3, 3), np.uint8))
    return np.where(np.isfinite(nearest), nearest, np.float32(np.nan))


def _canvas(
    columns: int, rows: int, width: int, height: int
) -> tuple[Canvas, list[tuple[int, int]]]:
    step_x, step_y = width + MARGIN_PX, height + TITLE_PX + MARGIN_PX // 2
    shape = (rows * step_y + MARGIN_PX + 28, columns * step_x + MARGIN_PX + BAR_PX, 3)
    corners = [
        (MARGIN_PX + column * step_x, MARGIN_PX // 2 + TITLE_PX + row * step_y)
        for row in range(rows)
        for column in range(columns)
    ]
    return np.full(shape, BACKGROUND, np.uint8), corners


def _draw_bar(canvas: Canvas, place: tuple[int, int, int], limits_m: tuple[float, float]) -> None:
    """The colour scale at (left, top, bottom), far end on top, ticks in metres."""
    left, top, bottom = place
    near, far = limits_m
    depths = np.geomspace(far, near, bottom - top).astype(np.float32)
    canvas[top:bottom, left : left + 20] = colour_depth(depths[:, None], limits_m)
    put_text(canvas, 'metres', (left, top - 10), colour=MUTED, size=0.48)
    last = bottom + 100
    for tick in (tick for tick in TICKS_M if near <= tick <= far):
        y = round(bottom - 1 - float(_level(tick, limits_m)) * (bottom - top - 1))
        if last - y < 18:
            continue
        last = y
        cv2.line(canvas, (left + 20, y), (left + 25, y), TEXT, 1)
        label_y = min(max(y + 5, top + 10), bottom)
        put_text(canvas, f'{tick:g}', (left + 30, label_y), size=0.48)
