"""Light and sky that fit each other: sun, clouds, haze, dusk, fog and night."""

from __future__ import annotations

from dataclasses import dataclass
import math

from depth_nodes.data.synthetic.draw import Draw, Span
from depth_nodes.data.synthetic.scene import Colour, Light, Sky

DARK_AMBIENT = 0.12
BLUE: Colour = (0.10, 0.24, 0.62)


@dataclass(frozen=True, kw_only=True)
class Weather:
    """Spans of one kind of weather.

    Attributes:
        frequency: how often it comes.
        rise_deg: the sun's height above the horizon.
        sun: linear strength of its light.
        ambient: linear strength of the sky's light.
        grey: 0 = a blue sky, 1 = one of clouds alone.
        horizon: brightness of the sky at the horizon.
        zenith: brightness of the blue overhead, 1 = a clear noon's.
        cloud_cover: share of clouds.
        haze_m: distance where haze takes over.
    """

    frequency: float
    rise_deg: Span
    sun: Span
    ambient: Span
    grey: Span
    horizon: Span
    zenith: Span
    cloud_cover: Span
    haze_m: Span


WEATHERS = {
    'clear': Weather(
        frequency=0.43,
        rise_deg=(20, 65),
        sun=(1.4, 3.0),
        ambient=(0.22, 0.55),
        grey=(0.0, 0.15),
        horizon=(0.6, 0.95),
        zenith=(0.7, 1.2),
        cloud_cover=(0.0, 0.7),
        haze_m=(700, 6000),
    ),
    'hazy': Weather(
        frequency=0.12,
        rise_deg=(18, 60),
        sun=(0.5, 1.2),
        ambient=(0.5, 0.8),
        grey=(0.35, 0.75),
        horizon=(0.8, 1.3),
        zenith=(0.8, 1.2),
        cloud_cover=(0.2, 1.0),
        haze_m=(400, 1800),
    ),
    'overcast': Weather(
        frequency=0.27,
        rise_deg=(15, 60),
        sun=(0.0, 0.25),
        ambient=(0.6, 0.9),
        grey=(0.8, 1.0),
        horizon=(0.8, 1.4),
        zenith=(0.9, 1.2),
        cloud_cover=(0.6, 1.0),
        haze_m=(600, 5000),
    ),
    'low_sun': Weather(
        frequency=0.08,
        rise_deg=(5, 16),
        sun=(0.8, 1.6),
        ambient=(0.25, 0.45),
        grey=(0.0, 0.4),
        horizon=(0.7, 1.2),
        zenith=(0.6, 1.0),
        cloud_cover=(0.0, 0.9),
        haze_m=(400, 4000),
    ),
    'dusk': Weather(
        frequency=0.04,
        rise_deg=(2, 6),
        sun=(0.0, 0.12),
        ambient=(0.14, 0.3),
        grey=(0.1, 0.9),
        horizon=(0.25, 0.6),
        zenith=(0.3, 0.6),
        cloud_cover=(0.1, 1.0),
        haze_m=(200, 2000),
    ),
    'fog': Weather(
        frequency=0.03,
        rise_deg=(10, 45),
        sun=(0.0, 0.1),
        ambient=(0.5, 0.8),
        grey=(0.95, 1.0),
        horizon=(0.6, 0.95),
        zenith=(1.0, 1.3),
        cloud_cover=(0.8, 1.0),
        haze_m=(45, 180),
    ),
    'night': Weather(
        frequency=0.03,
        rise_deg=(25, 60),
        sun=(0.0, 0.02),
        ambient=(0.02, 0.08),
        grey=(0.2, 0.9),
        horizon=(0.01, 0.06),
        zenith=(0.02, 0.08),
        cloud_cover=(0.0, 0.8),
        haze_m=(300, 3000),
    ),
}


def draw_weather(draw: Draw) -> tuple[Light, Sky]:
    """Light without lamps, and the sky, of a random outdoor scene."""
    kinds = WEATHERS.values()
    return _drawn(draw, draw.weighted(kinds, [weather.frequency for weather in kinds]))


def is_dark(light: Light) -> bool:
    """Whether lamps and head lights are on."""
    return max(light.ambient_up) < DARK_AMBIENT


def _drawn(draw: Draw, weather: Weather) -> tuple[Light, Sky]:
    rise, angle = math.radians(draw.uniform(*weather.rise_deg)), draw.uniform(0, math.tau)
    flat = math.cos(rise)
    # Near the horizon the air takes the blue out of the sun's light.
    red = max(0.0, 1 - math.degrees(rise) / 25)
    sun, ambient = draw.uniform(*weather.sun), draw.uniform(*weather.ambient)
    grey = draw.uniform(*weather.grey)
    back = draw.uniform(0.35, 0.6)
    light = Light(
        towards_sun=(math.cos(angle) * flat, math.sin(angle) * flat, math.sin(rise)),
        sun=(sun, sun * (0.94 - 0.22 * red), sun * (0.86 - 0.45 * red)),
        ambient_up=(
            ambient * (0.86 + 0.12 * grey),
            ambient * 0.97,
            ambient * (1.15 - 0.13 * grey),
        ),
        ambient_down=(ambient * back, ambient * back * 0.97, ambient * back * 0.9),
    )
    bright, overhead = draw.uniform(*weather.horizon), draw.uniform(*weather.zenith)
    glow = 0.35 * red * (1 - grey)
    horizon = (bright * (0.96 + glow), bright * 0.97, bright * (1.0 - glow))
    cloud = 0.72 * bright
    red_blue = [blue * overhead + (cloud - blue * overhead) * grey for blue in BLUE]
    sky = Sky(
        horizon=horizon,
        zenith=(red_blue[0], red_blue[1], red_blue[2]),
        cloud_cover=draw.uniform(*weather.cloud_cover),
        haze_m=draw.log_uniform(*weather.haze_m),
        offset=draw.offset(),
    )
    return light, sky
