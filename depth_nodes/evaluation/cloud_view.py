"""A point cloud as a picture: from beside the camera, and from above on a grid in metres.

Points are in the camera's optical frame: x right, y down, z forward (REP 103).
"""

from __future__ import annotations

from dataclasses import dataclass
import math

import cv2
from jaxtyping import Float, Float32, Int, UInt8
import numpy as np

from depth_nodes.evaluation.pictures import BACKGROUND, MARGIN_PX, MUTED, put_text, TITLE_PX

GRID = (48, 53, 62)
CAMERA = (255, 196, 87)
MAX_SPLAT_PX = 6
MAX_STEPS_BACK = 20
STEPS_M = (0.25, 0.5, 1, 2, 5, 10, 20, 50)

Rgb = UInt8[np.ndarray, 'height width 3']
Canvas = UInt8[np.ndarray, 'canvas_height canvas_width 3']
Points = Float[np.ndarray, 'point 3']


@dataclass(frozen=True, kw_only=True)
class CloudViewConfig:
    """How a cloud is looked at.

    Attributes:
        far_percentile: points beyond this share of the depths are left out, so that a few far
            ones do not shrink the rest.
        yaw_deg: the viewer's way around the scene, to its right.
        pitch_deg: the viewer's height over the scene.
    """

    height_px: int = 420
    width_px: int = 620
    far_percentile: float = 97.0
    yaw_deg: float = 24.0
    pitch_deg: float = 20.0


def draw_cloud(
    points: Float32[np.ndarray, 'height width 3'],
    colours: Rgb,
    *,
    caption: str = '',
    config: CloudViewConfig | None = None,
) -> Canvas:
    """The cloud from beside the camera (left) and from above (right).

    Args:
        points: organised cloud [m], NaN where invalid.
        colours: RGB of every point.
        caption: a line below.
        config: the viewpoint.
    """
    config = config or CloudViewConfig()
    is_valid = np.isfinite(points).all(axis=-1)
    xyz, rgb = points[is_valid].astype(np.float64), colours[is_valid]
    panels = [np.full((config.height_px, config.width_px, 3), BACKGROUND, np.uint8)] * 2
    if len(xyz):
        is_near = xyz[:, 2] <= np.percentile(xyz[:, 2], config.far_percentile)
        xyz, rgb = xyz[is_near], rgb[is_near]
        pitch_px = _angle_between_pixels(points)
        panels = [_oblique(xyz, rgb, pitch_px, config), _from_above(xyz, rgb, pitch_px, config)]
    height, width = config.height_px + TITLE_PX + 2 * MARGIN_PX + 20, config.width_px
    canvas = np.full((height, 2 * width + 3 * MARGIN_PX, 3), BACKGROUND, np.uint8)
    top = MARGIN_PX // 2 + TITLE_PX
    titles = ('point cloud, seen from the right above', 'point cloud from above')
    for index, (title, panel) in enumerate(zip(titles, panels, strict=True)):
        left = MARGIN_PX + index * (width + MARGIN_PX)
        canvas[top : top + config.height_px, left : left + width] = panel
        put_text(canvas, title, (left, top - 10))
    put_text(canvas, caption, (MARGIN_PX, height - 12), colour=MUTED, size=0.48)
    return canvas


def _angle_between_pixels(points: Float32[np.ndarray, 'height width 3']) -> float:
    """Angle [rad] between the rays of neighbouring points: how far apart they lie per metre."""
    with np.errstate(invalid='ignore', divide='ignore'):
        slope = points[..., 0] / points[..., 2]
    steps = np.diff(slope, axis=1)
    return float(np.nanmedian(steps)) if np.isfinite(steps).any() else 0.002


