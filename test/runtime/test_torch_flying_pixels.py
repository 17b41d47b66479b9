"""Flying pixels on torch are those of the numpy path."""

import cv2
from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import torch

from depth_nodes.runtime.flying_pixels import flying_pixels
from depth_nodes.runtime.torch_flying_pixels import torch_flying_pixels


@settings(max_examples=30, deadline=None)
@given(
    shape=st.tuples(st.integers(6, 60), st.integers(6, 60)),
    sigma_px=st.floats(0.5, 3),
    seed=st.integers(0, 1000),
)
def test_masks_are_the_same_for_every_camera(shape, sigma_px, seed):
    noise = np.random.default_rng(seed).random((2, *shape), np.float32)
    smooth = np.stack([cv2.GaussianBlur(one, (0, 0), sigma_px) for one in noise])
    found = torch_flying_pixels(torch.from_numpy(smooth)[:, None]).numpy()[:, 0]
    for index in range(2):
        np.testing.assert_array_equal(found[index], flying_pixels(smooth[index]))
