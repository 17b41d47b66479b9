"""Random materials of streets: asphalt, facades, roofs, car paint, glass, bark and leaves."""

from __future__ import annotations

from depth_nodes.data.synthetic.draw import Draw, shaded
from depth_nodes.data.synthetic.scene import Colour, Material

BLACK: Colour = (0.05, 0.05, 0.055)
# Paints of cars by how often they are seen.
GREY_PAINTS: tuple[Colour, ...] = (
    (0.9, 0.9, 0.9),
    (0.86, 0.87, 0.88),
    (0.68, 0.7, 0.72),
    (0.5, 0.52, 0.54),
    (0.34, 0.35, 0.37),
    (0.2, 0.21, 0.23),
    (0.07, 0.07, 0.08),
    (0.05, 0.05, 0.06),
)
BRIGHT_PAINTS: tuple[Colour, ...] = (
    (0.1, 0.14, 0.3),
    (0.16, 0.22, 0.4),
    (0.18, 0.3, 0.5),
    (0.5, 0.08, 0.08),
    (0.36, 0.07, 0.09),
    (0.12, 0.2, 0.16),
    (0.66, 0.6, 0.48),
    (0.5, 0.33, 0.16),
)
BRANDS: tuple[Colour, ...] = ((0.8, 0.1, 0.1), (0.1, 0.25, 0.7), (0.95, 0.8, 0.1), (0.1, 0.5, 0.2))


def flat(colour: Colour, gloss: float = 0.0, emission: float = 0.0) -> Material:
    """One colour."""
    return Material(
        pattern='noise',
        palette=(shaded(colour, 0.92), shaded(colour, 1.06)),
        grain=0.05,
        gloss=gloss,
        emission=emission,
    )


def car_paint(draw: Draw) -> Material:
    """Mostly grey, silver, black or white."""
    return flat(draw.choice(GREY_PAINTS if draw.chance(0.76) else BRIGHT_PAINTS), gloss=0.5)


def car_glass(draw: Draw) -> Material:
    """Dark panes with something behind them."""
    dark = draw.uniform(0.04, 0.14)
    return Material(
        pattern='noise',
        palette=((dark, dark, dark * 1.1), (dark * 2, dark * 2.1, dark * 2.3)),
        scale_m=0.7,
        grain=0.0,
        offset=draw.offset(),
        gloss=0.8,
    )


def rubber() -> Material:
    """Tyres, bumpers, what is under a car."""
    return flat((0.07, 0.07, 0.075))


def steel(draw: Draw) -> Material:
    """Zinc, painted poles: grey, dark green, black."""
    colour = draw.choice([(0.55, 0.56, 0.57), (0.42, 0.43, 0.44), (0.12, 0.17, 0.14), BLACK])
    return flat(shaded(colour, draw.uniform(0.8, 1.2)), gloss=0.15)


def asphalt(draw: Draw, wetness: float = 0.0) -> Material:
    """Grey with gravel, patches and cracks; wet roads are dark and mirror."""
    grey = draw.uniform(0.3, 0.62) * (1 - 0.35 * wetness)
    tint, contrast = draw.uniform(-0.03, 0.04), draw.uniform(0.06, 0.3)
    tar = (grey * (1 + tint), grey, grey * (1 - tint))
    return Material(
        pattern='asphalt',
        palette=(
            shaded(tar, 1 - 1.8 * contrast),
            shaded(tar, 1 - 0.5 * contrast),
            tar,
            shaded(tar, 1 + 0.5 * contrast),
        ),
        scale_m=draw.uniform(1.5, 3.0),
        grain=draw.uniform(0.05, 0.2),
        offset=draw.offset(),
        gloss=0.06 + 0.3 * wetness,
    )


def concrete_road(draw: Draw) -> Material:
    """Bright slabs of a motorway, darker where wheels run."""
    grey = draw.uniform(0.52, 0.74)
    colour = (grey, grey * 0.985, grey * 0.95)
    return Material(
        pattern='asphalt',
        palette=(shaded(colour, 0.6), shaded(colour, 0.9), colour, shaded(colour, 1.08)),
        scale_m=draw.uniform(2.0, 4.0),
        grain=draw.uniform(0.1, 0.25),
        offset=draw.offset(),
        gloss=0.05,
    )


def road_paint(draw: Draw, colour: Colour = (0.88, 0.88, 0.86)) -> Material:
    """Worn marking."""
    worn = draw.uniform(0.55, 0.95)
    return Material(
        pattern='weathered',
        palette=(shaded(colour, worn), colour, colour),
        scale_m=0.5,
        grain=0.2,
        offset=draw.offset(),
    )


