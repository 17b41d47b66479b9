"""Random materials of indoor and outdoor surfaces."""

from __future__ import annotations

from depth_nodes.data.synthetic.draw import Draw, shaded
from depth_nodes.data.synthetic.scene import Colour, Material

WARM = (0.02, 0.14)
GREEN = (0.2, 0.36)


def plain(draw: Draw, colour: Colour | None = None, grain: float = 0.1) -> Material:
    """Nearly one colour: paint, plastic, lacquer."""
    if colour is None:
        strongest = 0.3 if draw.chance(0.6) else 0.8
        colour = draw.colour(saturation=(0, strongest), value=(0.08, 0.92))
    return Material(
        pattern='noise',
        palette=(shaded(colour, 0.95), shaded(colour, 1.04)),
        scale_m=draw.log_uniform(0.2, 2.0),
        grain=grain,
        offset=draw.offset(),
    )


def wood(draw: Draw) -> Material:
    """Furniture wood, light to dark."""
    value = draw.uniform(0.25, 0.85)
    colour = draw.colour(WARM, (0.3, 0.65), (value, value))
    return Material(
        pattern='wood',
        palette=(shaded(colour, 0.6), colour, shaded(colour, 1.15)),
        scale_m=draw.uniform(0.15, 0.6),
        grain=0.12,
        offset=draw.offset(),
    )


def fabric(draw: Draw) -> Material:
    """Cloth: plain weave, checks, stripes or large patches."""
    colour = draw.colour(saturation=(0, 0.75), value=(0.15, 0.85))
    other = draw.colour(saturation=(0, 0.7), value=(0.2, 0.95))
    pattern = draw.choice(['noise', 'noise', 'noise', 'stripes', 'checker', 'painting'])
    palette = (
        (shaded(colour, 0.75), shaded(colour, 1.1)) if pattern == 'noise' else (colour, other)
    )
    scale = {'noise': 0.08, 'painting': 0.5}.get(pattern, 0.12) * draw.log_uniform(0.5, 2)
    return Material(
        pattern=pattern, palette=palette, scale_m=scale, grain=0.25, offset=draw.offset()
    )


def metal(draw: Draw) -> Material:
    """Grey and bright, or black."""
    return plain(
        draw, draw.colour(saturation=(0, 0.1), value=draw.choice([(0.1, 0.2), (0.5, 0.8)]))
    )


def wall(draw: Draw) -> Material:
    """Painted plaster mostly; sometimes wallpaper, bricks or tiles."""
    colour = draw.colour(saturation=(0, 0.35), value=(0.55, 0.97))
    kind = draw.choice(['noise'] * 6 + ['stripes', 'painting', 'bricks', 'tiles', 'planks'])
    near = draw.colour(saturation=(0, 0.4), value=(0.45, 0.95))
    palettes = {
        'noise': (shaded(colour, 0.94), shaded(colour, 1.03)),
        'stripes': (colour, shaded(colour, draw.uniform(0.75, 0.95))),
        'painting': (colour, shaded(colour, 0.93), shaded(colour, 0.85)),
        'bricks': (draw.colour((0.0, 0.08), (0.1, 0.6), (0.35, 0.75)), near, (0.75, 0.73, 0.7)),
        'tiles': (colour, shaded(colour, 0.95), shaded(colour, 0.6)),
        'planks': (shaded(colour, 0.85), colour, shaded(colour, 0.4)),
    }
    scales = {'noise': 1.0, 'stripes': 0.25, 'painting': 0.6, 'bricks': 0.08, 'tiles': 0.2}
    return Material(
        pattern=kind,
        palette=palettes[kind],
        scale_m=scales.get(kind, 0.15) * draw.log_uniform(0.7, 1.8),
        aspect={'bricks': 2.6, 'planks': 10.0, 'tiles': draw.choice([1.0, 2.0])}.get(kind, 1.0),
        grain=draw.uniform(0.02, 0.12),
        offset=draw.offset(),
    )


