"""Depth labels from rectified stereo pairs by semi-global matching (Hirschmueller, PAMI 2008)."""

from __future__ import annotations

from dataclasses import replace

import cv2
from jaxtyping import Float32, UInt8
import numpy as np

from depth_nodes.data.sample import Sample

NUM_DISPARITIES_PX = 96
BLOCK_SIZE_PX = 3
MAX_LEFT_RIGHT_DIFFERENCE_PX = 1.0
MIN_DISPARITY_PX = 2.0


def with_stereo_depth(sample: Sample) -> Sample:
    """The sample with dense depth from its stereo pair; measured depth fills what that leaves.

    Samples without a pair, a camera or a baseline come back as they are, and so do those with
    disparity: its offset is unknown, and that of the pair as well.
    """
    if sample.right is None or sample.camera is None or sample.stereo_baseline_m is None:
        return sample
    if sample.disparity_px is not None:
        return sample
    disparity = match_disparity(sample.image, sample.right)
    depth = np.zeros_like(disparity)
    is_known = disparity >= MIN_DISPARITY_PX
    depth[is_known] = sample.camera.fx_px * sample.stereo_baseline_m / disparity[is_known]
    if sample.depth_m is not None and sample.depth_stride == 1:
        depth = np.where(is_known, depth, sample.depth_m)
    return replace(sample, depth_m=depth, depth_stride=1)


def match_disparity(
    left: UInt8[np.ndarray, 'height width 3'], right: UInt8[np.ndarray, 'height width 3']
) -> Float32[np.ndarray, 'height width']:
    """Disparity [px] of the left image, 0 where the two directions disagree."""
    left_gray, right_gray = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (left, right))
    forward = _match(left_gray, right_gray)
    backward = _match(right_gray[:, ::-1], left_gray[:, ::-1])[:, ::-1]
    height, width = forward.shape
    columns = np.arange(width)[None] - np.rint(forward).astype(np.intp)
    is_inside = columns >= 0
    partner = backward[np.arange(height)[:, None], np.clip(columns, 0, width - 1)]
    agrees = np.abs(partner - forward) <= MAX_LEFT_RIGHT_DIFFERENCE_PX
    return np.where(is_inside & agrees & (forward > 0), forward, np.float32(0))


def _match(
    base: UInt8[np.ndarray, 'height width'], other: UInt8[np.ndarray, 'height width']
) -> Float32[np.ndarray, 'height width']:
    matcher = cv2.StereoSGBM.create(
        numDisparities=NUM_DISPARITIES_PX,
        blockSize=BLOCK_SIZE_PX,
        P1=8 * BLOCK_SIZE_PX**2,
        P2=32 * BLOCK_SIZE_PX**2,
        disp12MaxDiff=-1,
        uniquenessRatio=5,
        speckleWindowSize=60,
        speckleRange=2,
        mode=cv2.STEREO_SGBM_MODE_HH,
    )
    # Without the margin the leftmost columns would have no candidates at all.
    pads = [np.pad(image, ((0, 0), (NUM_DISPARITIES_PX, 0))) for image in (base, other)]
    matched = matcher.compute(*pads)[:, NUM_DISPARITIES_PX:]
    return matched.astype(np.float32) / 16
