import numpy as np
import pytest

from depth_nodes.errors import ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.messages.camera import Camera

CANONICAL = CanonicalCamera()
DEPTHS = np.array([0.1, 1.0, 7.3, 100.0])
FOCALS = [51.2, 128.0, 256.0, 700.0, 1280.0]


def test_one_canonical_prediction_is_other_metres_on_another_camera():
    # A lens of twice the focal length shows a thing of the same pixels at twice the distance.
    assert CANONICAL.depth_from_canonical(8.0, 256.0) == 8.0
    assert CANONICAL.depth_from_canonical(8.0, 512.0) == 16.0
    assert CANONICAL.depth_from_canonical(8.0, 128.0) == 4.0
    assert CANONICAL.canonical_from_depth(16.0, 512.0) == 8.0


@pytest.mark.parametrize('focal_px', FOCALS)
def test_there_and_back(focal_px):
    canonical = CANONICAL.canonical_from_depth(DEPTHS, focal_px)
    np.testing.assert_allclose(CANONICAL.depth_from_canonical(canonical, focal_px), DEPTHS)


@pytest.mark.parametrize('factor', [0.25, 0.5, 2.0, 3.7])
def test_resizing_image_and_intrinsics_together_changes_nothing(factor):
    """f_network is that of the image as the network sees it, whatever size it came in."""
    camera = Camera.from_fov(640, 480, 70.0)
    resized = camera.resized(round(640 * factor), round(480 * factor))
    focals = [seen.fx_px * 320 / seen.width_px for seen in (camera, resized)]
    assert focals[0] == pytest.approx(focals[1])
    depths = [CANONICAL.depth_from_canonical(DEPTHS, focal) for focal in focals]
    np.testing.assert_allclose(depths[0], depths[1])


def test_cropping_changes_neither_focal_length_nor_metres():
    camera = Camera.from_fov(640, 480, 70.0)
    assert camera.cropped(100, 50, 320, 240).fx_px == camera.fx_px


def test_the_sigmoid_spans_the_canonical_range():
    inverse = CANONICAL.inverse_depth_from_sigmoid(np.array([0.0, 1.0]))
    np.testing.assert_allclose(1 / inverse, [500.0, 0.02])


def test_sigmoid_and_inverse_depth_are_inverse_and_linear():
    sigmoid = np.linspace(0, 1, 11)
    inverse = CANONICAL.inverse_depth_from_sigmoid(sigmoid)
    np.testing.assert_allclose(CANONICAL.sigmoid_from_inverse_depth(inverse), sigmoid, atol=1e-15)
    np.testing.assert_allclose(np.diff(inverse), (50 - 0.002) / 10)


@pytest.mark.parametrize('focal_px', FOCALS)
def test_the_promised_metres_of_every_common_camera_lie_inside_the_sigmoid(focal_px):
    canonical = CANONICAL.canonical_from_depth(DEPTHS, focal_px)
    sigmoid = CANONICAL.sigmoid_from_inverse_depth(1 / canonical)
    assert (sigmoid >= -1e-12).all()
    assert (sigmoid <= 1 + 1e-12).all()


@pytest.mark.parametrize(('focal_px', 'depth_m'), [(51.0, 100.0), (1290.0, 0.1)])
def test_beyond_the_allowed_focal_lengths_the_promise_ends(focal_px, depth_m):
    canonical = CANONICAL.canonical_from_depth(depth_m, focal_px)
    assert not 0 <= CANONICAL.sigmoid_from_inverse_depth(1 / canonical) <= 1


def test_tensors_are_taken_like_arrays():
    torch = pytest.importorskip('torch')
    sigmoid = torch.tensor([0.0, 0.5, 1.0], dtype=torch.float64)
    inverse = CANONICAL.inverse_depth_from_sigmoid(sigmoid)
    expected = CANONICAL.inverse_depth_from_sigmoid(sigmoid.numpy())
    np.testing.assert_array_equal(inverse.numpy(), expected)


@pytest.mark.parametrize(
    'values',
    [
        {'focal_px': 0.0},
        {'focal_px': -256.0},
        {'focal_px': float('nan')},
        {'min_depth_m': 0.0},
        {'min_depth_m': 500.0},
        {'max_depth_m': float('inf')},
    ],
)
def test_a_camera_that_gives_no_depth_is_refused(values):
    with pytest.raises(ConfigError, match=r'; give '):
        CanonicalCamera(**values)
