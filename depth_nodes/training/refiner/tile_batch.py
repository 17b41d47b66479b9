"""What one step of a refiner learns from, as tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from jaxtyping import Float, Float32, UInt8
import numpy as np
import torch
from torch import Tensor

from depth_nodes.data.sample import Sample
from depth_nodes.data.transforms import view_of_window, Window
from depth_nodes.errors import InputError

Box = tuple[float, float, float, float]


class Tile(NamedTuple):
    """A part of a frame; depth is 0 where unknown, `box` is x0 y0 x1 y1 in 0..1 of the frame."""

    image: UInt8[np.ndarray, 'height width 3']
    depth_m: Float32[np.ndarray, 'height width']
    box: Box


class CoarseView(NamedTuple):
    """A whole frame as the coarse network takes it, with its focal length and true depth there.

    Depth is 0 where unknown. `share` is what the frame takes up of height and width, from the
    top left.
    """

    image: UInt8[np.ndarray, 'height width 3']
    depth_m: Float32[np.ndarray, 'height width']
    focal_px: float
    share: tuple[float, float]


class FrameBatch(NamedTuple):
    """Whole frames as the coarse network takes them, with their true depth (0: unknown) there."""

    image: UInt8[Tensor, 'frame 3 height width']
    depth_m: Float[Tensor, 'frame 1 height width']
    focal_px: Float[Tensor, 'frame 1 1 1']


class TileBatch(NamedTuple):
    """Tiles, those of one frame after those of another, the same number of each.

    `boxes` are x0 y0 x1 y1 in 0..1 of the coarse network's input. Without `frames` nothing coarse
    is known of the tiles.
    """

    image: UInt8[Tensor, 'tile 3 height width']
    depth_m: Float[Tensor, 'tile 1 height width']
    boxes: Float[Tensor, 'tile 4']
    frames: FrameBatch | None = None

    def mapped(self, move: Callable[[Tensor], Tensor]) -> TileBatch:
        """The batch with a function, such as a copy to a device, applied to its tensors."""
        return TileBatch(
            move(self.image),
            move(self.depth_m),
            move(self.boxes),
            None if self.frames is None else FrameBatch(*map(move, self.frames)),
        )


def require_tile(frame: Sample, size: tuple[int, int]) -> None:
    """Refuses frames that are smaller than (height, width) of a tile.

    Raises:
        InputError: this one is.
    """
    height, width = frame.image.shape[:2]
    if height < size[0] or width < size[1]:
        raise InputError(
            f'frame {frame.name} is {height}x{width}, less than a tile; choose a smaller '
            'tile_size, or leave its source out'
        )


def tile_at(frame: Sample, top: int, left: int, size: tuple[int, int]) -> Tile:
    """The part of a frame that begins there and is (height, width) large."""
    assert frame.depth_m is not None, 'frames without depth teach nothing'
    rows, columns = slice(top, top + size[0]), slice(left, left + size[1])
    height, width = frame.depth_m.shape
    box = left / width, top / height, columns.stop / width, rows.stop / height
    return Tile(frame.image[rows, columns], frame.depth_m[rows, columns], box)


def whole_tile(frame: Sample, size: tuple[int, int]) -> Tile:
    """A whole frame, resized to (height, width) of a tile."""
    view = view_of_window(frame, Window(*size, 0, 0, *size))
    return Tile(view.image, view.depth_m, (0.0, 0.0, 1.0, 1.0))


def coarse_view(frame: Sample, size: tuple[int, int]) -> CoarseView:
    """Fits a frame into (height, width), and fills the rest with its last row or column."""
    rows, columns = fitted_size(frame.image.shape[:2], size)
    view = view_of_window(frame, Window(rows, columns, 0, 0, rows, columns))
    pads = (0, size[0] - rows), (0, size[1] - columns)
    share = rows / size[0], columns / size[1]
    image = np.pad(view.image, (*pads, (0, 0)), mode='edge')
    return CoarseView(image, np.pad(view.depth_m, pads), view.focal_px, share)


def fitted_size(frame_size: Sequence[int], size: tuple[int, int]) -> tuple[int, int]:
    """(height, width) of a frame that is resized to just fit into those of `size`."""
    scale = min(size[0] / frame_size[0], size[1] / frame_size[1])
    return round(frame_size[0] * scale), round(frame_size[1] * scale)


def batch_from_tiles(
    tiles: Sequence[Sequence[Tile]], frames: Sequence[CoarseView] = ()
) -> TileBatch:
    """Stacks the tiles of each frame, and the frames themselves where they are known."""
    boxes = [tile.box for of_frame in tiles for tile in of_frame]
    known = None
    if frames:
        pairs = zip(tiles, frames, strict=True)
        boxes = [_shrunk(tile.box, frame.share) for of_it, frame in pairs for tile in of_it]
        focal_px = torch.tensor([frame.focal_px for frame in frames])
        known = FrameBatch(_stacked(frames), _depths(frames), focal_px[:, None, None, None])
    flat = [tile for of_frame in tiles for tile in of_frame]
    return TileBatch(_stacked(flat), _depths(flat), torch.tensor(boxes), known)


def _shrunk(box: Box, share: tuple[float, float]) -> Box:
    (left, top, right, bottom), (of_height, of_width) = box, share
    return left * of_width, top * of_height, right * of_width, bottom * of_height


def _stacked(
    pictures: Sequence[Tile] | Sequence[CoarseView],
) -> UInt8[Tensor, 'image 3 height width']:
    return torch.from_numpy(np.stack([one.image for one in pictures])).permute(0, 3, 1, 2)


def _depths(
    pictures: Sequence[Tile] | Sequence[CoarseView],
) -> Float[Tensor, 'image 1 height width']:
    return torch.from_numpy(np.stack([one.depth_m for one in pictures]))[:, None]