def pavement(draw: Draw) -> Material:
    """Flags, cobbles, bricks, concrete or asphalt."""
    if draw.chance(0.25):
        return asphalt(draw)
    grey = draw.uniform(0.42, 0.72)
    stone = (grey, grey * draw.uniform(0.94, 1.0), grey * draw.uniform(0.86, 0.98))
    kind = draw.choice(['tiles', 'tiles', 'bricks', 'cobbles', 'weathered'])
    scale = {'tiles': draw.uniform(0.3, 0.6), 'bricks': 0.12, 'cobbles': 0.12, 'weathered': 1.5}
    return Material(
        pattern=kind,
        palette=(shaded(stone, 0.84), stone, shaded(stone, 1.05), shaded(stone, 0.6)),
        scale_m=scale[kind],
        aspect=2.0 if kind == 'bricks' else draw.choice([1.0, 1.5]),
        grain=0.25,
        offset=draw.offset(),
    )


def kerb_stone(draw: Draw) -> Material:
    """Granite or concrete."""
    grey = draw.uniform(0.5, 0.75)
    return Material(
        pattern='weathered',
        palette=((grey * 0.75,) * 3, (grey,) * 3),
        scale_m=0.8,
        grain=0.3,
        offset=draw.offset(),
    )


def lawn(draw: Draw) -> Material:
    """Grass, fresh to dried out."""
    colour = draw.choice(
        [
            draw.colour((0.17, 0.25), (0.2, 0.48), (0.3, 0.48)),
            draw.colour((0.17, 0.27), (0.15, 0.45), (0.25, 0.42)),
            draw.colour((0.1, 0.16), (0.25, 0.45), (0.42, 0.65)),
        ]
    )
    return Material(
        pattern='lawn',
        palette=(shaded(colour, 0.45), shaded(colour, 0.85), colour, shaded(colour, 1.3)),
        scale_m=draw.uniform(1.0, 2.5),
        grain=0.3,
        offset=draw.offset(),
    )


def field(draw: Draw) -> Material:
    """Crops, stubble, ploughed earth or a meadow, seen over a distance."""
    colour = draw.choice(
        [
            draw.colour((0.17, 0.26), (0.25, 0.55), (0.33, 0.55)),
            draw.colour((0.1, 0.14), (0.25, 0.48), (0.5, 0.75)),
            draw.colour((0.05, 0.09), (0.25, 0.45), (0.3, 0.45)),
        ]
    )
    return Material(
        pattern='lawn',
        palette=(shaded(colour, 0.7), colour, shaded(colour, 1.15)),
        scale_m=draw.uniform(3, 12),
        grain=0.35,
        offset=draw.offset(),
    )


def earth(draw: Draw) -> Material:
    """Beds, gravel drives, tracks."""
    colour = draw.colour((0.06, 0.12), (0.1, 0.4), (0.3, 0.6))
    return Material(
        pattern='leaves',
        palette=(shaded(colour, 0.6), colour, shaded(colour, 1.25)),
        scale_m=0.5,
        grain=0.3,
        offset=draw.offset(),
    )


def foliage(draw: Draw, autumn_chance: float = 0.08) -> Material:
    """Leaves of one plant: dark gaps, green, and what the sun shines through."""
    if draw.chance(autumn_chance):
        colour = draw.colour((0.03, 0.14), (0.5, 0.85), (0.4, 0.75))
    else:
        colour = draw.colour((0.17, 0.31), (0.28, 0.62), (0.26, 0.5))
    return Material(
        pattern='foliage',
        palette=(shaded(colour, 0.16), shaded(colour, 0.6), colour, shaded(colour, 1.5)),
        scale_m=draw.uniform(0.7, 1.4),
        grain=0.25,
        offset=draw.offset(),
    )


def bark(draw: Draw) -> Material:
    """Brown to grey, or a birch's white."""
    if draw.chance(0.06):
        colour: Colour = (0.75, 0.74, 0.7)
    else:
        colour = draw.colour((0.05, 0.11), (0.08, 0.35), (0.2, 0.48))
    return Material(
        pattern='weathered',
        palette=(shaded(colour, 0.3), shaded(colour, 0.7), shaded(colour, 1.15)),
        scale_m=0.3,
        grain=0.25,
        offset=draw.offset(),
    )


