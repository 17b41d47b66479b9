"""Cameras in yards: on ground robots and in the hand."""

from __future__ import annotations

from depth_nodes.data.synthetic.camera_path import Pose
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import Scene, SceneConfig
from depth_nodes.data.synthetic.viewpoint import (
    best_viewpoint,
    Carrier,
    gaze_at,
    gaze_towards,
    path_from,
    Surroundings,
    Viewpoint,
)
from depth_nodes.data.synthetic.yard_ground import Ground

HAND = Carrier(height_m=(1.2, 1.8), clearance_m=0.5, speed_mps=(0.3, 1.5), pitch_deg=(-30, 15))
ROBOT = Carrier(
    height_m=(0.3, 1.3), clearance_m=0.4, speed_mps=(0.3, 2.0), pitch_deg=(-15, 12), is_robot=True
)


def yard_views(draw: Draw, scene: Scene, num_frames: int) -> list[Pose]:
    """Independent views of a yard."""
    around = _surroundings(scene)
    return [_viewpoint(draw, around).pose for _ in range(num_frames)]


def yard_path(draw: Draw, scene: Scene, config: SceneConfig) -> list[Pose]:
    """A robot or a walker."""
    around = _surroundings(scene)
    return path_from(draw, around, _viewpoint(draw, around), config)


def _surroundings(scene: Scene) -> Surroundings:
    return Surroundings(scene, Ground.of_scene(scene), near_m=3.0)


def _viewpoint(draw: Draw, around: Surroundings) -> Viewpoint:
    return best_viewpoint(draw, around, (_by_hand if draw.chance(0.5) else _on_robot, _by_hand))


def _by_hand(draw: Draw, around: Surroundings) -> Viewpoint:
    """At a thing nearby, or across the yard."""
    position = around.free_point(draw, HAND)
    thing = around.thing_nearby(draw, position, (1.5, 12.0))
    if thing is not None and draw.chance(0.5):
        gaze = gaze_at(draw, HAND, thing - position, 4.0)
    else:
        offset = around.far_point(draw, position) - position
        gaze = gaze_towards(draw, HAND, offset, draw.normal(-5, 6), roll_share=0.15)
    return Viewpoint(position=position, gaze=gaze, carrier=HAND)


def _on_robot(draw: Draw, around: Surroundings) -> Viewpoint:
    position = around.free_point(draw, ROBOT)
    offset = around.far_point(draw, position) - position
    gaze = gaze_towards(draw, ROBOT, offset, draw.normal(-1, 4), roll_share=0.05)
    return Viewpoint(position=position, gaze=gaze, carrier=ROBOT)
