"""A backend without weights, so that every node and test runs anywhere."""

from __future__ import annotations

import cv2
from jaxtyping import Float32
import numpy as np

from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.model_store import ModelFiles

NEAR_M, FAR_M = 2.0, 10.0
ROW_SHARE = 0.7


class FakeBackend:
    """A smooth scene of 2-10 m canonical depth: nearer towards the bottom and where it is bright.

    The same image gives the same depth; another image gives another one.
    """

    name = 'fake'
    device = 'cpu'
    precision = 'fp32'

    def __init__(self, model: ModelFiles, config: BackendConfig) -> None:
        """Needs no file; the configuration has nothing to set."""
        del config
        self._far, self._near = (
            model.canonical.sigmoid_from_inverse_depth(1 / depth) for depth in (FAR_M, NEAR_M)
        )

    def infer(
        self, image: Float32[np.ndarray, '1 3 height width']
    ) -> Float32[np.ndarray, '1 1 height width']:
        """A ramp over the rows, raised by the blurred green channel."""
        height, width = image.shape[2:]
        brightness = cv2.blur(image[0, 1], (width // 8 | 1, height // 8 | 1))
        rows = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height
        nearness = ROW_SHARE * rows + (1 - ROW_SHARE) * brightness
        output = self._far + (self._near - self._far) * nearness
        return output[None, None].astype(np.float32, copy=False)

    def close(self) -> None:
        """Nothing is held."""
