"""Recordings without depth are labelled by the camera's path, once."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_drive import CAMERA_HEIGHT_M, tiny_drive, without_labels

from depth_nodes.data.sequence import write_sequence
from depth_nodes.errors import InputError
from depth_nodes.training.source_config import SourceConfig
from depth_nodes.training.sources import load_source


@pytest.fixture(scope='module')
def frames():
    return tiny_drive(6)


def _load(root, camera_height_m=0.0):
    config = SourceConfig(sequence='drive', camera_height_m=camera_height_m)
    return load_source(config, root, root / 'kept')


def test_recorded_poses_label_the_frames(frames, tmp_path):
    samples = [replace(frame, depth_m=None) for frame in frames]
    write_sequence(tmp_path / 'drive', samples, name='drive')
    (tmp_path / 'drive' / 'depth').rmdir()
    source = _load(tmp_path)
    assert source.supervision == 'metric'
    _assert_true(source.samples, frames)
    (kept,) = (tmp_path / 'kept').iterdir()
    changed = (kept / 'sequence.json').stat().st_mtime_ns
    again = _load(tmp_path)
    np.testing.assert_array_equal(again.samples[0].depth_m, source.samples[0].depth_m)
    assert (kept / 'sequence.json').stat().st_mtime_ns == changed


def test_a_drive_needs_only_the_height_of_its_camera(frames, tmp_path):
    write_sequence(tmp_path / 'drive', without_labels(frames), name='drive')
    (tmp_path / 'drive' / 'depth').rmdir()
    with pytest.raises(InputError, match='no frame with both depth and intrinsics'):
        _load(tmp_path)
    _assert_true(_load(tmp_path, CAMERA_HEIGHT_M).samples, frames)


def _assert_true(samples, frames):
    truth = {frame.name: frame.depth_m for frame in frames}
    for sample in samples:
        both = (sample.depth_m > 0) & (truth[sample.name] > 0)
        assert both.mean() > 0.2
        ratio = sample.depth_m[both] / truth[sample.name][both]
        assert np.median(np.abs(ratio - 1)) < 0.06


def test_empty_depth_and_a_late_first_pose_do_not_stop_it(frames, tmp_path):
    samples = [replace(frame, depth_m=None) for frame in frames]
    samples[0] = replace(samples[0], world_from_camera=None)
    write_sequence(tmp_path / 'drive', samples, name='drive')
    assert not list((tmp_path / 'drive/depth').iterdir())
    _assert_true(_load(tmp_path).samples, frames)


@pytest.mark.parametrize('camera_height_m', [0.0, CAMERA_HEIGHT_M])
def test_a_camera_that_stands_still_is_told(frames, tmp_path, camera_height_m):
    still = [replace(frames[0], name=str(i), depth_m=None) for i in range(3)]
    if camera_height_m:
        still = without_labels(still)
    write_sequence(tmp_path / 'drive', still, name='drive')
    for _ in range(2):
        with pytest.raises(InputError, match='nothing tells its depth'):
            _load(tmp_path, camera_height_m)