def plaster(draw: Draw) -> Material:
    """White, cream, grey, ochre, seldom pastel; stained."""
    colour = draw.choice(
        [
            draw.colour((0.1, 0.16), (0.0, 0.1), (0.8, 0.97)),
            draw.colour((0.08, 0.15), (0.1, 0.4), (0.65, 0.92)),
            draw.colour((0.02, 0.1), (0.1, 0.35), (0.5, 0.8)),
            draw.colour((0.05, 0.65), (0.0, 0.12), (0.4, 0.85)),
        ]
    )
    return Material(
        pattern='weathered',
        palette=(shaded(colour, draw.uniform(0.72, 0.95)), colour, shaded(colour, 1.03)),
        scale_m=draw.uniform(1.0, 3.0),
        grain=draw.uniform(0.04, 0.12),
        offset=draw.offset(),
    )


def masonry(draw: Draw) -> Material:
    """Red or yellow bricks, or rough stone."""
    if draw.chance(0.65):
        brick = draw.colour((0.0, 0.08), (0.3, 0.6), (0.35, 0.65))
        joint = draw.choice([(0.7, 0.68, 0.64), (0.45, 0.43, 0.4)])
        palette, scale, aspect = (shaded(brick, 0.75), brick, joint), 0.075, 3.0
    else:
        stone = draw.colour((0.04, 0.12), (0.1, 0.35), (0.4, 0.7))
        palette, scale, aspect = (shaded(stone, 0.7), stone, shaded(stone, 0.5)), 0.3, 1.7
    return Material(
        pattern='bricks',
        palette=palette,
        scale_m=scale,
        aspect=aspect,
        grain=0.2,
        offset=draw.offset(),
    )


def facade(draw: Draw) -> Material:
    """A house's wall."""
    kind = draw.uniform(0, 1)
    if kind < 0.72:
        return plaster(draw)
    if kind < 0.93:
        return masonry(draw)
    return boards(draw)


def boards(draw: Draw) -> Material:
    """Wooden cladding, fences and gates."""
    colour = draw.choice(
        [
            draw.colour((0.04, 0.1), (0.2, 0.6), (0.25, 0.6)),
            draw.colour((0.05, 0.65), (0.0, 0.25), (0.35, 0.9)),
        ]
    )
    return Material(
        pattern='planks',
        palette=(shaded(colour, 0.75), colour, shaded(colour, 0.3)),
        scale_m=draw.uniform(0.1, 0.2),
        aspect=12.0,
        grain=0.15,
        offset=draw.offset(),
    )


def roof(draw: Draw) -> Material:
    """Tiles of red, brown or grey."""
    colour = draw.choice(
        [
            draw.colour((0.01, 0.05), (0.35, 0.6), (0.35, 0.6)),
            draw.colour((0.01, 0.07), (0.25, 0.45), (0.25, 0.42)),
            draw.colour((0.5, 0.65), (0.0, 0.12), (0.2, 0.4)),
        ]
    )
    return Material(
        pattern='roof_tiles',
        palette=(shaded(colour, 0.4), shaded(colour, 0.85), colour, shaded(colour, 1.15)),
        scale_m=draw.uniform(0.25, 0.4),
        grain=0.3,
        offset=draw.offset(),
    )


def window_glass(draw: Draw, lit_chance: float = 0.0) -> Material:
    """A pane: a dark room, curtains, or light inside."""
    if draw.chance(lit_chance):
        warm = draw.colour((0.08, 0.14), (0.2, 0.5), (0.7, 1.0))
        return Material(
            pattern='noise', palette=(shaded(warm, 0.6), warm), scale_m=1.0, emission=0.7
        )
    if draw.chance(0.3):
        cloth = draw.uniform(0.35, 0.75)
        palette = ((cloth * 0.6,) * 3, (cloth, cloth, cloth * 0.95))
        return Material(
            pattern='stripes', palette=palette, scale_m=0.12, gloss=0.4, offset=draw.offset()
        )
    dark = draw.uniform(0.05, 0.2)
    return Material(
        pattern='noise',
        palette=((dark * 0.6, dark * 0.6, dark * 0.65), (dark * 1.4, dark * 1.5, dark * 1.6)),
        scale_m=1.2,
        grain=0.0,
        offset=draw.offset(),
        gloss=0.8,
    )


def shutter(draw: Draw) -> Material:
    """A roller shutter's slats."""
    grey = draw.uniform(0.45, 0.9)
    colour = (grey, grey * 0.98, grey * 0.92)
    return Material(
        pattern='slats', palette=(shaded(colour, 0.6), colour), scale_m=0.05, grain=0.05
    )
