"""Depth as the mean of an image and its mirror image: twice the work, steadier depth."""

from __future__ import annotations

from dataclasses import replace

from jaxtyping import Float32
import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.evaluation.source import Predictor

Depth = Float32[np.ndarray, 'height width']


def mirrored(sample: Sample) -> Sample:
    """Image and camera of a sample, left and right exchanged; nothing else comes along."""
    width = sample.image.shape[1]
    camera = sample.camera
    if camera is not None:
        camera = replace(camera, cx_px=width - 1 - camera.cx_px)
    image = np.ascontiguousarray(sample.image[:, ::-1])
    return Sample(name=sample.name, image=image, camera=camera)


def flip_averaged(predict: Predictor, sample: Sample, depth_m: Depth) -> Depth:
    """The plain mean, in inverse depth, of a prediction and the mirror image's, mirrored back.

    Monodepth2 (Godard et al., ICCV 2019) takes the mirror image alone at the image's left and
    right borders; here both count alike everywhere.

    Args:
        predict: depth [m] of a frame; -Inf too near, +Inf beyond range, NaN invalid.
        sample: the frame.
        depth_m: what `predict` says of it.
    """
    other = predict(mirrored(sample))[:, ::-1]
    inverse = (_inverse(depth_m) + _inverse(other)) / 2
    with np.errstate(divide='ignore'):
        depth = 1 / inverse
    return np.where(np.isposinf(inverse), np.float32(-np.inf), depth)


def _inverse(depth_m: Depth) -> Depth:
    """Inverse depth [1/m]; infinite where the depth is too near."""
    return np.where(np.isneginf(depth_m), np.float32(np.inf), np.float32(1) / depth_m)
