"""The network's output to depth in metres at the camera's size, gated as REP-117 has it."""

from __future__ import annotations

import cv2
from jaxtyping import Float32
import numpy as np

from depth_nodes.geometry.canonical import CanonicalCamera


class Postprocessor:
    """Two steps, between which filters come; keeps its buffers as long as the size stays."""

    def __init__(
        self, canonical: CanonicalCamera, *, min_depth_m: float, max_depth_m: float
    ) -> None:
        """Buffers come with the first output."""
        self._canonical = canonical
        self._nearest = np.float32(1 / min_depth_m)
        self._farthest = np.float32(1 / max_depth_m)
        self._depth = np.empty((0, 0), np.float32)
        self._mask = np.empty((0, 0), np.bool_)

    def inverse_depth(
        self, sigmoid_output: Float32[np.ndarray, 'height width'], focal_network_px: float
    ) -> Float32[np.ndarray, 'height width']:
        """Metric inverse depth [1/m] at the network's size."""
        inverse_depth = self._canonical.inverse_depth_from_sigmoid(sigmoid_output)
        inverse_depth *= self._canonical.focal_px / focal_network_px
        return inverse_depth

    def depth(
        self, small: Float32[np.ndarray, 'small_height small_width'], width_px: int, height_px: int
    ) -> Float32[np.ndarray, '{height_px} {width_px}']:
        """Depth [m] of this size from inverse depth [1/m]; valid until the next call.

        Inverse depth is what is resized: it is affine over the image of a plane, so bilinear
        interpolation keeps planes exact.
        """
        if self._depth.shape != (height_px, width_px):
            self._depth = np.empty((height_px, width_px), np.float32)
            self._mask = np.empty((height_px, width_px), np.bool_)
        cv2.resize(small, (width_px, height_px), dst=self._depth, interpolation=cv2.INTER_LINEAR)
        self._invert_and_gate(small)
        return self._depth

    def _invert_and_gate(self, small: Float32[np.ndarray, 'small_height small_width']) -> None:
        """Depth from inverse depth in place; interpolation never leaves the range of `small`."""
        depth, mask = self._depth, self._mask
        # Signed zeros become signed infinities, so each gate is one comparison and one copy,
        # and none where nothing lies beyond it. NaN compares false and stays.
        if (small < self._farthest).any():
            np.copyto(depth, np.float32(0.0), where=np.less(depth, self._farthest, out=mask))
        if (small > self._nearest).any():
            np.copyto(depth, np.float32(-0.0), where=np.greater(depth, self._nearest, out=mask))
        with np.errstate(divide='ignore'):
            np.reciprocal(depth, out=depth)
