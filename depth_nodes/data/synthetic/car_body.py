"""Parts of a car, in metres, standing on z = 0 around the origin, facing +x."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from depth_nodes.data.synthetic import street_material as materials
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import box, frustum, Material, Primitive, rod, Vector

ALONG_Y = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])  # turns a cylinder's axis to y


@dataclass(frozen=True, kw_only=True)
class CarBody:
    """The outline of a car from the side [m]; x runs from the rear to the front.

    Attributes:
        nose_m: height of the bonnet's front edge.
        belt_m: height of the side windows' lower edge.
        cowl: where the windscreen meets the bonnet, as a share of half the length.
        roof: both ends of the roof, as shares of half the length.
        deck: where the rear window ends below, as a share of half the length.
    """

    length_m: float
    width_m: float
    height_m: float
    nose_m: float
    belt_m: float
    cowl: float
    roof: tuple[float, float]
    deck: float

    @classmethod
    def drawn(cls, draw: Draw) -> CarBody:
        """Hatchback, saloon, estate, off-roader or people carrier."""
        kind = draw.choice(
            ['hatch', 'hatch', 'hatch', 'saloon', 'saloon', 'estate', 'suv', 'carrier']
        )
        stretch = draw.uniform(0.94, 1.06)
        length, height, nose, belt, cowl, front, rear, deck = {
            'hatch': (3.95, 1.47, 0.77, 0.94, 0.48, 0.06, -0.72, -0.93),
            'saloon': (4.6, 1.44, 0.74, 0.92, 0.42, 0.04, -0.42, -0.66),
            'estate': (4.6, 1.48, 0.74, 0.92, 0.42, 0.05, -0.8, -0.94),
            'suv': (4.5, 1.68, 0.9, 1.06, 0.46, 0.08, -0.78, -0.94),
            'carrier': (4.4, 1.72, 0.86, 1.02, 0.64, 0.16, -0.85, -0.95),
        }[kind]
        return cls(
            length_m=length * stretch,
            width_m=draw.uniform(1.66, 1.86),
            height_m=height * draw.uniform(0.97, 1.04),
            nose_m=nose,
            belt_m=belt,
            cowl=cowl,
            roof=(rear, front),
            deck=deck,
        )


def span(
    x: tuple[float, float],
    half_width_m: float,
    z: tuple[float, float],
    material: Material,
    top: tuple[tuple[float, float], float] | None = None,
) -> Primitive:
    """A frustum between two heights, its base and top given as (rear, front) and half widths."""
    (rear, front), (low, high) = x, z
    half = (front - rear) / 2
    middle = (front + rear) / 2
    (top_rear, top_front), top_half_width = top or (x, half_width_m)
    taper = (top_front - top_rear) / 2 / half
    shear = ((top_front + top_rear) / 2 - middle) / half
    return frustum(
        (middle, 0.0, low),
        (half, half_width_m, (high - low) / 2),
        material,
        (taper, top_half_width / half_width_m),
        (shear, 0.0),
    )


def shell(body: CarBody, paint: Material, dark: Material) -> list[Primitive]:
    """The body up to the windows; nose and tail are narrower than the doors."""
    x, y = body.length_m / 2, body.width_m / 2
    shoulder = ((-x * 0.96, x * body.cowl), y * 0.92)
    bonnet = body.nose_m - 0.04
    return [
        span((-x * 0.93, x * 0.93), y * 0.93, (0.16, 0.34), dark),
        span((-x * 0.9, x * 0.82), y * 0.98, (0.24, 0.46), paint),
        span((-x * 0.9, x * 0.82), y, (0.44, bonnet), paint, ((-x * 0.9, x * 0.82), y * 0.985)),
        span((-x * 0.97, x * 0.88), y * 0.985, (bonnet, body.belt_m), paint, shoulder),
        _end((x * 0.82, x), (0.25, body.nose_m), y * 0.99, (paint, 0.84)),
        _end((-x * 0.9, -x), (0.25, body.belt_m - 0.02), y * 0.99, (paint, 0.92)),
    ]


def _end(
    x: tuple[float, float],
    z: tuple[float, float],
    half_width_m: float,
    paint_and_taper: tuple[Material, float],
) -> Primitive:
    """A nose or tail that gets narrower from x[0] to x[1]."""
    paint, taper = paint_and_taper
    ahead = 1.0 if x[1] > x[0] else -1.0
    high = (z[1] - z[0]) / 2
    return Primitive(
        shape='frustum',
        centre=((x[0] + x[1]) / 2, 0.0, (z[0] + z[1]) / 2),
        half_size=(high, half_width_m, abs(x[1] - x[0]) / 2),
        material=paint,
        taper=(0.8, taper),
        # Own x points down at the nose and up at the tail: both lose their upper edge.
        shear=(0.1 * ahead, 0.0),
        world_from_object=np.array([[0, 0, ahead], [0, 1.0, 0], [-ahead, 0, 0]]),
    )


def cabin(body: CarBody, glass: Material, paint: Material, is_near: bool) -> list[Primitive]:
    """Windows, pillars and roof."""
    x, y = body.length_m / 2, body.width_m / 2
    foot = (x * body.deck, x * (body.cowl - 0.01))
    head = (x * body.roof[0], x * body.roof[1])
    low, high = body.belt_m - 0.01, body.height_m - 0.05
    foot_y, head_y = y * 0.89, y * 0.72
    parts = [
        span(foot, foot_y, (low, high), glass, (head, head_y)),
        span(
            (head[0] - 0.04, head[1] + 0.06),
            head_y + 0.02,
            (high - 0.02, body.height_m),
            paint,
            ((head[0] + 0.15, head[1] - 0.1), head_y - 0.12),
        ),
    ]
    if not is_near:
        return parts
    middle = (head[0] + head[1]) / 2
    for side in (-1, 1):
        posts = (
            (foot[1], head[1], 0.035),
            (middle, middle, 0.04),
            (foot[0], head[0], 0.075),
        )
        for x_foot, x_head, radius in posts:
            parts.append(
                rod((x_foot, side * foot_y, low), (x_head, side * head_y, high), radius, paint)
            )
    return parts


def axles(length: float, width: float, radius: float, is_near: bool) -> list[Primitive]:
    """Wheel houses, tyres and rims."""
    tyre = materials.rubber()
    rim = materials.flat((0.55, 0.55, 0.57), gloss=0.3)
    parts = []
    for x in (-length * 0.3, length * 0.315):
        parts.append(disc((x, 0, radius + 0.06), radius + 0.06, width / 2 + 0.004, tyre))
        for side in (-1, 1) if is_near else ():
            y = side * (width / 2 - 0.09)
            parts.append(disc((x, y, radius), radius, 0.11, tyre))
            parts.append(disc((x, y + side * 0.105, radius), radius * 0.66, 0.012, rim))
    return parts


def disc(centre: Vector, radius: float, half_width: float, material: Material) -> Primitive:
    """A wheel, or a part of one: a cylinder across the car."""
    return Primitive(
        shape='cylinder',
        centre=centre,
        half_size=(radius, radius, half_width),
        material=material,
        world_from_object=ALONG_Y,
    )


def lights(body: CarBody, are_on: bool) -> list[Primitive]:
    """Head and tail lamps."""
    glow = 0.9 if are_on else 0.12
    red = materials.flat((0.6, 0.03, 0.03), gloss=0.4, emission=glow)
    white = materials.flat((0.95, 0.95, 0.9), gloss=0.6, emission=glow)
    x, y, nose, belt = body.length_m / 2, body.width_m / 2, body.nose_m, body.belt_m
    parts = []
    for side in (-1, 1):
        low, high = sorted((side * y * 0.6, side * y * 0.915))
        parts.append(box((-x - 0.004, low, belt - 0.26), (-x * 0.94, high, belt - 0.08), red))
        low, high = sorted((side * y * 0.52, side * y * 0.845))
        parts.append(box((x * 0.9, low, nose - 0.2), (x + 0.004, high, nose - 0.07), white))
    return parts


def trim(draw: Draw, body: CarBody, paint: Material) -> list[Primitive]:
    """Plates, grille, mirrors and the joints of the doors."""
    dark = materials.rubber()
    plate = materials.flat((0.85, 0.7, 0.22) if draw.chance(0.1) else (0.85, 0.85, 0.83))
    x, y, nose = body.length_m / 2, body.width_m / 2, body.nose_m
    z = draw.choice([0.5, nose])
    parts = [
        box((-x - 0.02, -0.26, z - 0.06), (-x + 0.05, 0.26, z + 0.06), plate),
        box((x - 0.05, -0.26, 0.38), (x + 0.02, 0.26, 0.49), plate),
        box((x - 0.1, -y * 0.5, nose - 0.21), (x + 0.006, y * 0.5, nose - 0.09), dark),
    ]
    if draw.chance(0.5):
        parts.append(box((-x - 0.008, -y * 0.8, 0.26), (-x + 0.1, y * 0.8, 0.44), dark))
    for seam in (x * (body.cowl - 0.18), -x * 0.12):
        parts.append(box((seam, -y - 0.001, 0.32), (seam + 0.014, y + 0.001, nose - 0.08), dark))
    for side in (-1, 1):
        near, far = sorted((side * y * 0.95, side * (y + 0.16)))
        at = x * (body.cowl - 0.14)
        parts.append(box((at, near, body.belt_m), (at + 0.12, far, body.belt_m + 0.13), paint))
    return parts
