"""A refiner without weights, so that every node and test runs anywhere."""

from __future__ import annotations

from jaxtyping import Float32
import numpy as np

from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.fake_backend import FakeBackend
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.refiner_backend import CoarseView

DETAIL_M = 0.5


class FakeRefiner:
    """The scene of the fake backend, farther where a pixel is bright and nearer where it is dark.

    A pixel's residual does not depend on the tile that it is seen in.
    """

    name = 'fake'
    device = 'cpu'
    num_tiles = 1

    def __init__(self, model: ModelFiles, config: BackendConfig) -> None:
        """Needs no file; the configuration has nothing to set."""
        self._canonical = model.canonical
        self._coarse = FakeBackend(model, config)

    def look(self, image: Float32[np.ndarray, '1 3 height width']) -> CoarseView:
        """The scene, without a detail."""
        output = self._coarse.infer(image)[0, 0]
        return CoarseView(1 / self._canonical.inverse_depth_from_sigmoid(output), None)

    def residuals(
        self,
        tiles: Float32[np.ndarray, 'tile 3 tile_height tile_width'],
        boxes: Float32[np.ndarray, 'tile 4'],
        view: CoarseView,
    ) -> Float32[np.ndarray, 'tile tile_height tile_width']:
        """Up to a quarter of a metre to both sides, by the green channel."""
        del boxes, view
        return DETAIL_M * (tiles[:, 1] - np.float32(0.5))

    def close(self) -> None:
        """Nothing is held."""
