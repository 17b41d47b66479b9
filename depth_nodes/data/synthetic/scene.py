"""What a synthetic scene is made of. World: z up, metres, the ground or floor at z = 0."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
import math
from typing import NamedTuple

from jaxtyping import Float64
import numpy as np

from depth_nodes.errors import ConfigError

# Raised with every change of what a seed looks like, so that kept renderings are made anew.
RENDERER_VERSION = 5

Colour = tuple[float, float, float]
Vector = tuple[float, float, float]
DOMAINS = ('room', 'street', 'yard')
# Steps of stored depth. Rooms need fine ones, streets a far reach: 16 bits give 33 m and 256 m.
DEPTH_SCALES_M = {'room': 1 / 2000, 'street': 1 / 256, 'yard': 1 / 256}
RENDERERS = ('auto', 'gl', 'ray_caster')
SHAPES = ('box', 'cylinder', 'ellipsoid', 'frustum')
MAX_STEREO_BASELINE_M = 10.0
MAX_FRAME_SPACING_M = 10.0


@dataclass(frozen=True, kw_only=True)
class SceneConfig:
    """Everything that decides the pixels of a rendered sequence.

    Attributes:
        domain: one of `DOMAINS`.
        seed: the same seed gives the same bytes.
        fov_deg: horizontal field of view; None draws 40-110 degrees.
        is_scattered: independent views of one scene instead of a smooth path.
        image_oversampling: the image averages this many samples squared per pixel; the depth is
            always that of the pixel's centre. None: 2 with GL, 1 with the ray caster.
        renderer: one of `RENDERERS`; auto takes GL where it works, and else the ray caster. The
            two draw the same scene from the same seed, but not the same bytes.
        stereo_baseline_m: above 0, each sample also has the picture of a second camera, this far
            to the right of the first.
        frame_spacing_m: about how far the camera of a path moves from frame to frame, less where
            there is no room; None lets what carries it decide.
    """

    domain: str
    seed: int
    num_frames: int
    height_px: int
    width_px: int
    fov_deg: float | None = None
    rate_hz: float = 10.0
    is_scattered: bool = False
    image_oversampling: int | None = None
    renderer: str = 'auto'
    stereo_baseline_m: float = 0.0
    frame_spacing_m: float | None = None

    def __post_init__(self) -> None:
        """Refuses settings that cannot be rendered."""
        if self.domain not in DOMAINS:
            raise ConfigError(f'domain {self.domain!r} is unknown; use one of {list(DOMAINS)}')
        oversampling = 1 if self.image_oversampling is None else self.image_oversampling
        if min(self.num_frames, self.height_px, self.width_px, oversampling) < 1:
            raise ConfigError('frames, image size and oversampling must be at least 1')
        if self.seed < 0:
            raise ConfigError(f'seed {self.seed} is negative; use 0 or more')
        if self.fov_deg is not None and not 1 <= self.fov_deg <= 150:
            raise ConfigError(f'fov_deg {self.fov_deg} is out of range; use 1 to 150')
        if not self.rate_hz > 0:
            raise ConfigError(f'rate_hz {self.rate_hz} is not positive')
        if self.renderer not in RENDERERS:
            raise ConfigError(
                f'renderer {self.renderer!r} is unknown; use one of {list(RENDERERS)}'
            )
        if not 0 <= self.stereo_baseline_m <= MAX_STEREO_BASELINE_M:
            raise ConfigError(
                f'stereo_baseline_m {self.stereo_baseline_m} is out of range; '
                f'use 0 (no right picture) to {MAX_STEREO_BASELINE_M:g}'
            )
        if self.frame_spacing_m is not None:
            self._check_spacing(self.frame_spacing_m)

    def _check_spacing(self, spacing_m: float) -> None:
        if self.is_scattered:
            raise ConfigError('scattered views have no frame_spacing_m; leave one of them out')
        if not 0 < spacing_m <= MAX_FRAME_SPACING_M:
            raise ConfigError(
                f'frame_spacing_m {spacing_m} is out of range; use more than 0, up to '
                f'{MAX_FRAME_SPACING_M:g}'
            )


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
        gloss: mirror-like share of the surface, 0..1: 0.1 varnish and floors, 0.3 a wet road, 0.5
            car paint, 0.8 window glass. It mirrors more at grazing angles (Fresnel). Only the GL
            renderer shows it.
    """

    pattern: str
    palette: tuple[Colour, ...]
    scale_m: float = 1.0
    aspect: float = 1.0
    grain: float = 0.15
    emission: float = 0.0
    offset: tuple[float, float] = (0.0, 0.0)
    gloss: float = 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Primitive:
    """A convex solid: its centre, half sizes along its own axes, and its rotation.

    A cylinder's axis is its own z; an ellipsoid fills the same box. A frustum is that box with a
    smaller top: its face at own +z has `taper` times the half sizes of the base, and its centre is
    moved by `shear` times them. It stays inside the box: `taper + abs(shear) <= 1`. Taper (0, 1)
    is a gable roof with its ridge along own y, (0, 0) a pyramid, (0, 1) with shear (1, 0) a wedge
    with an upright side.
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
    taper: tuple[float, float] = (1.0, 1.0)
    shear: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        """A builder's mistakes shall show where they are made."""
        assert self.shape in SHAPES, self.shape
        assert min(self.half_size) > 0, f'a solid needs an inside, not {self.half_size}'
        assert self.shape != 'frustum' or self.cutout == 0, 'a frustum has no holes'
        for taper, shear in zip(self.taper, self.shear, strict=True):
            assert taper >= 0, f'negative taper {taper}'
            assert taper + abs(shear) <= 1 + 1e-6, f'{taper} + |{shear}| leaves the box'


