"""Cars, in metres, standing on z = 0 around the origin, facing +x."""

from __future__ import annotations

import math

import numpy as np

from depth_nodes.data.synthetic.draw import Draw, shaded
from depth_nodes.data.synthetic.scene import (
    box,
    Colour,
    Material,
    Primitive,
)

ALONG_Y = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])  # turns a cylinder's axis to y
PAINTS: tuple[Colour, ...] = (
    (0.9, 0.9, 0.9),
    (0.7, 0.72, 0.74),
    (0.4, 0.42, 0.44),
    (0.06, 0.06, 0.07),
    (0.1, 0.15, 0.4),
    (0.55, 0.06, 0.06),
    (0.12, 0.3, 0.2),
    (0.75, 0.6, 0.3),
)


def car(draw: Draw) -> list[Primitive]:
    """A hatchback, saloon or van: body, cabin with windows, wheels, lights."""
    is_van = draw.chance(0.2)
    length, width = draw.uniform(3.7, 4.8), draw.uniform(1.7, 1.9)
    height = draw.uniform(1.9, 2.4) if is_van else draw.uniform(1.4, 1.6)
    paint_colour = draw.choice(PAINTS)
    paint = Material(
        pattern='noise', palette=(shaded(paint_colour, 0.95), paint_colour), grain=0.04
    )
    dark = Material(pattern='noise', palette=((0.04, 0.04, 0.05), (0.09, 0.09, 0.1)), grain=0)
    glass = Material(
        pattern='noise', palette=((0.08, 0.1, 0.13), (0.2, 0.25, 0.3)), scale_m=1.5, grain=0
    )
    x, y, belt = length / 2, width / 2, 0.85 if not is_van else 1.1
    rear, front = (-x, x * 0.55) if is_van else (-x + draw.uniform(0.1, 0.8), x * 0.35)
    parts = [
        box((-x, -y, 0.28), (x, y, belt * 0.82), paint),
        box((-x + 0.1, -y + 0.04, belt * 0.82), (x - 0.25, y - 0.04, belt), paint),
        box((-x + 0.05, -y + 0.05, 0.2), (x - 0.05, y - 0.05, 0.3), dark),
    ]
    parts += _cabin((rear, front), (belt, height), y, (glass, paint))
    parts += _car_ends(x, y, dark)
    for wheel_x in (-x * 0.62, x * 0.64):
        for side in (-1, 1):
            parts += _wheel(wheel_x, side * (y - 0.09), side, dark)
    return parts


def _cabin(
    ends: tuple[float, float],
    heights: tuple[float, float],
    half_width: float,
    materials_glass_paint: tuple[Material, Material],
) -> list[Primitive]:
    """Windows in steps that lean inwards, posts, and the roof."""
    (rear, front), (low, high) = ends, heights
    glass, paint = materials_glass_paint
    parts, steps = [], 4
    rise = (high - 0.06 - low) / steps
    for i in range(steps):
        lean_rear, lean_front, lean_side = 0.07 * i, 0.14 * i, 0.03 * i
        y, z = half_width - 0.08 - lean_side, low + i * rise
        x_low, x_high = rear + lean_rear, front - lean_front
        parts.append(box((x_low, -y, z), (x_high, y, z + rise), glass))
        for post in (x_low + 0.03, (rear + front) / 2, x_high - 0.1):
            parts.append(box((post, -y - 0.01, z), (post + 0.07, y + 0.01, z + rise), paint))
    top = (rear + 0.07 * steps, front - 0.14 * steps)
    y = half_width - 0.08 - 0.03 * (steps - 1)
    parts.append(box((top[0] - 0.05, -y, high - 0.06), (top[1] + 0.1, y, high), paint))
    # Slanted panes hide the steps at both ends.
    for x, sign in ((rear, 1), (front, -1)):
        x_top = top[0] if sign > 0 else top[1]
        parts.append(_slanted((x - 0.02 * sign, low), (x_top, high - 0.02), y - 0.01, glass))
    return parts


def _slanted(
    foot: tuple[float, float],
    head: tuple[float, float],
    half_width: float,
    material: Material,
) -> Primitive:
    """A thin pane across y between two points of the x-z plane."""
    run, rise = head[0] - foot[0], head[1] - foot[1]
    length = math.hypot(run, rise)
    cos, sin = run / length, rise / length
    return Primitive(
        shape='box',
        centre=((foot[0] + head[0]) / 2, 0.0, (foot[1] + head[1]) / 2),
        half_size=(length / 2, half_width, 0.015),
        material=material,
        world_from_object=np.array([[cos, 0.0, -sin], [0.0, 1.0, 0.0], [sin, 0.0, cos]]),
    )


def _car_ends(x: float, y: float, dark: Material) -> list[Primitive]:
    red = Material(pattern='noise', palette=((0.5, 0.02, 0.02), (0.7, 0.05, 0.05)), emission=0.2)
    white = Material(pattern='noise', palette=((0.9, 0.9, 0.85), (1, 1, 0.95)), emission=0.2)
    plate = Material(pattern='noise', palette=((0.8, 0.8, 0.75), (0.9, 0.9, 0.85)), grain=0)
    parts = [
        box((-x - 0.015, -0.26, 0.5), (-x, 0.26, 0.61), plate),
        box((x, -0.26, 0.36), (x + 0.015, 0.26, 0.47), plate),
        box((x, -y * 0.6, 0.48), (x + 0.01, y * 0.6, 0.6), dark),
    ]
    for side in (-1, 1):
        near, far = sorted((side * y * 0.62, side * (y - 0.02)))
        parts.append(box((-x - 0.012, near, 0.5), (-x, far, 0.66), red))
        parts.append(box((x, near, 0.48), (x + 0.012, far, 0.64), white))
    return parts


def _wheel(x: float, y: float, side: int, tyre: Material) -> list[Primitive]:
    rim = Material(pattern='noise', palette=((0.5, 0.5, 0.52), (0.7, 0.7, 0.72)), grain=0)
    sizes = ((0.32, 0.11, 0.0, tyre), (0.19, 0.012, side * 0.11, rim))
    return [
        Primitive(
            shape='cylinder',
            centre=(x, y + shift, 0.32),
            half_size=(radius, radius, half),
            material=material,
            world_from_object=ALONG_Y,
        )
        for radius, half, shift, material in sizes
    ]
