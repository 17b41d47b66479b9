"""Which filter runs when, and what becomes of pixels that show nothing."""

import numpy as np
import pytest

from depth_nodes.errors import ConfigError
from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.depth_estimate import DepthEstimate
from depth_nodes.runtime.depth_filters import DepthFilters, Wants
from depth_nodes.runtime.filter_config import FilterConfig
from depth_nodes.runtime.frame import Frame

SHAPE = (64, 96)
FRAME = Frame(image=np.zeros((*SHAPE, 3), np.uint8), camera=Camera.from_fov(96, 64, 60.0))
NOTHING, EVERYTHING = (Wants(points=wanted, confidence=wanted) for wanted in (False, True))


def ramp() -> np.ndarray:
    """Inverse depth [1/m] with one soft edge."""
    row = np.clip((np.arange(SHAPE[1]) - 48) / 6, 0, 1).astype(np.float32)
    return np.repeat(0.2 + 0.4 * row[None], SHAPE[0], axis=0)


def run(config: FilterConfig, wants: Wants):
    return DepthFilters()(FRAME, ramp(), np.zeros(SHAPE, np.float32), config, wants)


@pytest.mark.parametrize('wants', [NOTHING, EVERYTHING])
def test_what_is_off_does_nothing(wants):
    filtered = run(FilterConfig(), wants)
    np.testing.assert_array_equal(filtered.inverse_depth, ramp())
    assert filtered.hidden is None
    assert (filtered.confidence is not None) == wants.confidence


def test_points_alone_are_hidden_where_somebody_wants_points():
    config = FilterConfig(flying_pixels='points')
    assert run(config, NOTHING).hidden is None
    filtered = run(config, EVERYTHING)
    np.testing.assert_array_equal(filtered.inverse_depth, ramp())
    assert 0 < filtered.hidden.mean() < 0.1


@pytest.mark.parametrize('wants', [NOTHING, EVERYTHING])
def test_all_means_depth_too(wants):
    filtered = run(FilterConfig(flying_pixels='all'), wants)
    assert filtered.hidden is None
    hidden = run(FilterConfig(flying_pixels='points'), EVERYTHING).hidden
    np.testing.assert_array_equal(np.isnan(filtered.inverse_depth), hidden)


def test_an_unknown_choice_is_refused():
    with pytest.raises(ConfigError, match='choose from keep, points, all'):
        FilterConfig(flying_pixels='none')


@pytest.mark.parametrize('size', [SHAPE, (32, 48)])
def test_what_the_image_does_not_show_has_no_depth_no_point_and_no_confidence(size):
    unseen = np.zeros(SHAPE, bool)
    unseen[:20] = True
    estimate = DepthEstimate(
        depth_m=np.ones(size, np.float32),
        camera=FRAME.camera,
        stage_ms={},
        points=np.ones((size[0] // 2, size[1] // 2, 4), np.float32).view(np.uint8).reshape(-1),
        confidence=np.ones(size, np.float32),
    )
    estimate.forget_unseen(
        Frame(image=FRAME.image, camera=FRAME.camera, unseen=unseen), points_stride=2
    )
    rows = 20 * size[0] // 64
    assert np.isnan(estimate.depth_m[:rows]).all()
    assert np.isfinite(estimate.depth_m[rows:]).all()
    np.testing.assert_array_equal(estimate.confidence, np.isfinite(estimate.depth_m))
    points = estimate.points.view(np.float32).reshape(size[0] // 2, size[1] // 2, 4)
    np.testing.assert_array_equal(
        np.isnan(points[..., :3]).all(-1), np.isnan(estimate.depth_m)[::2, ::2]
    )
    assert np.isfinite(points[..., 3]).all()
