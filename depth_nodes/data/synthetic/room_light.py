"""Light of rooms: sun through windows, a bright sky outside, ceiling lamps, dim evenings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math

from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import Colour, Lamp, Light, Vector


@dataclass(frozen=True, kw_only=True)
class RoomLight:
    """The light, and whether walls and ceiling keep the far source out but for the windows."""

    light: Light
    is_through_windows: bool


def draw_room_light(
    draw: Draw, size: Vector, windows: Sequence[tuple[Vector, float]], lamps: Sequence[Vector]
) -> RoomLight:
    """A random light.

    Args:
        draw: the scene's draw.
        size: of the room [m].
        windows: middle of each window, and the yaw that looks out through it.
        lamps: places of ceiling lamps.
    """
    kinds = ['ceiling'] * 5 + ['evening'] * 2 + ['side']
    if windows:
        kinds += ['sunny'] * 4 + ['sky'] * 7
    kind = draw.choice(kinds)
    if kind == 'sunny':
        return RoomLight(light=_sunny(draw, windows), is_through_windows=True)
    builders = {
        'sky': lambda: _sky(draw, windows),
        'ceiling': lambda: _ceiling(draw, lamps),
        'evening': lambda: _evening(draw, size, lamps),
        'side': lambda: _side(draw),
    }
    return RoomLight(light=builders[kind](), is_through_windows=False)


def _tint(draw: Draw, coolest: float = 0.7, warmest: float = 1.1) -> Colour:
    """Warm below 1, cool above."""
    blue = draw.uniform(coolest, warmest)
    return 1.0, (1 + blue) / 2, blue


def _scaled(colour: Colour, factor: float) -> Colour:
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


def _light(
    towards: tuple[float, float],
    sun: Colour,
    ambient: Colour,
    lamps: Sequence[Lamp],
    bounce: float,
) -> Light:
    """From the far source's (azimuth, elevation) [rad]; `bounce` is the floor's share of light."""
    azimuth, elevation = towards
    flat = math.cos(elevation)
    return Light(
        towards_sun=(flat * math.cos(azimuth), flat * math.sin(azimuth), math.sin(elevation)),
        sun=sun,
        ambient_up=ambient,
        ambient_down=(ambient[0] * bounce, ambient[1] * bounce * 0.97, ambient[2] * bounce * 0.93),
        lamps=tuple(lamps),
    )


def _window_lamps(
    draw: Draw, windows: Sequence[tuple[Vector, float]], strength: float
) -> list[Lamp]:
    """The sky's light, which comes from the windows and fades into the depth of the room."""
    tint = _tint(draw, 0.95, 1.2)
    return [
        Lamp(
            (x - 0.2 * math.cos(out), y - 0.2 * math.sin(out), z),
            strength * draw.uniform(0.7, 1.2),
            tint,
            draw.uniform(1.2, 2.5),
        )
        for (x, y, z), out in windows
    ]


def _sunny(draw: Draw, windows: Sequence[tuple[Vector, float]]) -> Light:
    _, out = draw.choice(windows)
    azimuth, elevation = out + draw.normal(0, 0.5), math.radians(draw.uniform(15, 55))
    sun = _scaled(_tint(draw, 0.7, 0.95), draw.uniform(1.5, 4.5))
    ambient = _scaled(_tint(draw, 0.85, 1.1), draw.uniform(0.3, 0.7))
    lamps = _window_lamps(draw, windows, draw.uniform(0.2, 0.8))
    return _light((azimuth, elevation), sun, ambient, lamps, draw.uniform(0.7, 1.0))


def _sky(draw: Draw, windows: Sequence[tuple[Vector, float]]) -> Light:
    _, out = draw.choice(windows)
    elevation = math.radians(draw.uniform(25, 60))
    sun = _scaled(_tint(draw, 0.95, 1.15), draw.uniform(0.0, 0.35))
    ambient = _scaled(_tint(draw, 0.85, 1.1), draw.uniform(0.12, 0.45))
    lamps = _window_lamps(draw, windows, draw.uniform(0.7, 2.4))
    return _light((out, elevation), sun, ambient, lamps, draw.uniform(0.6, 0.95))


def _ceiling(draw: Draw, lamps: Sequence[Vector]) -> Light:
    """Light from above; its soft shadow falls nearly straight down."""
    tint = _tint(draw)
    towards = (draw.uniform(0, math.tau), math.radians(draw.uniform(60, 85)))
    sun = _scaled(tint, draw.uniform(0.1, 0.6))
    ambient = _scaled(tint, draw.uniform(0.15, 0.5))
    strength = draw.uniform(0.3, 1.2)
    shining = [Lamp(at, strength, tint, draw.uniform(1.3, 2.5)) for at in lamps]
    return _light(towards, sun, ambient, shining, draw.uniform(0.55, 0.9))


def _evening(draw: Draw, size: Vector, lamps: Sequence[Vector]) -> Light:
    """One or two warm lamps in a dim room."""
    tint = _tint(draw, 0.35, 0.75)
    places = [draw.choice(lamps)] if lamps and draw.chance(0.5) else []
    for _ in range(draw.whole(1, 2)):
        x, y = (draw.uniform(-0.42, 0.42) * size[i] for i in (0, 1))
        places.append((x, y, draw.uniform(1.0, 1.8)))
    shining = [Lamp(at, draw.uniform(0.5, 1.6), tint, draw.uniform(0.8, 1.6)) for at in places]
    towards = (draw.uniform(0, math.tau), math.radians(draw.uniform(40, 75)))
    sun = _scaled(tint, draw.uniform(0.0, 0.12))
    return _light(towards, sun, _scaled(tint, draw.uniform(0.04, 0.18)), shining, 0.7)


def _side(draw: Draw) -> Light:
    """A strong source from the side, as a spot light or an open gate, with hard shadows."""
    towards = (draw.uniform(0, math.tau), math.radians(draw.uniform(20, 45)))
    tint = _tint(draw, 0.6, 1.2)
    sun, ambient = _scaled(tint, draw.uniform(0.8, 2.0)), _scaled(tint, draw.uniform(0.1, 0.4))
    return _light(towards, sun, ambient, (), draw.uniform(0.5, 0.8))
