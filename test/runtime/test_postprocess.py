"""From the sigmoid output to gated metres."""

import numpy as np
import pytest

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.runtime.postprocess import Postprocessor

CANONICAL = CanonicalCamera()


def sigmoid_of(depth_m: np.ndarray, focal_network_px: float) -> np.ndarray:
    depth = CANONICAL.canonical_from_depth(np.asarray(depth_m, np.float64), focal_network_px)
    return CANONICAL.sigmoid_from_inverse_depth(1 / depth).astype(np.float32)


def postprocessor() -> Postprocessor:
    return Postprocessor(CANONICAL, min_depth_m=0.5, max_depth_m=50.0)


def depth_of(
    output: np.ndarray,
    focal_network_px: float,
    width_px: int,
    height_px: int,
    postprocess: Postprocessor | None = None,
) -> np.ndarray:
    postprocess = postprocess or postprocessor()
    inverse_depth = postprocess.inverse_depth(output, focal_network_px)
    return postprocess.depth(inverse_depth, width_px, height_px)


@pytest.mark.parametrize('focal_network_px', [64.0, 256.0, 700.0])
def test_metres_come_back(focal_network_px):
    depth = np.linspace(0.6, 49.0, 96 * 128).reshape(96, 128)
    result = depth_of(sigmoid_of(depth, focal_network_px), focal_network_px, 128, 96)
    np.testing.assert_allclose(result, depth, rtol=1e-3)


def test_the_same_output_at_twice_the_focal_length_is_twice_as_far():
    output = sigmoid_of(np.linspace(2, 20, 96 * 96).reshape(96, 96), 200.0)
    near = depth_of(output, 200.0, 96, 96).copy()
    far = depth_of(output, 400.0, 96, 96)
    np.testing.assert_allclose(far, 2 * near, rtol=1e-6)


def test_a_plane_stays_a_plane():
    """Inverse depth is affine in the image of a plane: bilinear interpolation keeps it exact."""

    def plane(width: int, height: int) -> np.ndarray:
        x = (np.arange(width) + 0.5) / width
        y = (np.arange(height) + 0.5) / height
        return 1 / (0.05 + 0.1 * x[None] + 0.3 * y[:, None])

    output = sigmoid_of(plane(128, 96), 256.0)
    result = depth_of(output, 256.0, 640, 480)
    inside = (slice(3, -3), slice(3, -3))  # half a network pixel at the rim is replicated
    np.testing.assert_allclose(result[inside], plane(640, 480)[inside], rtol=1e-4)


def test_gates_are_those_of_rep_117():
    depth = np.full((8, 8), 5.0)
    depth[0, 0], depth[0, 4], depth[4, 0], depth[4, 4] = 0.4, 60.0, np.nan, 49.0
    result = depth_of(sigmoid_of(depth, 256.0), 256.0, 8, 8)
    assert result[0, 0] == -np.inf
    assert result[0, 4] == np.inf
    assert np.isnan(result[4, 0])
    assert result[4, 4] == pytest.approx(49.0, rel=1e-3)
    rest = np.delete(result.ravel(), [0, 4, 32, 36])
    np.testing.assert_allclose(rest, 5.0, rtol=1e-4)


def test_an_output_below_zero_is_beyond_range():
    result = depth_of(np.full((4, 4), -0.5, np.float32), 256.0, 4, 4)
    assert (result == np.inf).all()


def test_the_output_itself_stays_as_it_was():
    output = sigmoid_of(np.full((4, 4), 3.0), 256.0)
    before = output.copy()
    depth_of(output, 256.0, 8, 8)
    assert np.array_equal(output, before)


def test_gates_of_one_frame_do_not_reach_the_next():
    postprocess = postprocessor()
    depth_of(sigmoid_of(np.full((4, 4), 100.0), 256.0), 256.0, 4, 4, postprocess)
    result = depth_of(sigmoid_of(np.full((4, 4), 10.0), 256.0), 256.0, 4, 4, postprocess)
    np.testing.assert_allclose(result, 10.0, rtol=1e-4)
