"""Ramps become steps, everything else stays."""

import cv2
import numpy as np
import pytest

from depth_nodes.evaluation.boundaries import depth_edges
from depth_nodes.runtime.edge_sharpening import sharpen_edges


def a_thing_before_a_wall() -> np.ndarray:
    depth = np.full((96, 128), 4.0, np.float32)
    depth[30:70, 40:90] = 2.0
    return depth


@pytest.mark.parametrize('sigma_px', [1.0, 2.0, 3.0])
def test_a_blurred_edge_comes_back_where_it_was(sigma_px):
    depth = a_thing_before_a_wall()
    blurred = np.exp(cv2.GaussianBlur(np.log(depth), None, sigma_px)).astype(np.float32)
    sharp = sharpen_edges(blurred)
    true_edges = cv2.dilate(depth_edges(depth).view(np.uint8), np.ones((5, 5))) > 0
    edges = depth_edges(sharp)
    assert edges.sum() >= 0.9 * depth_edges(depth).sum()
    assert np.mean(true_edges[edges]) > 0.99
    error = np.abs(np.log(sharp / depth))
    assert np.mean(error) < 0.5 * np.mean(np.abs(np.log(blurred / depth)))


def test_no_depth_is_invented():
    random = np.random.default_rng(0)
    depth = np.exp(cv2.GaussianBlur(random.normal(0, 3, (80, 90)), None, 3)).astype(np.float32)
    sharp = sharpen_edges(depth)
    assert not np.array_equal(sharp, depth)
    around = np.ones((25, 25), np.uint8)  # six steps of two pixels
    assert (sharp >= cv2.erode(depth, around) * (1 - 1e-5)).all()
    assert (sharp <= cv2.dilate(depth, around) * (1 + 1e-5)).all()


def test_slopes_stay_as_they_are():
    rows = np.arange(120, dtype=np.float32)[:, None]
    floor = np.repeat(60.0 / (rows + 80.0), 100, axis=1)
    assert sharpen_edges(floor) is floor


@pytest.mark.parametrize('scale', [1e-3, 1e3])
def test_the_scale_makes_no_difference(scale):
    depth = cv2.GaussianBlur(a_thing_before_a_wall(), None, 2.0)
    scaled = sharpen_edges(np.float32(scale) * depth)
    np.testing.assert_allclose(scaled / np.float32(scale), sharpen_edges(depth), rtol=1e-5)
