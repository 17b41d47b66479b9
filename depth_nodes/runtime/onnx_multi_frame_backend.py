"""The ONNX backend of a network that looks at a frame before as well. Needs no torch."""

from __future__ import annotations

from jaxtyping import Float32
import numpy as np

from depth_nodes.model_header import INPUT_NAME, PREVIOUS_NAMES
from depth_nodes.runtime.onnx_backend import OnnxBackend
from depth_nodes.runtime.previous_view import PreviousView


class MultiFrameOnnxBackend(OnnxBackend):
    """`infer` looks at one image alone."""

    inputs = (INPUT_NAME, *PREVIOUS_NAMES)

    def infer(
        self, image: Float32[np.ndarray, '1 3 height width']
    ) -> Float32[np.ndarray, '1 1 height width']:
        """The sigmoid output of an image."""
        return self.infer_after(image, PreviousView(image, np.eye(4), np.eye(3)))

    def infer_after(
        self, image: Float32[np.ndarray, '1 3 height width'], previous: PreviousView
    ) -> Float32[np.ndarray, '1 1 height width']:
        """The sigmoid output of an image, with what the frame before shows of it."""
        pose, intrinsics = (matrix[None].astype(np.float32) for matrix in previous[1:])
        return self._run(image, previous.image, pose, intrinsics)
