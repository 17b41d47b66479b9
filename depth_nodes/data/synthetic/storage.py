"""Shelves, cupboards and racks, in metres; their backs are towards -y."""

from __future__ import annotations

from dataclasses import replace

from depth_nodes.data.synthetic import material as materials
from depth_nodes.data.synthetic.arrangement import things_on
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.item import Item, tilted
from depth_nodes.data.synthetic.scene import box, Material, placed, Primitive, rod


def shelf(draw: Draw) -> Item:
    """An open shelf with books, binders and things, sometimes nearly empty."""
    width, depth, height = draw.uniform(0.6, 1.6), draw.uniform(0.25, 0.4), draw.uniform(0.8, 2.3)
    frame = draw.choice([materials.wood, materials.lacquer])(draw)
    pitch = draw.uniform(0.28, 0.4)
    rows = int((height - 0.05) / pitch)
    height = rows * pitch + 0.05
    x, y = width / 2, depth / 2
    parts = [box((a - 0.012, -y, 0), (a + 0.012, y, height), frame) for a in (-x, x)]
    if draw.chance(0.8):
        parts.append(box((-x, -y, 0), (x, -y + 0.015, height), frame))
    is_library = draw.chance(0.5)
    for row in range(rows + 1):
        z = row * pitch
        parts.append(box((-x, -y, z + 0.02), (x, y, z + 0.045), frame))
        if row < rows:
            inside = (width - 0.05, depth - 0.03, pitch - 0.03)
            parts += placed(_load(draw, inside, frame, is_library), (0, 0, z + 0.045))
    if height < 1.5:
        parts += things_on(draw, (width, depth, height - 0.005), draw.whole(0, 6))
    return Item(primitives=parts, width_m=width + 0.03, depth_m=depth)


def _load(
    draw: Draw, inside: tuple[float, float, float], frame: Material, is_library: bool
) -> list[Primitive]:
    width, depth, height = inside
    kind = draw.uniform(0, 1)
    if is_library or kind < 0.35:
        return books(draw, inside) if draw.chance(0.9) else []
    if kind < 0.5:
        return _binders(draw, inside)
    if kind < 0.9:
        surface = (width, depth, 0.0)
        things = things_on(draw, surface, round(width * 7), cover=frame)
        return [part for part in things if part.centre[2] + part.half_size[2] < height]
    return []


def books(draw: Draw, inside: tuple[float, float, float]) -> list[Primitive]:
    """A row of single volumes that stand, end in a leaning one, or lie on each other."""
    width, depth, height = inside
    parts: list[Primitive] = []
    x, stop = -width / 2, -width / 2 + width * draw.choice([1.0, 1.0, draw.uniform(0.3, 0.9)])
    series = [materials.plain(draw, gloss=0.05) for _ in range(5)]
    thick_from = draw.uniform(0.012, 0.03)
    while True:
        thick = draw.uniform(thick_from, thick_from * 2.4)
        if x + thick > stop:
            break
        tall, deep = height * draw.uniform(0.6, 0.95), depth * draw.uniform(0.55, 0.9)
        cover = draw.choice(series) if draw.chance(0.6) else materials.plain(draw, gloss=0.05)
        parts.append(box((x, -depth / 2, 0), (x + thick - 0.001, -depth / 2 + deep, tall), cover))
        x += thick
    if parts and stop < width / 2 - 0.12 and draw.chance(0.6):
        last = box((x + 0.03, -depth / 2, 0.006), (x + 0.05, depth * 0.2, height * 0.8), series[0])
        parts.append(tilted(last, 0.0, -0.14))
    return parts


def _binders(draw: Draw, inside: tuple[float, float, float]) -> list[Primitive]:
    """Office binders of one make with labels on their backs."""
    width, depth, height = inside
    parts: list[Primitive] = []
    spine = materials.black(draw) if draw.chance(0.5) else materials.plain(draw)
    label = materials.paper(draw, 0.02)
    thick, tall = draw.choice([0.052, 0.08]), min(0.315, height - 0.01)
    x, y = -width / 2, min(depth / 2, -depth / 2 + 0.29)
    while x + thick < width / 2:
        if draw.chance(0.9):
            parts.append(box((x, -depth / 2, 0), (x + thick - 0.002, y, tall), spine))
            low = (x + 0.008, y, tall * 0.4)
            parts.append(box(low, (x + thick - 0.01, y + 0.001, tall * 0.85), label))
        x += thick
    return parts


def cabinet(draw: Draw) -> Item:
    """A sideboard, wardrobe or cupboard with doors or drawers and handles."""
    height = draw.choice([0.75, 0.85, 1.2, 1.8, 2.1]) * draw.uniform(0.95, 1.05)
    doors = draw.whole(1, 4)
    width, depth = doors * draw.uniform(0.4, 0.6), draw.uniform(0.4, 0.6)
    body, handle = materials.lacquer(draw), materials.metal(draw)
    front = replace(body, offset=draw.offset()) if draw.chance(0.7) else materials.lacquer(draw)
    parts = [box((-width / 2, -depth / 2, 0.06), (width / 2, depth / 2, height), body)]
    parts.append(
        box((-width / 2 + 0.02, -depth / 2, 0), (width / 2 - 0.02, depth / 2 - 0.04, 0.06), body)
    )
    step = width / doors
    for i in range(doors):
        x = -width / 2 + i * step
        parts += placed(_front(draw, step, height, (front, handle)), (x, depth / 2, 0))
    if height < 1.5:
        surface = (width, depth, height)
        parts += things_on(draw, surface, draw.whole(0, 9), cover=body)
    elif draw.chance(0.3):
        x = draw.uniform(-0.3, 0.3) * width
        carton = box((-0.2, -0.15, 0), (0.2, 0.15, draw.uniform(0.15, 0.3)), materials.plain(draw))
        parts += placed([carton], (x, 0, height), draw.normal(0, 0.1))
    return Item(primitives=parts, width_m=width, depth_m=depth + 0.05)


