"""Rectified images are those of the pinhole camera that CameraInfo promises."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera, camera_from_message
from depth_nodes.messages.rectification import Rectifier, rectifier_cache

LENSES = {
    'plumb_bob': [-0.28, 0.07, 0.0008, -0.0005, 0.0],
    'rational_polynomial': [0.4, -0.1, 0.0006, -0.0004, 0.01, 0.7, 0.02, 0.005],
    'equidistant': [-0.02, 0.004, -0.003, 0.0006],
}
WIDTH, HEIGHT = 320, 240
K = np.array([[210.0, 0, 161.3], [0, 208.0, 117.6], [0, 0, 1]])


def make_message(model: str, d: list[float], new_focal_px: float = 190.0, **changes: object):
    p = np.array([[new_focal_px, 0, 159.0, 0], [0, new_focal_px, 119.0, 0], [0, 0, 1, 0]])
    values = {
        'width': WIDTH,
        'height': HEIGHT,
        'distortion_model': model,
        'd': d,
        'k': K.ravel(),
        'r': np.eye(3).ravel(),
        'p': p.ravel(),
        'binning_x': 0,
        'binning_y': 0,
        'roi': SimpleNamespace(x_offset=0, y_offset=0, width=0, height=0),
    }
    return SimpleNamespace(**{**values, **changes})


def bent(points: np.ndarray, model: str, d: list[float]) -> np.ndarray:
    """Where the lens puts these points (x / z, y / z), straight from the models' formulas."""
    x, y = points.T
    square = x**2 + y**2
    if model == 'equidistant':
        radius = np.maximum(np.sqrt(square), 1e-9)
        angle = np.arctan(radius)
        factor = angle * (1 + sum(k * angle ** (2 * i + 2) for i, k in enumerate(d))) / radius
        x, y = x * factor, y * factor
    else:
        k1, k2, p1, p2, k3, k4, k5, k6 = [*d, 0, 0, 0][:8]
        factor = (1 + square * (k1 + square * (k2 + square * k3))) / (
            1 + square * (k4 + square * (k5 + square * k6))
        )
        x, y = (
            x * factor + 2 * p1 * x * y + p2 * (square + 2 * x**2),
            y * factor + p1 * (square + 2 * y**2) + 2 * p2 * x * y,
        )
    return np.stack([K[0, 0] * x + K[0, 2], K[1, 1] * y + K[1, 2]], axis=-1)


def spots(positions: np.ndarray, sigma_px: float = 1.0) -> np.ndarray:
    u, v = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    image = np.zeros((HEIGHT, WIDTH))
    for x, y in positions:
        image += np.exp(-((u - x) ** 2 + (v - y) ** 2) / (2 * sigma_px**2))
    return np.repeat(np.rint(250 * image).astype(np.uint8)[..., None], 3, axis=-1)


def centre_near(image: np.ndarray, x: float, y: float, reach_px: int = 5) -> np.ndarray:
    left, top = round(x) - reach_px, round(y) - reach_px
    patch = image[top : top + 2 * reach_px + 1, left : left + 2 * reach_px + 1, 0].astype(float)
    v, u = np.indices(patch.shape)
    return np.array([(u * patch).sum(), (v * patch).sum()]) / patch.sum() + (left, top)


@pytest.mark.parametrize('model', LENSES)
def test_spots_come_to_lie_where_the_pinhole_camera_sees_them(model):
    """From the world through the lens into pixels and back; 8 bits tell a spot's centre so far."""
    message = make_message(model, LENSES[model])
    camera = camera_from_message(message)
    grid = np.array([(x, y) for x in (40, 110, 160, 215, 280) for y in (40, 120, 200)], float)
    points = (grid - (camera.cx_px, camera.cy_px)) / (camera.fx_px, camera.fy_px)
    rectified = Rectifier(message)(spots(bent(points, model, LENSES[model])))
    found = np.array([centre_near(rectified, *position) for position in grid])
    assert np.abs(found - grid).mean() < 0.03
    assert np.abs(found - grid).max() < 0.08