def _oblique(xyz: Points, rgb: np.ndarray, pitch_rad: float, config: CloudViewConfig) -> Canvas:
    """Perspective view from a viewer who walked around the middle of the scene."""
    canvas = np.full((config.height_px, config.width_px, 3), BACKGROUND, np.uint8)
    target = np.array([np.median(xyz[:, 0]), np.median(xyz[:, 1]), np.percentile(xyz[:, 2], 30)])
    turned = (xyz - target) @ _rotation(config.yaw_deg, config.pitch_deg).T
    focal = 1.1 * config.width_px
    turned += _step_back(turned[:: max(1, len(turned) // 5000)], focal, config)
    is_seen = turned[:, 2] > 0.05 * target[2]
    turned, xyz, rgb = turned[is_seen], xyz[is_seen], rgb[is_seen]
    pixels = turned[:, :2] * focal / turned[:, 2:] + (config.width_px / 2, config.height_px / 2)
    # A point covers what lay between it and its neighbours, twice that on slopes.
    spread = 2 * xyz[:, 2] * pitch_rad * focal / turned[:, 2]
    sizes = np.clip(np.ceil(spread), 1, MAX_SPLAT_PX).astype(int)
    _splat(canvas, pixels, turned[:, 2], rgb, sizes)
    return canvas


def _step_back(turned: Points, focal: float, config: CloudViewConfig) -> Float[np.ndarray, ' 3']:
    """The shift that brings nearly all points into the picture."""
    frame = np.array([config.width_px, config.height_px])
    low, high = np.percentile(turned, (2, 98), axis=0)
    shift = -(low + high) / 2
    distance = float(np.max((high - low)[:2] / frame)) * focal + 1e-6
    for _ in range(MAX_STEPS_BACK):
        shift[2] = 0.3 * distance - low[2]
        seen = turned + shift
        places = seen[:, :2] * focal / np.maximum(seen[:, 2:], 1e-3 * distance)
        low_place, high_place = np.percentile(places, (1.5, 98.5), axis=0)
        if np.all(high_place - low_place < 0.98 * frame):
            break
        distance *= 1.12
    shift[:2] -= (low_place + high_place) / 2 * float(np.median(seen[:, 2])) / focal
    return shift


def _from_above(xyz: Points, rgb: np.ndarray, pitch_rad: float, config: CloudViewConfig) -> Canvas:
    """Orthographic view from above: forward is up, on a grid of round metres."""
    height, width = config.height_px, config.width_px
    canvas = np.full((height, width, 3), BACKGROUND, np.uint8)
    left, right = np.percentile(xyz[:, 0], (1, 99))
    far = float(xyz[:, 2].max()) * 1.04
    scale = min((height - 24) / far, width * 0.94 / max(right - left, 1e-6))
    centre_x = width / 2 - (left + right) / 2 * scale
    base_y = height - 14
    step = next((step for step in STEPS_M if step * scale >= 44), STEPS_M[-1])
    ticks = [(i * step, round(base_y - i * step * scale)) for i in range(1, 1 + int(far / step))]
    for x in np.arange(centre_x % (step * scale), width, step * scale).round().astype(int):
        cv2.line(canvas, (int(x), 0), (int(x), height), GRID, 1)
    for _, y in ticks:
        cv2.line(canvas, (0, y), (width, y), GRID, 1)
    for metres, y in ticks:
        put_text(canvas, f'{metres:g} m', (6, y - 4), colour=MUTED, size=0.42)
    pixels = np.stack([centre_x + xyz[:, 0] * scale, base_y - xyz[:, 2] * scale], axis=1)
    sizes = np.clip(np.ceil(2 * xyz[:, 2] * pitch_rad * scale), 1, 4).astype(int)
    _splat(canvas, pixels, xyz[:, 1], rgb, sizes)  # what is high hides what is low
    slope = np.abs(np.percentile(xyz[:, 0] / xyz[:, 2], (1, 99))).max()
    for side in (-slope, slope):
        end = (round(centre_x + side * 0.1 * far * scale), round(base_y - 0.1 * far * scale))
        cv2.line(canvas, (round(centre_x), base_y), end, CAMERA, 1, cv2.LINE_AA)
    return canvas


def _rotation(yaw_deg: float, pitch_deg: float) -> Float[np.ndarray, '3 3']:
    """Turns the scene as a viewer sees it who is to the right of and above the camera."""
    yaw, pitch = math.radians(yaw_deg), math.radians(pitch_deg)
    about_y = np.array(
        [[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]]
    )
    about_x = np.array(
        [[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]]
    )
    return np.asarray(about_x @ about_y)


def _splat(
    canvas: Canvas,
    pixels: Float[np.ndarray, 'point 2'],
    depth: Float[np.ndarray, ' point'],
    rgb: UInt8[np.ndarray, 'point 3'],
    sizes: Int[np.ndarray, ' point'],
) -> None:
    """Paints squares from far to near, so that the near ones stay."""
    height, width = canvas.shape[:2]
    order = np.argsort(-depth, kind='stable')
    corner = np.floor(pixels[order] - (sizes[order, None] - 1) / 2).astype(np.int64)
    rgb, sizes = rgb[order], sizes[order]
    targets, sources = [], []
    for dy in range(MAX_SPLAT_PX):
        for dx in range(MAX_SPLAT_PX):
            x, y = corner[:, 0] + dx, corner[:, 1] + dy
            is_inside = (sizes > max(dx, dy)) & (x >= 0) & (x < width) & (y >= 0) & (y < height)
            targets.append((y * width + x)[is_inside])
            sources.append(np.flatnonzero(is_inside))
    target, source = np.concatenate(targets), np.concatenate(sources)
    nearest = np.full(height * width, -1, np.int64)
    np.maximum.at(nearest, target, source)
    flat = canvas.reshape(-1, 3)
    flat[nearest >= 0] = rgb[nearest[nearest >= 0]]