def floor(draw: Draw) -> Material:
    """Boards, tiles, carpet, stone or checks."""
    kind = draw.choice(
        ['planks', 'planks', 'planks', 'tiles', 'tiles', 'noise', 'marble', 'checker']
    )
    wooden = draw.colour(WARM, (0.25, 0.65), (0.3, 0.85))
    colour = draw.colour(saturation=(0, 0.4), value=(0.25, 0.9))
    other = draw.colour(saturation=(0, 0.3), value=(0.1, 0.95))
    palettes = {
        'planks': (shaded(wooden, 0.65), wooden, shaded(wooden, 1.15), shaded(wooden, 0.25)),
        'tiles': (shaded(colour, 0.9), colour, shaded(colour, draw.choice([0.55, 1.3]))),
        'noise': (shaded(colour, 0.7), shaded(colour, 1.15)),
        'marble': (shaded(colour, 0.8), colour, shaded(colour, 1.25)),
        'checker': (colour, other),
    }
    scales = {'planks': 0.12, 'tiles': 0.4, 'noise': 0.06, 'marble': 0.8, 'checker': 0.35}
    return Material(
        pattern=kind,
        palette=palettes[kind],
        scale_m=scales[kind] * draw.log_uniform(0.6, 1.7),
        aspect=draw.uniform(6, 12) if kind == 'planks' else 1.0,
        grain=draw.uniform(0.08, 0.25),
        offset=draw.offset(),
    )


def picture(draw: Draw, scale_m: float) -> Material:
    """Something to hang on a wall, or on a screen."""
    palette = tuple(draw.colour(saturation=(0, 0.9), value=(0.05, 1.0)) for _ in range(5))
    return Material(
        pattern=draw.choice(['painting', 'painting', 'marble', 'noise']),
        palette=palette,
        scale_m=scale_m * draw.uniform(0.3, 1.0),
        grain=0.0,
        offset=draw.offset(),
    )


def shop_window(draw: Draw) -> Material:
    """Dark panes in frames, with something behind."""
    frame = draw.colour(saturation=(0, 0.5), value=(0.1, 0.9))
    inside = draw.colour((0.03, 0.15), (0.1, 0.5), (0.25, 0.6))
    return Material(
        pattern='tiles',
        palette=((0.08, 0.09, 0.1), inside, (0.15, 0.17, 0.2), frame),
        scale_m=draw.uniform(1.2, 2.0),
        aspect=draw.uniform(0.5, 1.2),
        grain=0.5,
        offset=draw.offset(),
    )


def paper(draw: Draw, line_m: float) -> Material:
    """Print: dark lines on a light ground, or light on a colour."""
    colour = draw.colour(saturation=(0, 0.9), value=(0.2, 0.8))
    inks = [((0.95, 0.94, 0.9), (0.1, 0.1, 0.12)), (colour, (0.95, 0.95, 0.95))]
    return Material(
        pattern='text',
        palette=inks[0] if draw.chance(0.7) else inks[1],
        scale_m=line_m,
        grain=0.05,
        offset=draw.offset(),
    )


def leaves(draw: Draw) -> Material:
    """Foliage of one tree, bush or house plant; seldom autumnal."""
    hue = (0.05, 0.15) if draw.chance(0.1) else GREEN
    colour = draw.colour(hue, (0.4, 0.8), (0.3, 0.6))
    return Material(
        pattern='leaves',
        palette=(shaded(colour, 0.2), shaded(colour, 0.7), colour, shaded(colour, 1.5)),
        scale_m=draw.uniform(0.5, 1.2),
        grain=0.2,
        offset=draw.offset(),
    )


def ground(draw: Draw, colour: Colour, scale_m: float = 0.6) -> Material:
    """Grass, earth, gravel: noise at several sizes."""
    return Material(
        pattern='leaves',
        palette=(shaded(colour, 0.6), colour, shaded(colour, 1.25)),
        scale_m=scale_m,
        grain=0.3,
        offset=draw.offset(),
    )
