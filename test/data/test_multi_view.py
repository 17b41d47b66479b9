"""Depth labels of a rendered drive against its exact depth."""

from dataclasses import replace
import functools

import numpy as np
import pytest
from tiny_drive import tiny_drive

from depth_nodes.data.multi_view import MultiViewConfig, with_multi_view_depth

NUM_FRAMES = 7
CONFIG = MultiViewConfig(num_levels=64)


@functools.cache
def _frames():
    return tiny_drive(NUM_FRAMES)


def _labelled(frames, config=CONFIG):
    return list(with_multi_view_depth([replace(frame, depth_m=None) for frame in frames], config))


def test_labels_are_the_depth_in_metres():
    frames = _frames()
    label, frame = _labelled(frames)[NUM_FRAMES // 2], frames[NUM_FRAMES // 2]
    known = label.depth_m > 0
    error = np.abs(label.depth_m / np.where(frame.depth_m > 0, frame.depth_m, np.inf) - 1)[known]
    # Windows that straddle an edge are what is wrong; the rest is a matter of pixels.
    assert known.mean() > 0.35
    assert np.median(error) < 0.02
    assert np.quantile(error, 0.8) < 0.05
    assert (known & (frame.depth_m == 0)).sum() < 0.1 * known.sum()


def test_the_direction_of_travel_stays_unknown():
    label = _labelled(_frames())[NUM_FRAMES // 2]
    rows, columns = (int(value) for value in (label.camera.cy_px, label.camera.cx_px))
    assert (label.depth_m[rows - 3 : rows + 3, columns - 3 : columns + 3] == 0).all()


def test_a_coarse_grid_lies_on_every_second_pixel():
    frames = _frames()
    coarse = _labelled(frames, replace(CONFIG, max_width_px=128))[NUM_FRAMES // 2]
    exact = frames[NUM_FRAMES // 2].depth_m[::2, ::2]
    assert coarse.depth_stride == 2
    assert coarse.depth_m.shape == exact.shape
    known = (coarse.depth_m > 0) & (exact > 0)
    assert known.mean() > 0.25
    assert np.median(np.abs(coarse.depth_m / np.where(known, exact, 1) - 1)[known]) < 0.05


def test_depth_scales_with_the_path():
    frames = _frames()[:6]
    doubled = []
    for frame in frames:
        pose = frame.world_from_camera.copy()
        pose[:3, 3] *= 2
        doubled.append(replace(frame, world_from_camera=pose))
    far = replace(
        CONFIG,
        min_depth_m=2 * CONFIG.min_depth_m,
        max_depth_m=2 * CONFIG.max_depth_m,
        baselines_m=tuple(2 * baseline for baseline in CONFIG.baselines_m),
    )
    for one, two in zip(_labelled(frames), _labelled(doubled, far), strict=True):
        np.testing.assert_allclose(two.depth_m, 2 * one.depth_m, rtol=1e-3)


@pytest.mark.parametrize('lost', ['camera', 'world_from_camera'])
def test_frames_without_camera_or_pose_get_none(lost):
    frames = [replace(frame, **{lost: None}) for frame in _frames()[:3]]
    assert _labelled(frames) == []


def test_a_camera_that_stands_gets_none():
    standing = [_frames()[0]] * 4
    assert _labelled(standing) == []