def _front(
    draw: Draw, step: float, height: float, paints: tuple[Material, Material]
) -> list[Primitive]:
    """One column of doors or drawers from x = 0 to `step`, on y = 0."""
    front, handle = paints
    rows = draw.choice([1, 1, 1, 2, 3])
    parts: list[Primitive] = []
    tall = (height - 0.09) / rows
    for row in range(rows):
        low = 0.08 + row * tall
        parts.append(box((0.005, 0, low), (step - 0.005, 0.018, low + tall - 0.01), front))
        if rows == 1:
            z = low + tall * 0.5
            parts.append(box((step - 0.07, 0.018, z), (step - 0.05, 0.045, z + 0.14), handle))
        else:
            z = low + tall - 0.07
            ends = (step * 0.35, step * 0.65)
            parts.append(rod((ends[0], 0.035, z), (ends[1], 0.035, z), 0.006, handle))
    return parts


def metal_rack(draw: Draw) -> Item:
    """An open steel rack of a storeroom with boxes, crates and cans."""
    width, depth, height = draw.uniform(0.8, 1.3), draw.uniform(0.35, 0.6), draw.uniform(1.7, 2.3)
    steel = materials.metal(draw)
    if draw.chance(0.3):
        steel = materials.plain(draw, (0.1, 0.25, 0.55))
    x, y, rows = width / 2, depth / 2, draw.whole(3, 6)
    parts = [
        box((a - 0.02, b - 0.02, 0), (a + 0.02, b + 0.02, height), steel)
        for a in (-x, x)
        for b in (-y, y)
    ]
    parts += [rod((-x, -y, 0.1), (x, -y, height - 0.1), 0.006, steel)]
    pitch = (height - 0.1) / rows
    for row in range(rows + 1):
        z = 0.08 + row * pitch
        parts.append(box((-x, -y, z - 0.03), (x, y, z), steel))
        if row < rows:
            parts += placed(_boxes(draw, (width, depth, pitch - 0.04)), (0, 0, z))
    return Item(primitives=parts, width_m=width + 0.04, depth_m=depth + 0.04)


def _boxes(draw: Draw, inside: tuple[float, float, float]) -> list[Primitive]:
    """Cartons, crates and tins side by side."""
    width, depth, height = inside
    parts: list[Primitive] = []
    x = -width / 2
    crate = materials.plain(draw, materials.paint_colour(draw, (0.3, 0.95), (0.3, 0.9)))
    while True:
        size = draw.uniform(0.12, 0.45)
        if x + size > width / 2:
            return parts
        tall = min(draw.uniform(0.1, 0.45), height * 0.97)
        deep = depth * draw.uniform(0.5, 0.98)
        paint = draw.choice([materials.cardboard(draw), crate, materials.plain(draw)])
        if draw.chance(0.85):
            parts.append(box((x, -deep / 2, 0), (x + size - 0.01, deep / 2, tall), paint))
            if draw.chance(0.3):
                tag = box(
                    (x + size * 0.3, deep / 2, tall * 0.4),
                    (x + size * 0.6, deep / 2 + 0.002, tall * 0.7),
                    materials.paper(draw, 0.015),
                )
                parts.append(tag)
        x += size + draw.uniform(0, 0.08)


def lockers(draw: Draw) -> Item:
    """A row of narrow steel doors with slots."""
    count, height = draw.whole(2, 8), draw.uniform(1.7, 2.0)
    body = materials.plain(draw, materials.paint_colour(draw, (0, 0.6), (0.3, 0.85)), 0.05, 0.1)
    slot = materials.black(draw)
    step, depth = 0.32, 0.5
    width = count * step
    parts = [
        box((-width / 2, -depth / 2, 0.08), (width / 2, depth / 2, height), body),
        box((-width / 2 + 0.02, -depth / 2, 0), (width / 2 - 0.02, depth / 2 - 0.04, 0.08), slot),
    ]
    for i in range(count):
        x = -width / 2 + i * step
        parts.append(
            box((x + 0.006, depth / 2, 0.1), (x + step - 0.006, depth / 2 + 0.012, height), body)
        )
        for k in range(3):
            z = height - 0.15 - k * 0.04
            low = (x + 0.09, depth / 2 + 0.012, z)
            parts.append(box(low, (x + step - 0.09, depth / 2 + 0.014, z + 0.012), slot))
        low = (x + step - 0.06, depth / 2 + 0.012, height * 0.55)
        parts.append(box(low, (x + step - 0.035, depth / 2 + 0.03, height * 0.55 + 0.08), slot))
    return Item(primitives=parts, width_m=width, depth_m=depth)
