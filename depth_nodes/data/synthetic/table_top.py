"""Finds the table tops of a scene, and how much lies on them."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float64
import numpy as np

from depth_nodes.data.synthetic.scene import Primitive, Scene

HEIGHT_M = (0.35, 1.2)
THICKEST_M = 0.1
SMALLEST_M = 0.5
THINGS_UP_TO_M = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class TableTop:
    """A board that lies flat, and the number of solids on it."""

    board: Primitive
    num_things: int

    def point(self, x_share: float, y_share: float) -> Float64[np.ndarray, ' 3']:
        """A point of its upper side; -1 and 1 are the edges."""
        half = self.board.half_size
        local = np.array([x_share * half[0], y_share * half[1], half[2]])
        return np.array(self.board.centre) + self.board.world_from_object @ local


def table_tops(scene: Scene) -> list[TableTop]:
    """All of them."""
    boards = [part for part in scene.primitives if _is_board(part)]
    if not boards:
        return []
    centres = np.array([part.centre for part in scene.primitives])
    return [TableTop(board=board, num_things=_count_on(board, centres)) for board in boards]


def _is_board(part: Primitive) -> bool:
    top, turn = part.centre[2] + part.half_size[2], part.world_from_object
    return (
        part.shape == 'box'
        and float(turn[2, 2]) > 0.999
        and 2 * part.half_size[2] < THICKEST_M
        and 2 * min(part.half_size[:2]) > SMALLEST_M
        and HEIGHT_M[0] < top < HEIGHT_M[1]
    )


def _count_on(board: Primitive, centres: Float64[np.ndarray, 'solid 3']) -> int:
    local = np.abs((centres - board.centre) @ board.world_from_object)
    height = centres[:, 2] - board.centre[2]
    is_on = (local[:, :2] < board.half_size[:2]).all(1)
    return int((is_on & (height > board.half_size[2]) & (height < THINGS_UP_TO_M)).sum())