@pytest.mark.parametrize('model', LENSES)
def test_round_trip_of_every_pixel(model):
    """A pixel is read where the model's formula says, and comes back from there: 0.05 px."""
    message = make_message(model, LENSES[model])
    rectifier = Rectifier(message)
    fixed, fraction = rectifier._maps
    positions = np.stack(cv2.convertMaps(fixed, fraction, cv2.CV_32FC1), axis=-1)
    seen = np.ones((HEIGHT, WIDTH), bool) if rectifier.unseen is None else ~rectifier.unseen
    camera, d = rectifier.camera, np.array(LENSES[model])
    pixels = positions[seen].astype(np.float64)[:, None]
    if model == 'equidistant':
        back = cv2.fisheye.undistortPoints(pixels, K, d, P=camera.matrix)
    else:
        criteria = (cv2.TERM_CRITERIA_COUNT + cv2.TERM_CRITERIA_EPS, 100, 1e-9)
        back = cv2.undistortPointsIter(pixels, K, d, None, camera.matrix, criteria)
    v, u = np.nonzero(seen)
    points = np.stack([(u - camera.cx_px) / camera.fx_px, (v - camera.cy_px) / camera.fy_px], -1)
    assert np.abs(bent(points, model, LENSES[model]) - pixels[:, 0]).max() < 0.05
    assert seen.mean() > 0.9
    assert np.abs(back[:, 0] - np.stack([u, v], axis=-1)).max() < 0.05


def test_the_camera_is_that_of_the_projection_matrix_without_distortion():
    message = make_message('plumb_bob', LENSES['plumb_bob'])
    camera = Rectifier(message).camera
    assert (camera.fx_px, camera.cx_px, camera.cy_px) == (190.0, 159.0, 119.0)
    assert not camera.is_distorted


def test_what_the_lens_does_not_show_is_unseen():
    """A view twice as wide as the lens has: the image covers about a quarter."""
    message = make_message('plumb_bob', [0.0, 0.0, 0.0, 0.0, 0.0], new_focal_px=105.0)
    rectifier = Rectifier(message)
    seen = ~rectifier.unseen
    assert seen[HEIGHT // 2, WIDTH // 2]
    assert not seen[0, 0]
    assert seen.mean() == pytest.approx(105 * 105 / (210 * 208), rel=0.02)


def test_a_polynomial_that_turns_back_shows_nothing_twice():
    """r (1 - r^2) is largest at r = 1 / sqrt(3)."""
    message = make_message('plumb_bob', [-1.0, 0.0, 0.0, 0.0, 0.0], new_focal_px=120.0)
    unseen = Rectifier(message).unseen
    radius = np.hypot(
        (np.arange(WIDTH) - 159.0) / 120.0, (np.arange(HEIGHT)[:, None] - 119.0) / 120.0
    )
    assert unseen[radius > 0.585].all()
    assert not unseen[radius < 0.57].any()


def test_a_camera_without_distortion_costs_nothing():
    camera = Camera.from_fov(WIDTH, HEIGHT, 70.0)
    p = np.zeros((3, 4))
    p[:, :3] = camera.matrix
    message = make_message('plumb_bob', [0.0] * 5, k=camera.matrix.ravel(), p=p.ravel())
    image = spots(np.array([[50.0, 60.0]]))
    rectifier = Rectifier(message)
    assert rectifier(image) is image
    assert rectifier.unseen is None


def test_half_of_a_binned_image_is_half_of_the_rectified_one():
    """Region of interest and binning move K and P alike."""
    d = LENSES['plumb_bob']
    whole = make_message('plumb_bob', d)
    roi = SimpleNamespace(x_offset=80, y_offset=40, width=160, height=160)
    part = make_message('plumb_bob', d, roi=roi, binning_x=2, binning_y=2)
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    smooth = (120 + 60 * np.sin(x / 30) + 60 * np.cos(y / 25))[..., None].repeat(3, -1)
    image = smooth.astype(np.uint8)
    binned = cv2.resize(image[40:200, 80:240], (80, 80), interpolation=cv2.INTER_AREA)
    rectified = Rectifier(whole)(image)[40:200, 80:240]
    expected = cv2.resize(rectified, (80, 80), interpolation=cv2.INTER_AREA)
    found = Rectifier(part)(binned)
    inside = (slice(12, -12), slice(12, -12))
    assert np.abs(found[inside].astype(int) - expected[inside]).max() <= 3


@pytest.mark.parametrize(
    ('model', 'd', 'reason'),
    [
        ('thin_prism', [0.1], "model 'thin_prism' is not known; publish a CameraInfo with one of"),
        ('plumb_bob', [0.1, 0.2], '2 coefficients for plumb_bob; publish 4 or 5'),
        ('equidistant', [0.1] * 5, '5 coefficients for equidistant; publish 4'),
    ],
)
def test_lenses_that_nobody_knows_are_refused_in_a_line(model, d, reason):
    with pytest.raises(InputError, match=reason) as error:
        Rectifier(make_message(model, d))
    assert '\n' not in str(error.value)


def test_maps_are_made_once_for_each_calibration():
    rectifier_of = rectifier_cache()
    first = rectifier_of(make_message('plumb_bob', LENSES['plumb_bob']))
    assert rectifier_of(make_message('plumb_bob', LENSES['plumb_bob'])) is first
    assert rectifier_of(make_message('plumb_bob', [0.1, 0, 0, 0, 0])) is not first
