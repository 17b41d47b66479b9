"""Depth on a coarser grid: which pixels it belongs to."""

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from depth_nodes.data.sample import dense_depth, Sample, stride_of_grid
from depth_nodes.errors import InputError


def sample(depth: np.ndarray, stride: int, size: tuple[int, int] = (5, 7)) -> Sample:
    image = np.zeros((*size, 3), np.uint8)
    return Sample(name='a', image=image, depth_m=depth.astype(np.float32), depth_stride=stride)


@pytest.mark.parametrize('shape', [(3, 4), (2, 3)])
def test_entries_go_to_their_pixels_and_the_rest_is_unknown(shape):
    depth = np.arange(np.prod(shape)).reshape(shape)  # the first is 0: unknown
    dense = dense_depth(sample(depth, 2))
    assert dense.shape == (5, 7)
    rows, columns = shape
    known = dense[::2, ::2][:rows, :columns]
    np.testing.assert_array_equal(known.ravel()[1:], depth.ravel()[1:])
    assert np.isfinite(dense).sum() == depth.size - 1


def test_a_grid_beyond_the_image_is_refused():
    with pytest.raises(InputError, match='4x4 of frame a at every 2. pixel exceeds its image 7x5'):
        dense_depth(sample(np.ones((4, 4)), 2))


@pytest.mark.parametrize(
    ('grid', 'stride'),
    [
        ((375, 1242), 1), ((94, 311), 4), ((93, 310), 4), ((94, 310), 4), ((187, 621), 2),
        ((188, 621), 2), ((375, 621), None), ((92, 310), None), ((376, 1242), None),
        ((0, 0), None),
    ],
)  # fmt: skip
def test_the_stride_of_grids_of_a_kitti_image(grid, stride):
    assert stride_of_grid((375, 1242), grid) == stride
    assert stride_of_grid((1242, 375), grid[::-1]) == stride


# Smaller images leave two answers: 64 pixels make 10 by 6, rounded down, and by 7, rounded up.
@settings(deadline=None)
@given(st.integers(160, 2000), st.integers(160, 2000), st.integers(1, 8), st.booleans())
def test_a_sampled_image_has_the_stride_that_it_was_sampled_with(height, width, stride, is_floor):
    grid = np.empty((height, width), np.bool_)[::stride, ::stride].shape
    if is_floor:
        grid = (height // stride, width // stride)
    assert stride_of_grid((height, width), grid) == stride
