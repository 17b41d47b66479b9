from collections.abc import Callable
from dataclasses import replace
import functools

import numpy as np
import pytest
from solids import seeded

from depth_nodes.data.synthetic import street_plan
from depth_nodes.data.synthetic.camera_path import FreeSpace
from depth_nodes.data.synthetic.ray_caster import cast
from depth_nodes.data.synthetic.scene import Scene
from depth_nodes.data.synthetic.street import build_street
from depth_nodes.data.synthetic.street_path import Carrier, poses_along
from depth_nodes.data.synthetic.street_plan import StreetPlan
from depth_nodes.messages.camera import Camera

Maker = Callable[..., StreetPlan]
KINDS = dict.fromkeys(street_plan.PLANS)
CAMERA = Camera.from_fov(48, 24, 82.0)


@pytest.mark.parametrize('maker', [street_plan.PLANS[0], street_plan.PLANS[-1]])
def test_same_seed_builds_the_same_street(maker: Maker) -> None:
    first, second = _street(maker, 0), _street.__wrapped__(maker, 0)
    assert first[1].light == second[1].light
    assert len(first[1].primitives) == len(second[1].primitives)
    for one, other in zip(first[1].primitives, second[1].primitives, strict=True):
        assert one.centre == other.centre
        assert one.material == other.material


@pytest.mark.parametrize('maker', KINDS)
@pytest.mark.parametrize('seed', range(2))
def test_no_hole_below_the_horizon(maker: Maker, seed: int) -> None:
    """A level camera over a level road sees something solid in all directions downwards."""
    plan, scene = _street(maker, seed)
    carrier = Carrier.car(seeded(seed), plan)
    carrier = replace(carrier, gaze=replace(carrier.gaze, yaw=0.0, pitch=0.0, roll=0.0))
    pose = poses_along(plan, carrier, np.array([5.0]))[0]
    pose[:3, :3] = _levelled(pose[:3, :3])
    below = cast(scene.primitives, CAMERA, pose).depth[CAMERA.height_px // 2 + 2 :]
    assert np.isfinite(below).all()


@pytest.mark.parametrize('maker', KINDS)
def test_the_view_is_closed_above_the_horizon_somewhere(maker: Maker) -> None:
    """Houses, trees or hills rise above the camera in most columns of most streets."""
    shares = []
    for seed in range(2):
        plan, scene = _street(maker, seed)
        carrier = Carrier.car(seeded(seed), plan)
        depth = cast(scene.primitives, CAMERA, poses_along(plan, carrier, np.array([5.0]))[0])
        shares.append(np.isfinite(depth.depth[: CAMERA.height_px // 2 - 1]).any(0).mean())
    assert np.mean(shares) > 0.5


@pytest.mark.parametrize('maker', KINDS)
@pytest.mark.parametrize('seed', range(2))
def test_the_camera_s_lane_is_free_where_it_drives(maker: Maker, seed: int) -> None:
    plan, scene = _street(maker, seed)
    space = FreeSpace(scene)
    for along in np.linspace(0, plan.length_m, 5):
        (x, y, z), _ = plan.line.at(float(along), plan.camera_lane)
        assert space.clearance(np.array([x, y, z + 1.3])) > 0.25


@pytest.mark.parametrize('maker', KINDS)
def test_number_of_solids_stays_payable(maker: Maker) -> None:
    counts = [len(_street(maker, seed)[1].primitives) for seed in range(2)]
    assert min(counts) > 300
    assert np.mean(counts) < 6500


@functools.cache
def _street(maker: Maker, seed: int) -> tuple[StreetPlan, Scene]:
    draw = seeded(seed)
    plan = maker(draw, 12.0)
    return plan, build_street(draw, plan)


def _levelled(turn: np.ndarray) -> np.ndarray:
    """The rotation without pitch and roll."""
    ahead = np.array([turn[0, 2], turn[1, 2], 0.0])
    ahead /= np.linalg.norm(ahead)
    down = np.array([0, 0, -1.0])
    return np.stack([np.cross(down, ahead), down, ahead], 1)
