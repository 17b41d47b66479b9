"""Stereo labels on a pair with known disparity."""

from dataclasses import replace

import numpy as np
import pytest

from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence
from depth_nodes.data.stereo import match_disparity, with_stereo_depth
from depth_nodes.messages.camera import Camera


def make_pair(disparity=20, size=(120, 320)):
    random = np.random.default_rng(0)
    wide = random.integers(0, 256, (size[0], size[1] + disparity, 3), dtype=np.uint8)
    # A point at column u of the left image lies at u - disparity in the right one.
    return wide[:, :-disparity], wide[:, disparity:]


def test_a_known_shift_is_found():
    left, right = make_pair()
    disparity = match_disparity(left, right)
    found = disparity[:, 20:]
    assert (found > 0).mean() > 0.9
    assert (np.abs(found[found > 0] - 20) < 0.5).mean() > 0.999
    # The first columns have no partner in the right image.
    assert (disparity[:, :15] > 0).mean() < 0.1


def test_depth_is_focal_times_baseline_over_disparity():
    left, right = make_pair()
    sample = Sample(
        name='0',
        image=left,
        right=right,
        stereo_baseline_m=0.5,
        camera=Camera.from_fov(320, 120, 80.0),
        depth_m=np.full((120, 320), 99.0, np.float32),
    )
    labelled = with_stereo_depth(sample)
    expected = sample.camera.fx_px * 0.5 / 20
    assert np.median(labelled.depth_m) == pytest.approx(expected, rel=0.01)
    # Where matching failed, the measured depth stands.
    assert (labelled.depth_m[:, :10] == 99).mean() > 0.9


def test_without_a_pair_nothing_changes():
    left, _ = make_pair()
    sample = Sample(name='0', image=left)
    assert with_stereo_depth(sample) is sample


def test_disparity_of_unknown_offset_stays_what_it_is():
    left, right = make_pair()
    camera, disparity = Camera.from_fov(320, 120, 80.0), np.full((120, 320), 9.0, np.float32)
    sample = Sample(
        name='0', image=left, right=right, stereo_baseline_m=0.5, camera=camera,
        disparity_px=disparity,
    )  # fmt: skip
    assert with_stereo_depth(sample) is sample


def test_labels_agree_with_the_lidar(shared_dir):
    sample = Sequence(shared_dir / 'data' / 'train' / 'kitti_odometry_04')[20]
    dense = with_stereo_depth(replace(sample, depth_m=None)).depth_m
    known = (dense > 0) & (sample.depth_m > 0)
    error = np.abs(dense[known] / sample.depth_m[known] - 1)
    assert np.median(error) < 0.04
    assert (dense > 0).mean() > 0.7
