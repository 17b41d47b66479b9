"""What a recorded frame can teach, by what its folder holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.data.stereo import with_stereo_depth
from depth_nodes.errors import InputError
from depth_nodes.training.source_config import Supervision

MIN_LABELLED_SHARE = 0.01


def labelled(frame: Sample) -> Sample:
    """The frame with the label that its folder measures, or that its stereo pair tells."""
    # The right image has done its work once the label is made.
    return replace(with_stereo_depth(frame), right=None)


def unlabelled(frame: Sample) -> Sample:
    """The frame with its image and camera alone."""
    return replace(frame, depth_m=None, depth_stride=1, disparity_px=None, right=None)


def is_labelled(sample: Sample) -> bool:
    """Whether a frame has a camera, and depth or disparity on more than a few pixels."""
    label = sample.disparity_px if sample.depth_m is None else sample.depth_m
    if sample.camera is None or label is None:
        return False
    return bool((label > 0).mean() > MIN_LABELLED_SHARE)


def with_affine_label(sample: Sample) -> Sample:
    """The sample with its depth as disparity, of which only differences count."""
    if sample.depth_m is None or sample.camera is None:
        return sample
    is_known = sample.depth_m > 0
    disparity = np.zeros_like(sample.depth_m)
    np.divide(np.float32(sample.camera.fx_px), sample.depth_m, out=disparity, where=is_known)
    return replace(sample, depth_m=None, disparity_px=disparity)


def resolved_supervision(samples: list[Sample], wanted: str, name: str) -> Supervision:
    """The supervision of a source; `auto` is as much as its labels allow, `none` asks for none.

    Raises:
        InputError: the labels are known up to an offset only, and the source wants more.
    """
    if wanted == 'none':
        return 'none'
    has_depth = all(sample.depth_m is not None for sample in samples)
    if wanted == 'affine' or (wanted == 'auto' and not has_depth):
        return 'affine'
    if not has_depth:
        raise InputError(
            f'{name} has disparity up to an offset, no depth; set its supervision to affine'
        )
    return 'scale_invariant' if wanted == 'scale_invariant' else 'metric'
