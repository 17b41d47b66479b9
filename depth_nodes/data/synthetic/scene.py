"""What a synthetic scene is made of. World: z up, metres, the ground or floor at z = 0."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
import math

from jaxtyping import Float64
import numpy as np

from depth_nodes.errors import ConfigError

# Raised with every change of what a seed looks like, so that kept renderings are made anew.
RENDERER_VERSION = 1

Colour = tuple[float, float, float]
Vector = tuple[float, float, float]
DOMAINS = ('room', 'street')


@dataclass(frozen=True, kw_only=True)
class SceneConfig:
    """Everything that decides the pixels of a rendered sequence.

    Attributes:
        domain: one of `DOMAINS`.
        seed: the same seed gives the same bytes.
        fov_deg: horizontal field of view; None draws 50-100 degrees.
        is_scattered: independent views of one scene instead of a smooth path.
        image_oversampling: the image averages this many samples squared per pixel; the depth is
            always that of the pixel's centre.
    """

    domain: str
    seed: int
    num_frames: int
    height_px: int
    width_px: int
    fov_deg: float | None = None
    rate_hz: float = 10.0
    is_scattered: bool = False
    image_oversampling: int = 1

    def __post_init__(self) -> None:
        """Refuses settings that cannot be rendered."""
        if self.domain not in DOMAINS:
            raise ConfigError(f'domain {self.domain!r} is unknown; use one of {list(DOMAINS)}')
        if min(self.num_frames, self.height_px, self.width_px, self.image_oversampling) < 1:
            raise ConfigError('frames, image size and oversampling must be at least 1')
        if self.seed < 0:
            raise ConfigError(f'seed {self.seed} is negative; use 0 or more')
        if self.fov_deg is not None and not 1 <= self.fov_deg <= 150:
            raise ConfigError(f'fov_deg {self.fov_deg} is out of range; use 1 to 150')
        if not self.rate_hz > 0:
            raise ConfigError(f'rate_hz {self.rate_hz} is not positive')


@dataclass(frozen=True, kw_only=True)
class Material:
    """A pattern in the colours of a palette.

    Attributes:
        pattern: a key of `texture.PATTERNS`.
        palette: sRGB colours in 0..1; the pattern's value 0..1 runs through them in order.
        scale_m: length of the pattern's unit.
        aspect: the pattern's own proportion, such as a brick's length over its height.
        grain: strength of broad brightness variation.
        emission: share of light that the surface sends out itself.
        offset: shifts the pattern, in its units.
    """

    pattern: str
    palette: tuple[Colour, ...]
    scale_m: float = 1.0
    aspect: float = 1.0
    grain: float = 0.15
    emission: float = 0.0
    offset: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Primitive:
    """A convex solid: its centre, half sizes along its own axes, and its rotation.

    A cylinder's axis is its own z; an ellipsoid fills the same box.
    `top_material` covers the faces that look along own +-z. `cutout` above 0 makes a perforated
    shell, as of leaves: the surface is only where a fixed noise of mean 1/2 exceeds it.
    """

    shape: str
    centre: Vector
    half_size: Vector
    material: Material
    top_material: Material | None = None
    world_from_object: Float64[np.ndarray, '3 3'] = field(default_factory=lambda: np.eye(3))
    casts_shadow: bool = True
    cutout: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Light:
    """Linear light: a far source with shadows, the ambient light, and lamps without shadows.

    `towards_sun` is a unit vector. `lamps` are (position, strength); light falls off with the
    squared distance beyond about 1.5 m.
    """

    towards_sun: Vector
    sun: Colour
    ambient_up: Colour
    ambient_down: Colour
    lamps: tuple[tuple[Vector, float], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Sky:
    """Linear colours of the sky, its clouds (cover 0..1), and the distance where haze takes over.

    `haze_m` of infinity is clear air.
    """

    horizon: Colour = (0.7, 0.75, 0.8)
    zenith: Colour = (0.2, 0.35, 0.7)
    cloud_cover: float = 0.4
    haze_m: float = math.inf
    offset: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A static scene; `interior` is the free box of a room as (low, high) corners, else None."""

    primitives: tuple[Primitive, ...]
    light: Light
    sky: Sky = Sky()
    interior: tuple[Vector, Vector] | None = None


def rotation_about_vertical(yaw_rad: float) -> Float64[np.ndarray, '3 3']:
    """World from object, turned counter-clockwise seen from above."""
    cos, sin = math.cos(yaw_rad), math.sin(yaw_rad)
    return np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])


def box(
    low: Vector, high: Vector, material: Material, top_material: Material | None = None
) -> Primitive:
    """An axis-aligned box between two corners [m]."""
    return Primitive(
        shape='box',
        centre=_mean(low, high),
        half_size=_half_difference(low, high),
        material=material,
        top_material=top_material,
    )


def cylinder(base: Vector, radius_m: float, height_m: float, material: Material) -> Primitive:
    """An upright cylinder that stands on `base`."""
    return Primitive(
        shape='cylinder',
        centre=(base[0], base[1], base[2] + height_m / 2),
        half_size=(radius_m, radius_m, height_m / 2),
        material=material,
    )


def ellipsoid(centre: Vector, half_size: Vector, material: Material) -> Primitive:
    """An axis-aligned ellipsoid."""
    return Primitive(shape='ellipsoid', centre=centre, half_size=half_size, material=material)


def placed(
    primitives: Iterable[Primitive], position: Vector, yaw_rad: float = 0.0
) -> list[Primitive]:
    """The primitives of an object, turned about the vertical and moved into the world."""
    turn = rotation_about_vertical(yaw_rad)
    return [
        replace(
            primitive,
            centre=_vector(turn @ np.array(primitive.centre) + np.array(position)),
            world_from_object=turn @ primitive.world_from_object,
        )
        for primitive in primitives
    ]


def _vector(values: Float64[np.ndarray, ' 3']) -> Vector:
    return float(values[0]), float(values[1]), float(values[2])


def _mean(low: Vector, high: Vector) -> Vector:
    return _vector((np.array(low, float) + np.array(high, float)) / 2)


def _half_difference(low: Vector, high: Vector) -> Vector:
    return _vector((np.array(high, float) - np.array(low, float)) / 2)
