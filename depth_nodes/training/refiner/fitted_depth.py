"""Depth for frames whose label is a disparity up to an offset, by what the coarse network sees."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path

from jaxtyping import Float64, UInt8
import numpy as np
import torch

from depth_nodes.data.sample import Sample
from depth_nodes.data.transforms import view_of_window, Window
from depth_nodes.evaluation.compared_pixels import affine_fit
from depth_nodes.networks.checkpoints import Checkpoint, load_checkpoint
from depth_nodes.networks.depth_network import DepthNetwork
from depth_nodes.training.batch import network_image
from depth_nodes.training.refiner.tile_batch import fitted_size

# Of the median: beyond, the fit's offset is most of a pixel's inverse depth.
MIN_INVERSE_DEPTH = 0.1


class FittedDepth:
    """Brings disparity to the inverse depth of a coarse network, by its scale and offset.

    Those of a frame are the ones of least squares. Edges and shapes are the label's; the offset is
    only as good as the coarse depth. A refiner takes its scale from there in any case.

    Args:
        coarse: checkpoint of the coarse network.
        size: (height, width) of its input.
    """

    def __init__(self, coarse: Path, size: tuple[int, int]) -> None:
        self._path, self.size = coarse, size

    @cached_property
    def coarse(self) -> Checkpoint:
        """Read for the first frame that needs it."""
        checkpoint = load_checkpoint(self._path)
        assert isinstance(checkpoint.network, DepthNetwork)
        return checkpoint

    def __call__(self, sample: Sample) -> Sample:
        """The frame with its disparity as depth [m], 0 where that is unknown.

        Raises:
            CheckpointError: the coarse network cannot be read.
        """
        disparity = sample.disparity_px
        assert disparity is not None, 'the caller asks for frames with disparity alone'
        rows, columns = fitted_size(sample.image.shape[:2], self.size)
        view = view_of_window(sample, Window(rows, columns, 0, 0, rows, columns))
        assert view.disparity_px is not None, 'that of the sample'
        is_known = view.disparity_px > 0
        depth_m = np.zeros_like(disparity)
        if is_known.any():
            inverse = self._inverse_depth(view.image)
            scale, shift = affine_fit(view.disparity_px[is_known].astype(float), inverse[is_known])
            fitted = scale * disparity + shift
            # Nothing is learnt from a frame that the coarse network sees the other way around.
            is_sure = (disparity > 0) & (fitted > MIN_INVERSE_DEPTH * np.median(inverse))
            is_sure &= scale > 0
            np.divide(
                self.coarse.canonical.depth_from_canonical(1, view.focal_px),
                fitted,
                out=depth_m,
                where=is_sure,
            )
        return replace(sample, depth_m=depth_m, disparity_px=None)

    @torch.inference_mode()
    def _inverse_depth(
        self, image: UInt8[np.ndarray, 'height width 3']
    ) -> Float64[np.ndarray, 'height width']:
        """Canonical, of an image that is no larger than the network's input [1/m]."""
        rows, columns = image.shape[:2]
        pads = (0, self.size[0] - rows), (0, self.size[1] - columns), (0, 0)
        padded = torch.from_numpy(np.pad(image, pads, mode='edge')).permute(2, 0, 1)[None]
        output = self.coarse.network(network_image(padded)).full[0, 0, :rows, :columns]
        return self.coarse.canonical.inverse_depth_from_sigmoid(output.double().numpy())
