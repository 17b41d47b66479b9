"""What a frame can teach follows from what is known about it."""

from dataclasses import replace

import numpy as np
import pytest

from depth_nodes.data.sample import Sample
from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera
from depth_nodes.training.label import (
    is_labelled,
    labelled,
    resolved_supervision,
    unlabelled,
    with_affine_label,
)
from depth_nodes.training.source_config import SourceConfig
from depth_nodes.training.sources import load_source

BARE = Sample(name='0', image=np.zeros((8, 12, 3), np.uint8), camera=Camera.from_fov(12, 8, 70.0))
DEPTH = replace(BARE, depth_m=np.full((8, 12), 2.0, np.float32))
DISPARITY = replace(BARE, disparity_px=np.full((8, 12), 20.0, np.float32))


def test_labels_are_depth_or_disparity_of_a_known_camera():
    assert [is_labelled(sample) for sample in (BARE, DEPTH, DISPARITY)] == [False, True, True]
    assert not is_labelled(replace(DEPTH, camera=None))
    assert not is_labelled(replace(DEPTH, depth_m=np.zeros((8, 12), np.float32)))


def test_right_images_are_let_go():
    sample = labelled(replace(DEPTH, right=DEPTH.image))
    assert sample.right is None
    np.testing.assert_array_equal(sample.depth_m, DEPTH.depth_m)


def test_labels_that_nobody_asks_for_are_let_go():
    for sample in (replace(DEPTH, depth_stride=2, right=DEPTH.image), DISPARITY):
        assert unlabelled(sample) == BARE


@pytest.mark.parametrize(
    ('sample', 'wanted', 'resolved'),
    [
        (DEPTH, 'auto', 'metric'),
        (DEPTH, 'scale_invariant', 'scale_invariant'),
        (DEPTH, 'affine', 'affine'),
        (DISPARITY, 'auto', 'affine'),
        (DISPARITY, 'affine', 'affine'),
        (DEPTH, 'none', 'none'),
        (BARE, 'none', 'none'),
    ],
)
def test_auto_is_as_much_as_the_labels_allow(sample, wanted, resolved):
    assert resolved_supervision([sample], wanted, 'desk') == resolved


@pytest.mark.parametrize('wanted', ['metric', 'scale_invariant'])
def test_an_offset_forbids_depth(wanted):
    with pytest.raises(InputError, match='desk has disparity up to an offset'):
        resolved_supervision([DISPARITY], wanted, 'desk')


def test_affine_labels_of_depth_are_its_disparity():
    depth = np.array([[0.0, 2.0], [4.0, 8.0]], np.float32)
    label = with_affine_label(replace(BARE, depth_m=depth))
    focal = BARE.camera.fx_px
    assert label.depth_m is None
    np.testing.assert_allclose(label.disparity_px, focal * np.array([[0, 0.5], [0.25, 0.125]]))
    assert with_affine_label(DISPARITY) is DISPARITY


def test_still_lifes_with_an_unknown_offset_load_as_affine(shared_dir, tmp_path):
    config = SourceConfig(sequence='middlebury_2005_06', num_frames=2)
    source = load_source(config, shared_dir / 'data/train', tmp_path)
    assert source.supervision == 'affine'
    assert len(source.samples) == 2
    assert all(sample.disparity_px.max() > 50 for sample in source.samples)
