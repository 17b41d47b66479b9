import numpy as np
import pytest

from depth_nodes.data.synthetic.noise import fractal_noise
from depth_nodes.data.synthetic.scene import Material
from depth_nodes.data.synthetic.texture import albedo, Footprints, PATTERNS, pulse


def grid(extent: float, width: float) -> Footprints:
    axis = np.linspace(-extent, extent, 60, dtype=np.float32)
    u, v = (values.ravel() for values in np.meshgrid(axis, axis))
    size = np.full(u.shape, width, np.float32)
    return Footprints(u=u, v=v, width_u=size, width_v=size)


def test_pulse_is_the_exact_average_over_the_footprint() -> None:
    x = np.array([0.1, 0.45, 0.7, -3.55], np.float32)
    narrow = pulse(x, 0.5, np.full(4, 1e-3, np.float32))
    np.testing.assert_allclose(narrow, [1, 1, 0, 1], atol=1e-3)
    fine = np.linspace(-0.3, 0.3, 6001)
    width = np.full(4, 0.6, np.float32)
    expected = [np.mean((value + fine) % 1 < 0.5) for value in x]
    np.testing.assert_allclose(pulse(x, 0.5, width), expected, atol=1e-3)


def test_pulse_of_a_wide_footprint_is_the_duty() -> None:
    x = np.linspace(-4, 4, 100, dtype=np.float32)
    np.testing.assert_allclose(pulse(x, 0.3, np.full(100, 50, np.float32)), 0.3, atol=0.01)


@pytest.mark.parametrize('name', sorted(PATTERNS))
def test_patterns_stay_in_the_palette_and_are_not_flat(name: str) -> None:
    values = PATTERNS[name](grid(3.0, 0.01), 1.3)
    assert values.dtype == np.float32
    assert values.min() > -1e-3
    assert values.max() < 1 + 1e-3
    assert values.std() > 0.02


@pytest.mark.parametrize('name', ['checker', 'stripes', 'tiles', 'noise', 'leaves', 'text'])
def test_far_patterns_fade(name: str) -> None:
    near = PATTERNS[name](grid(3.0, 0.01), 1.0).std()
    far = PATTERNS[name](grid(3.0, 8.0), 1.0).std()
    assert far < 0.6 * near


def test_noise_is_centred_and_repeats_without_seams() -> None:
    at = grid(4.0, 0.01)
    values = fractal_noise(at.u, at.v, at.width_u)
    assert values.mean() == pytest.approx(0.5, abs=0.03)
    shifted = fractal_noise(at.u + 8, at.v - 8, at.width_u)
    np.testing.assert_allclose(values, shifted, atol=2e-3)


def test_albedo_is_linear_light_of_the_palette() -> None:
    white = Material(pattern='noise', palette=((1.0, 0.5, 0.0),) * 2, grain=0.0)
    colour = albedo(white, grid(1.0, 0.01))
    np.testing.assert_allclose(colour, np.tile([1, 0.5**2.2, 0], (3600, 1)), rtol=1e-5)
