"""A scene as tables of numbers that the shaders read row by row."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Bool, Float32, Float64
import numpy as np

from depth_nodes.data.synthetic.gl_pattern import PatternLayers
from depth_nodes.data.synthetic.scene import Material, Primitive, SHAPES

SOLID_TEXELS = 6
MAX_KNOTS = 8
MATERIAL_TEXELS = 3 + MAX_KNOTS
FLAT_SHAPES = ('box', 'frustum')


class SolidTable:
    """What the shaders and the culling know of the primitives, row by row."""

    def __init__(self, primitives: Sequence[Primitive], layers: PatternLayers) -> None:
        rows: dict[Material, int] = {}
        places = np.array(
            [
                [
                    rows.setdefault(material, len(rows))
                    for material in (solid.material, solid.top_material or solid.material)
                ]
                for solid in primitives
            ]
        ).reshape(-1, 2)
        self.materials = _material_rows(list(rows), layers)
        self.centre = np.array([solid.centre for solid in primitives], float).reshape(-1, 3)
        self.half_size = np.array([solid.half_size for solid in primitives], float).reshape(-1, 3)
        turn = [solid.world_from_object for solid in primitives]
        self.turn = np.array(turn, float).reshape(-1, 3, 3)
        self.radius = np.linalg.norm(self.half_size, axis=1)
        self.cutout = np.array([solid.cutout for solid in primitives], float)
        self.casts_shadow = np.array([solid.casts_shadow for solid in primitives], bool)
        is_flat = np.array([solid.shape in FLAT_SHAPES for solid in primitives], bool)
        self.groups = {
            'flat': is_flat & (self.cutout == 0),
            'round': ~is_flat & (self.cutout == 0),
            'perforated': self.cutout > 0,
        }
        self.solids = self._solid_rows(primitives, places)

    def offsets(self, eye: Float64[np.ndarray, ' 3']) -> Float32[np.ndarray, 'solid 4']:
        """Centres as seen from the eye; rounded only after the subtraction."""
        result = np.zeros((len(self.centre), 4), np.float32)
        result[:, :3] = self.centre - eye
        return result

    def corners(self) -> Float64[np.ndarray, 'solid 8 3']:
        """Corners of the boxes around the primitives."""
        signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
        half = self.half_size[:, None] * signs
        return self.centre[:, None] + np.einsum('pij,pcj->pci', self.turn, half)

    def clearance(self, eye: Float64[np.ndarray, ' 3']) -> float:
        """Distance [m] from the eye to the nearest box around a primitive; 0 inside one."""
        local = np.abs(np.einsum('pji,pj->pi', self.turn, eye - self.centre)) - self.half_size
        return float(np.linalg.norm(np.maximum(local, 0), axis=1).min(initial=np.inf))

    def _solid_rows(
        self, primitives: Sequence[Primitive], places: np.ndarray
    ) -> Float32[np.ndarray, 'solid texel 4']:
        table = np.zeros((len(primitives), SOLID_TEXELS, 4), np.float32)
        # Texels 0-2 are the columns of the rotation.
        table[:, :3, :3] = np.swapaxes(self.turn, 1, 2)
        table[:, 0, 3] = [SHAPES.index(solid.shape) for solid in primitives]
        table[:, 1, 3] = self.cutout
        table[:, 2, 3], table[:, 3, 3] = places[:, 0], places[:, 1]
        table[:, 3, :3] = self.half_size
        table[:, 4, :2] = np.array([solid.taper for solid in primitives]).reshape(-1, 2)
        table[:, 4, 2:] = np.array([solid.shear for solid in primitives]).reshape(-1, 2)
        # The shift of a perforation's noise, as in the ray caster.
        table[:, 5, 1] = self.centre[:, 0] + self.centre[:, 2]
        return table


def nearest_first(
    table: SolidTable, chosen: Bool[np.ndarray, ' solid'], distance: Float64[np.ndarray, ' solid']
) -> np.ndarray:
    """Rows of the chosen primitives; what is near hides the rest before it is drawn."""
    rows = np.flatnonzero(chosen)
    return rows[np.argsort(distance[rows] - table.radius[rows], kind='stable')].astype(np.int32)


def _material_rows(
    materials: Sequence[Material], layers: PatternLayers
) -> Float32[np.ndarray, 'material texel 4']:
    table = np.zeros((len(materials), MATERIAL_TEXELS, 4), np.float32)
    for row, material in enumerate(materials):
        place = layers.placement(material)
        palette = _knots(material)
        table[row, 0, :3] = (place.layer, *place.scale)
        table[row, 1] = (*place.offset, material.grain, material.emission)
        table[row, 2, :2] = (material.gloss, len(palette))
        table[row, 3 : 3 + len(palette), :3] = palette
    return table


def _knots(material: Material) -> Float64[np.ndarray, 'knot 3']:
    """The palette in linear light, of 2 to MAX_KNOTS colours."""
    colours = np.array(material.palette, float) ** 2.2
    if len(colours) == 1:
        return np.repeat(colours, 2, 0)
    if len(colours) <= MAX_KNOTS:
        return colours
    position = np.linspace(0, len(colours) - 1, MAX_KNOTS)
    knots = np.arange(len(colours))
    return np.stack([np.interp(position, knots, colours[:, i]) for i in range(3)], -1)
