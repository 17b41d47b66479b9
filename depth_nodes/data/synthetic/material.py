"""Random materials of indoor and outdoor surfaces."""

from __future__ import annotations

from dataclasses import replace

from depth_nodes.data.synthetic.draw import Draw, shaded, Span
from depth_nodes.data.synthetic.scene import Colour, Material

WARM = (0.02, 0.14)
GREEN = (0.2, 0.36)


def paint_colour(draw: Draw, saturation: Span, value: Span) -> Colour:
    """A colour as people choose it: warm ones, blues and greens before violet and pink."""
    hues = ((-0.03, 0.03), WARM, WARM, GREEN, (0.52, 0.66), (0.52, 0.66), (0.0, 1.0))
    return draw.colour(draw.choice(hues), saturation, value)


def plain(
    draw: Draw, colour: Colour | None = None, grain: float = 0.1, gloss: float = 0.0
) -> Material:
    """Nearly one colour: paint, plastic, lacquer."""
    if colour is None:
        strongest = 0.3 if draw.chance(0.6) else 0.8
        colour = paint_colour(draw, (0, strongest), (0.08, 0.92))
    return Material(
        pattern='noise',
        palette=(shaded(colour, 0.95), shaded(colour, 1.04)),
        scale_m=draw.log_uniform(0.2, 2.0),
        grain=grain,
        offset=draw.offset(),
        gloss=gloss,
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
        gloss=draw.choice([0.0, 0.05, 0.12]),
    )


def fabric(draw: Draw) -> Material:
    """Cloth: plain weave, checks, stripes or large patches."""
    colour = paint_colour(draw, (0, 0.75), (0.15, 0.85))
    other = paint_colour(draw, (0, 0.7), (0.2, 0.95))
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
    colour = draw.colour(saturation=(0, 0.1), value=draw.choice([(0.1, 0.2), (0.5, 0.8)]))
    return plain(draw, colour, gloss=draw.choice([0.05, 0.3, 0.5]))


def chrome(draw: Draw) -> Material:
    """Bare polished steel."""
    value = draw.uniform(0.55, 0.8)
    return plain(draw, (value, value, value * 1.02), 0.05, gloss=draw.uniform(0.4, 0.7))


def black(draw: Draw, gloss: float = 0.1) -> Material:
    """Black plastic or rubber of apparatus."""
    value = draw.uniform(0.03, 0.16)
    return plain(draw, (value, value, value * draw.uniform(1.0, 1.15)), 0.05, gloss)


def casing(draw: Draw) -> Material:
    """Plastic of apparatus: black, grey, beige or white, seldom coloured."""
    if draw.chance(0.35):
        return black(draw)
    if draw.chance(0.2):
        return plain(draw, paint_colour(draw, (0.4, 0.9), (0.3, 0.9)), 0.03, 0.08)
    value = draw.choice([draw.uniform(0.25, 0.6), draw.uniform(0.7, 0.95)])
    return plain(draw, (value, value, value * draw.uniform(0.88, 1.02)), 0.05, 0.08)


def lacquer(draw: Draw) -> Material:
    """Fronts of cupboards and desks: white, grey, wooden or, now and then, a strong colour."""
    if draw.chance(0.35):
        return wood(draw)
    if draw.chance(0.25):
        colour = paint_colour(draw, (0.3, 0.95), (0.25, 0.9))
    else:
        value = draw.choice([draw.uniform(0.78, 0.97), draw.uniform(0.4, 0.8)])
        colour = (value, value * draw.uniform(0.97, 1.0), value * draw.uniform(0.9, 1.0))
    return plain(draw, colour, 0.05, draw.choice([0.0, 0.08, 0.2]))


def cardboard(draw: Draw) -> Material:
    """Cartons."""
    return plain(draw, draw.colour((0.06, 0.1), (0.3, 0.5), (0.5, 0.8)), 0.15)


def print_on(draw: Draw, size_m: float) -> Material:
    """The outside of a package or book: print, a picture, or one strong colour."""
    kind = draw.choice(['print', 'picture', 'colour', 'colour'])
    if kind == 'print':
        return paper(draw, size_m * draw.uniform(0.06, 0.25))
    if kind == 'picture':
        return picture(draw, size_m)
    return plain(draw, paint_colour(draw, (0.1, 0.95), (0.1, 0.95)), 0.05, 0.05)


def screen(draw: Draw, size_m: float) -> Material:
    """A screen: off, or lit with windows, print or a picture."""
    if draw.chance(0.5):
        return black(draw, gloss=draw.uniform(0.2, 0.6))
    shown = paper(draw, 0.012) if draw.chance(0.4) else picture(draw, size_m)
    return replace(shown, emission=draw.uniform(0.3, 0.8), gloss=0.2)


def lamp_shade(draw: Draw, strength: float = 0.85) -> Material:
    """Something that shines, warm or cool."""
    warm = draw.uniform(0.7, 1.0)
    colour = (1.0, 0.9 + 0.1 * warm, warm)
    return Material(pattern='noise', palette=(shaded(colour, 0.95), colour), emission=strength)


def wall(draw: Draw) -> Material:
    """Painted plaster mostly; sometimes wallpaper, bricks, tiles or boards."""
    kind = draw.choice(['noise'] * 14 + ['stripes', 'painting', 'bricks', 'tiles', 'planks'])
    if draw.chance(0.72):
        colour = draw.colour(WARM, (0, 0.16), (0.68, 0.97))
    else:
        colour = paint_colour(draw, (0.05, 0.45), (0.45, 0.95))
    near = draw.colour(WARM, (0, 0.3), (0.45, 0.95))
    palettes = {
        'noise': (shaded(colour, 0.94), shaded(colour, 1.03)),
        'stripes': (colour, shaded(colour, draw.uniform(0.75, 0.95))),
        'painting': (colour, shaded(colour, 0.93), shaded(colour, 0.85)),
        'bricks': (draw.colour((0.0, 0.08), (0.1, 0.6), (0.35, 0.75)), near, (0.75, 0.73, 0.7)),
        'tiles': (colour, shaded(colour, 0.95), shaded(colour, 0.6)),
        'planks': (shaded(colour, 0.85), colour, shaded(colour, 0.4)),
    }
    scales = {'noise': 1.0, 'stripes': 0.25, 'painting': 0.6, 'bricks': 0.065, 'tiles': 0.2}
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
    kind = draw.choice(['planks'] * 5 + ['tiles'] * 3 + ['noise'] * 4 + ['marble', 'checker'])
    wooden = draw.colour(WARM, (0.25, 0.65), (0.3, 0.85))
    colour = draw.colour(saturation=(0, 0.3), value=(0.25, 0.9))
    other = draw.colour(saturation=(0, 0.3), value=(0.1, 0.95))
    palettes = {
        'planks': (shaded(wooden, 0.65), wooden, shaded(wooden, 1.15), shaded(wooden, 0.25)),
        'tiles': (shaded(colour, 0.9), colour, shaded(colour, draw.choice([0.55, 1.3]))),
        'noise': (shaded(colour, 0.7), shaded(colour, 1.15)),
        'marble': (shaded(colour, 0.88), colour, shaded(colour, 1.12)),
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
        gloss=0.0 if kind == 'noise' else draw.choice([0.0, 0.05, 0.15]),
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
