"""Cameras in rooms: in the hand, on robots, over desks."""

from __future__ import annotations

import functools
import math

import numpy as np

from depth_nodes.data.synthetic.camera_path import Pose
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import Scene, SceneConfig
from depth_nodes.data.synthetic.table_top import table_tops, TableTop
from depth_nodes.data.synthetic.viewpoint import (
    best_viewpoint,
    Carrier,
    gaze_at,
    gaze_towards,
    path_from,
    Proposal,
    Surroundings,
    Viewpoint,
)
from depth_nodes.data.synthetic.yard_ground import Ground

HAND = Carrier(height_m=(1.0, 1.8), clearance_m=0.35, speed_mps=(0.1, 0.8), pitch_deg=(-50, 25))
DESK = Carrier(height_m=(0.3, 0.8), clearance_m=0.2, speed_mps=(0.05, 0.4), pitch_deg=(-50, 10))
FLOOR = Carrier(
    height_m=(0.18, 0.6),
    clearance_m=0.25,
    speed_mps=(0.2, 0.9),
    pitch_deg=(-12, 18),
    is_robot=True,
)
MAST = Carrier(
    height_m=(0.8, 1.5), clearance_m=0.35, speed_mps=(0.2, 0.9), pitch_deg=(-40, 10), is_robot=True
)
# In a crowded room the free space is above the furniture.
OVERHEAD = Carrier(
    height_m=(1.4, 2.4), clearance_m=0.25, speed_mps=(0.05, 0.2), pitch_deg=(-50, 0)
)


def room_views(draw: Draw, scene: Scene, num_frames: int) -> list[Pose]:
    """Independent views of a room."""
    around, tops = _surroundings(scene), table_tops(scene)
    return [_viewpoint(draw, around, tops).pose for _ in range(num_frames)]


def room_path(draw: Draw, scene: Scene, config: SceneConfig) -> list[Pose]:
    """A camera that moves smoothly while it looks around."""
    around = _surroundings(scene)
    start = _viewpoint(draw, around, table_tops(scene))
    return path_from(draw, around, start, config)


def _surroundings(scene: Scene) -> Surroundings:
    return Surroundings(scene, Ground(scene.primitives[:1]), near_m=1.2)


def _viewpoint(draw: Draw, around: Surroundings, tops: list[TableTop]) -> Viewpoint:
    """Tables full of things attract the camera."""
    num_things = max((top.num_things for top in tops), default=0)
    over_table = 0.08 + min(num_things / 170, 0.55) if tops else 0.0
    kind = draw.uniform(0, 1)
    propose: Proposal = _by_hand if kind < 0.62 else _on_floor if kind < 0.88 else _on_mast
    if draw.chance(over_table):
        weights = np.array([1.0 + top.num_things for top in tops])
        chosen = draw.generator.choice(len(tops), p=weights / weights.sum())
        propose = functools.partial(_over_table, tops[int(chosen)])
    return best_viewpoint(draw, around, (propose, _overhead))


def _over_table(top: TableTop, draw: Draw, around: Surroundings) -> Viewpoint:
    """0.3-0.8 m above a table top, 0.3-1.4 m beside a point of it."""
    target = top.point(draw.uniform(-0.8, 0.8), draw.uniform(-0.8, 0.8))
    angle, out = draw.uniform(0, math.tau), draw.uniform(0.3, 1.4)
    offset = (out * math.cos(angle), out * math.sin(angle), draw.uniform(*DESK.height_m))
    position = target + offset
    target[2] += draw.uniform(0.0, 0.2)
    gaze = gaze_at(draw, DESK, target - position, 6.0)
    return Viewpoint(position=position, gaze=gaze, carrier=DESK)


def _by_hand(draw: Draw, around: Surroundings) -> Viewpoint:
    """At a thing nearby, or across the room."""
    position = around.free_point(draw, HAND)
    thing = around.thing_nearby(draw, position, (1.0, 5.0))
    if thing is not None and draw.chance(0.6):
        gaze = gaze_at(draw, HAND, thing - position, 7.0)
        return Viewpoint(position=position, gaze=gaze, carrier=HAND)
    pitch = draw.uniform(-45, 20) if draw.chance(0.3) else draw.normal(-10, 9)
    return _across(draw, around, HAND, pitch, roll_share=0.3)


def _on_floor(draw: Draw, around: Surroundings) -> Viewpoint:
    pitch = draw.uniform(5, 18) if draw.chance(0.12) else draw.normal(0, 2.5)
    return _across(draw, around, FLOOR, pitch, roll_share=0.02)


def _on_mast(draw: Draw, around: Surroundings) -> Viewpoint:
    pitch = draw.uniform(-35, -15) if draw.chance(0.2) else draw.normal(-4, 5)
    return _across(draw, around, MAST, pitch, roll_share=0.02)


def _overhead(draw: Draw, around: Surroundings) -> Viewpoint:
    return _across(draw, around, OVERHEAD, draw.normal(-18, 8), roll_share=0.1)


def _across(
    draw: Draw, around: Surroundings, carrier: Carrier, pitch_deg: float, roll_share: float
) -> Viewpoint:
    """From a free point towards the far end of the room."""
    position = around.free_point(draw, carrier)
    offset = around.far_point(draw, position) - position
    gaze = gaze_towards(draw, carrier, offset, pitch_deg, roll_share)
    return Viewpoint(position=position, gaze=gaze, carrier=carrier)
