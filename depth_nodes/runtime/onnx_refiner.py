"""A refiner's networks in ONNX Runtime on the CPU. Needs no torch."""

from __future__ import annotations

from typing import Any

from jaxtyping import Float32
import numpy as np

from depth_nodes.errors import BackendError, CheckpointError, first_line
from depth_nodes.model_header import INPUT_NAME, MAP_NAMES, RESIDUAL_NAME, TILE_NAMES
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.model_store import verified_path
from depth_nodes.runtime.onnx_session import open_session
from depth_nodes.runtime.refiner_backend import CoarseView


class OnnxRefiner:
    """Two graphs: image to coarse maps, tiles and maps to residuals."""

    name = 'onnx'
    device = 'cpu'
    num_tiles = 1

    def __init__(self, model: ModelFiles, config: BackendConfig) -> None:
        """Loads the graphs.

        Raises:
            BackendError: onnxruntime is not installed.
            CheckpointError: a file is missing, damaged, or of another network.
        """
        assert model.coarse is not None, 'depth networks refine nothing'
        self._refiner = _open(model, config, [*TILE_NAMES, *MAP_NAMES], [RESIDUAL_NAME])
        self._coarse = _open(model.coarse, config, [INPUT_NAME], [*MAP_NAMES])

    def look(self, image: Float32[np.ndarray, '1 3 height width']) -> CoarseView:
        """The coarse view of a whole image; its maps have depth in units of its median."""
        depth, *features = _run(self._coarse, [*MAP_NAMES], {INPUT_NAME: image})
        unit = np.median(depth)
        maps = dict(zip(MAP_NAMES, (depth / unit, *features), strict=True))
        return CoarseView(depth[0, 0], (unit, maps))

    def residuals(
        self,
        tiles: Float32[np.ndarray, 'tile 3 tile_height tile_width'],
        boxes: Float32[np.ndarray, 'tile 4'],
        view: CoarseView,
    ) -> Float32[np.ndarray, 'tile tile_height tile_width']:
        """What the coarse depth of tiles lacks."""
        unit, maps = view.maps
        inputs = {**dict(zip(TILE_NAMES, (tiles, boxes), strict=True)), **maps}
        (residuals,) = _run(self._refiner, [RESIDUAL_NAME], inputs)
        return unit * residuals[:, 0]

    def close(self) -> None:
        """Frees the sessions with their threads."""
        del self._coarse, self._refiner


def _open(model: ModelFiles, config: BackendConfig, inputs: list[str], outputs: list[str]) -> Any:
    path = verified_path(model, 'onnx')
    session = open_session(path, config.thread_count)
    found = [one.name for one in session.get_inputs()], [one.name for one in session.get_outputs()]
    if found != (inputs, outputs):
        raise CheckpointError(
            f'{path} maps {", ".join(found[0])} to {", ".join(found[1])}, which is not what a '
            'refiner is made of; export it anew with `depth_nodes export`'
        )
    return session


def _run(session: Any, outputs: list[str], inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
    try:
        return session.run(outputs, inputs)
    except Exception as error:  # onnxruntime's classes have no public base of their own
        shape = next(iter(inputs.values())).shape
        raise BackendError(
            f'ONNX Runtime failed on an input of shape {shape}: {first_line(error)}'
        ) from error