class Lamp(NamedTuple):
    """A light without shadows; its light falls off with the squared distance beyond its reach.

    Attributes:
        position: in the world [m].
        strength: light on a surface that faces it from nearby; daylight is about 1-3.
        colour: linear.
        reach_m: 1.5 suits a room's lamp, 5-8 a street lamp.
    """

    position: Vector
    strength: float
    colour: Colour = (1.0, 1.0, 1.0)
    reach_m: float = 1.5


@dataclass(frozen=True, kw_only=True)
class Light:
    """Linear light: a far source with shadows, the ambient light, and lamps without shadows.

    `towards_sun` is a unit vector (at night the moon's, with a weak blue `sun`). `head_light` is
    the strength of a lamp that the camera carries: a car's head lights, a robot's torch. The GL
    renderer uses the 32 strongest lamps around the camera.
    """

    towards_sun: Vector
    sun: Colour
    ambient_up: Colour
    ambient_down: Colour
    lamps: tuple[Lamp, ...] = ()
    head_light: float = 0.0


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


def rod(start: Vector, end: Vector, radius_m: float, material: Material) -> Primitive:
    """A cylinder between two points: cables, rails, tubes, branches."""
    along = np.array(end, float) - np.array(start, float)
    length = float(np.linalg.norm(along))
    return Primitive(
        shape='cylinder',
        centre=_mean(start, end),
        half_size=(radius_m, radius_m, length / 2),
        material=material,
        world_from_object=_rotation_of_vertical_to(along / length),
    )


def frustum(
    base: Vector,
    half_size: Vector,
    material: Material,
    taper: tuple[float, float],
    shear: tuple[float, float] = (0.0, 0.0),
) -> Primitive:
    """A box with a smaller top that stands with the middle of its base on `base`."""
    return Primitive(
        shape='frustum',
        centre=(base[0], base[1], base[2] + half_size[2]),
        half_size=half_size,
        material=material,
        taper=taper,
        shear=shear,
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


def _rotation_of_vertical_to(direction: Float64[np.ndarray, ' 3']) -> Float64[np.ndarray, '3 3']:
    """A rotation whose third column is the unit vector."""
    helper = np.array([0.0, 0.0, 1.0]) if abs(direction[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    first = np.cross(helper, direction)
    first /= np.linalg.norm(first)
    return np.stack([first, np.cross(direction, first), direction], 1)


def _vector(values: Float64[np.ndarray, ' 3']) -> Vector:
    return float(values[0]), float(values[1]), float(values[2])


def _mean(low: Vector, high: Vector) -> Vector:
    return _vector((np.array(low, float) + np.array(high, float)) / 2)


def _half_difference(low: Vector, high: Vector) -> Vector:
    return _vector((np.array(high, float) - np.array(low, float)) / 2)
