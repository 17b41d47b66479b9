import numpy as np
import pytest
from solids import extent, seeded

from depth_nodes.data.synthetic.ray_caster import cast
from depth_nodes.data.synthetic.road_line import RoadLine
from depth_nodes.data.synthetic.scene import box
from depth_nodes.data.synthetic.street_material import flat
from depth_nodes.messages.camera import Camera

GREY = flat((0.5, 0.5, 0.5))
SPAN = (-80.0, 200.0)


def line(seed: int, bend: float = 0.0, slope: float = 0.0) -> RoadLine:
    return RoadLine.drawn(seeded(seed), SPAN, bend, slope)


@pytest.mark.parametrize('seed', range(4))
def test_starts_at_the_origin_and_looks_along_x(seed: int) -> None:
    position, heading = line(seed, bend=1 / 30, slope=0.05).at(0.0, 0.0)
    np.testing.assert_allclose(position, 0, atol=1e-9)
    assert heading == 0


def test_straight_road_is_straight() -> None:
    points, heading = line(0).points(np.array([-20.0, 100.0]), 2.0)
    np.testing.assert_allclose(points[:, 0], [-20, 100], atol=1e-9)
    np.testing.assert_allclose(np.abs(points[:, 1]), 2.0)
    np.testing.assert_allclose(heading, 0)


@pytest.mark.parametrize('seed', range(6))
def test_across_is_measured_at_a_right_angle(seed: int) -> None:
    road = line(seed, bend=1 / 25)
    along = np.linspace(-50, 150, 41)
    middle, heading = road.points(along, 0.0)
    aside, _ = road.points(along, 3.0)
    ahead = np.stack([np.cos(heading), np.sin(heading), 0 * heading], 1)
    np.testing.assert_allclose(np.linalg.norm(aside - middle, axis=1), 3.0)
    np.testing.assert_allclose(((aside - middle) * ahead).sum(1), 0, atol=1e-9)


@pytest.mark.parametrize(('bend', 'slope'), [(0, 0), (1 / 25, 0), (1 / 300, 0), (0, 0.06)])
def test_strip_is_one_surface_at_the_roads_height(bend: float, slope: float) -> None:
    """Looked at from straight above, a strip has no gaps, and its top is where it should be."""
    for seed in range(3):
        road = line(seed, bend, slope)
        strip = road.strip((-30, 90), (-3, 3), (-0.5, 0.1), GREY)
        for along in np.linspace(-29, 89, 12):
            for across in (-2.8, 0.0, 2.8):
                (x, y, z), _ = road.at(float(along), across)
                assert depth_below(strip, (x, y, z + 5.0)) == pytest.approx(4.9, abs=0.06)


def depth_below(parts: list, position: tuple[float, float, float]) -> float:
    pose = np.eye(4)
    pose[:3, :3] = np.diag([1.0, -1.0, -1.0])
    pose[:3, 3] = position
    return float(cast(parts, Camera.from_fov(1, 1, 1.0), pose).depth[0, 0])


@pytest.mark.parametrize('across', [-6.0, 6.0])
@pytest.mark.parametrize('seed', range(4))
def test_facing_turns_the_front_to_the_road(seed: int, across: float) -> None:
    road = line(seed, bend=1 / 60)
    nose = box((-0.1, 0.9, 0), (0.1, 1.1, 0.2), GREY)
    placed = road.facing([nose], (20.0, across))[0]
    middle = np.array(road.at(20.0, 0.0)[0])
    assert np.linalg.norm(np.array(placed.centre)[:2] - middle[:2]) == pytest.approx(5.0, abs=0.01)


def test_lift_raises() -> None:
    low, _ = extent(line(1).put([box((0, 0, 0), (1, 1, 1), GREY)], (10, 0), lift=0.4))
    assert low[2] == pytest.approx(0.4)
