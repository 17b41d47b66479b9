"""Where the camera is in every frame: smooth paths and scattered views, outside all solids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math

from jaxtyping import Float64
import numpy as np

from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.ray_caster import cast
from depth_nodes.data.synthetic.scene import Primitive, Scene
from depth_nodes.data.synthetic.street import StreetPlan
from depth_nodes.messages.camera import Camera

CLEARANCE_M = 0.35
NUM_TRIES = 200
PREVIEW = Camera.from_fov(24, 18, 70.0)

Pose = Float64[np.ndarray, '4 4']
Point = Float64[np.ndarray, ' 3']


@dataclass(frozen=True, kw_only=True)
class Gaze:
    """Angles of the optical axis [rad]: yaw counter-clockwise from +x, pitch up, roll."""

    yaw: float
    pitch: float = 0.0
    roll: float = 0.0


def pose_from_gaze(position: Point, gaze: Gaze) -> Pose:
    """World from camera; camera axes are x right, y down, z forward."""
    cos_pitch = math.cos(gaze.pitch)
    forward = np.array(
        [cos_pitch * math.cos(gaze.yaw), cos_pitch * math.sin(gaze.yaw), math.sin(gaze.pitch)]
    )
    right = np.array([math.sin(gaze.yaw), -math.cos(gaze.yaw), 0.0])
    down = np.cross(forward, right)
    cos, sin = math.cos(gaze.roll), math.sin(gaze.roll)
    pose = np.eye(4)
    pose[:3, 0] = cos * right + sin * down
    pose[:3, 1] = cos * down - sin * right
    pose[:3, 2] = forward
    pose[:3, 3] = position
    return pose


class FreeSpace:
    """Tells whether a camera may be somewhere."""

    def __init__(self, scene: Scene) -> None:
        primitives: Sequence[Primitive] = scene.primitives
        self._centre = np.array([primitive.centre for primitive in primitives])
        self._half = np.array([primitive.half_size for primitive in primitives])
        self._turn = np.stack([primitive.world_from_object for primitive in primitives])
        self._interior = scene.interior

    def clearance(self, position: Point) -> float:
        """Distance [m] to the nearest box around a solid; negative inside one."""
        offset = position - self._centre
        local = np.abs(np.einsum('pji,pj->pi', self._turn, offset)) - self._half
        outside = np.linalg.norm(np.maximum(local, 0), axis=1)
        distance = float((outside + np.minimum(local.max(1), 0)).min())
        if self._interior is not None:
            low, high = (np.array(corner) for corner in self._interior)
            distance = min(distance, float((position - low).min()), float((high - position).min()))
        return distance

    def is_free(self, positions: Float64[np.ndarray, 'point 3']) -> bool:
        """Whether all positions keep the clearance."""
        return all(self.clearance(position) > CLEARANCE_M for position in positions)


def room_views(draw: Draw, scene: Scene, num_frames: int) -> list[Pose]:
    """Independent views of a room."""
    space = FreeSpace(scene)
    poses = []
    for _ in range(num_frames):
        height = _camera_height(draw)
        position = _free_point(draw, space, scene, height)
        poses.append(pose_from_gaze(position, _gaze_into_room(draw, scene, position, 2)))
    return poses


def room_path(draw: Draw, scene: Scene, num_frames: int, rate_hz: float) -> list[Pose]:
    """A handheld camera or a robot that moves between free points while looking around."""
    space = FreeSpace(scene)
    height = _camera_height(draw)
    start = _free_point(draw, space, scene, height)
    speed = draw.uniform(0.2, 0.8)
    length = speed * num_frames / rate_hz
    line = np.repeat(start[None], num_frames, 0)
    for _ in range(60):
        goal = _free_point(draw, space, scene, height)
        candidate = _there_and_back(start, goal, length, num_frames)
        if space.is_free(candidate):
            line = candidate
            break
    gaze = _gaze_into_room(draw, scene, line.mean(0), 5)
    turn = draw.uniform(-0.25, 0.25) * num_frames / rate_hz
    time = np.arange(num_frames) / rate_hz
    sway = [_sway(draw, time, size) for size in (0.15, 0.06, 0.04, 0.02)]
    swing = max(min(turn, 1.2), -1.2) * np.sin(np.linspace(-1, 1, num_frames) * math.pi / 2)
    return [
        pose_from_gaze(
            line[i] + (0, 0, sway[3][i]),
            Gaze(
                yaw=gaze.yaw + float(swing[i] + sway[0][i]),
                pitch=gaze.pitch + float(sway[1][i]),
                roll=gaze.roll + float(sway[2][i]),
            ),
        )
        for i in range(num_frames)
    ]


def _camera_height(draw: Draw) -> float:
    """Robots near the floor, people's hands and heads."""
    return draw.uniform(0.3, 0.8) if draw.chance(0.35) else draw.uniform(0.9, 1.8)


def _free_point(
    draw: Draw, space: FreeSpace, scene: Scene, height: float
) -> Float64[np.ndarray, ' 3']:
    """The first free point, or the freest of many in a crowded room."""
    assert scene.interior is not None
    low, high = scene.interior
    best, best_clearance = np.zeros(3), -math.inf
    for attempt in range(NUM_TRIES):
        # A crowd of furniture leaves its free space higher up.
        z = height if attempt < NUM_TRIES // 2 else draw.uniform(1.2, high[2] - 0.45)
        x, y = (draw.uniform(low[i] + 0.4, high[i] - 0.4) for i in (0, 1))
        point = np.array([x, y, z])
        clearance = space.clearance(point)
        if clearance > CLEARANCE_M + 0.05:
            return point
        if clearance > best_clearance:
            best, best_clearance = point, clearance
    return best


def _gaze_into_room(draw: Draw, scene: Scene, position: Point, num_candidates: int) -> Gaze:
    """The candidate that sees most."""
    gazes = [_random_gaze(draw, scene, position) for _ in range(num_candidates)]
    return max(gazes, key=lambda gaze: _interest(scene, pose_from_gaze(position, gaze)))


def _interest(scene: Scene, pose: Pose) -> float:
    """How many solids a coarse view shows; less where a near one fills it."""
    hits = cast(scene.primitives, PREVIEW, pose)
    return len(np.unique(hits.index)) * min(float(np.median(hits.depth)) / 1.5, 1.0)


def _random_gaze(draw: Draw, scene: Scene, position: Point) -> Gaze:
    """At a thing, or across the room: a view should not be filled by the nearest wall."""
    aim = _thing_nearby(draw, scene, position) if draw.chance(0.5) else None
    if aim is None:
        aim = _far_point(draw, scene, position)
        pitch = draw.uniform(-35, 15) if draw.chance(0.4) else draw.normal(-8, 7)
        pitch = draw.normal(2, 6) if position[2] < 0.8 else pitch
    else:
        distance = float(np.linalg.norm(aim[:2] - position[:2]))
        pitch = math.degrees(math.atan2(aim[2] - position[2], distance)) + draw.normal(0, 4)
    roll = draw.normal(0, 6) if draw.chance(0.3) else draw.normal(0, 0.8)
    return Gaze(
        yaw=math.atan2(aim[1] - position[1], aim[0] - position[0]),
        pitch=math.radians(max(min(pitch, 15), -35)),
        roll=math.radians(roll),
    )


def _far_point(draw: Draw, scene: Scene, position: Point) -> Point:
    """The farthest of four random points of the room."""
    assert scene.interior is not None
    low, high = (np.array(corner) for corner in scene.interior)
    points = [low + (high - low) * draw.generator.random(3) for _ in range(4)]
    return max(points, key=lambda point: float(np.linalg.norm(point - position)))


def _thing_nearby(draw: Draw, scene: Scene, position: Point) -> Point | None:
    """Something 0.8-4 m away to look at, if one of a few random ones is."""
    for _ in range(8):
        thing = draw.choice(scene.primitives)
        centre = np.array(thing.centre)
        if thing.casts_shadow and 0.8 < np.linalg.norm(centre[:2] - position[:2]) < 4:
            return centre
    return None


def _there_and_back(
    start: Float64[np.ndarray, ' 3'], goal: Float64[np.ndarray, ' 3'], length: float, count: int
) -> Float64[np.ndarray, 'point 3']:
    """Positions that swing smoothly between two points."""
    distance = max(float(np.linalg.norm(goal - start)), 1e-6)
    phase = np.linspace(0, length / distance, count) * math.pi
    share = (1 - np.cos(phase)) / 2
    return start + share[:, None] * (goal - start)


def _sway(draw: Draw, time: Float64[np.ndarray, ' frame'], size: float) -> np.ndarray:
    """Slow smooth motion around zero."""
    total = np.zeros_like(time)
    for period in (7.0, 3.1, 1.3):
        total += (
            draw.uniform(-1, 1) * period * np.sin(math.tau * time / period + draw.uniform(0, 6))
        )
    return total * (size / 8)


def street_views(draw: Draw, scene: Scene, plan: StreetPlan, num_frames: int) -> list[Pose]:
    """Independent views from the road and the pavements."""
    space = FreeSpace(scene)
    poses = []
    for _ in range(num_frames):
        position = np.array([0.0, 0.0, 40.0])
        for _ in range(NUM_TRIES):
            on_road = draw.chance(0.7)
            reach = plan.half_width_m if on_road else plan.half_width_m + plan.pavement_m
            candidate = np.array(
                [
                    draw.uniform(0, plan.length_m),
                    draw.uniform(-reach, reach),
                    draw.uniform(1.0, 2.2),
                ]
            )
            if space.clearance(candidate) > CLEARANCE_M:
                position = candidate
                break
        yaw = draw.normal(0, 0.15) if draw.chance(0.6) else draw.normal(0, 0.7)
        yaw += math.pi if draw.chance(0.2) else 0.0
        gaze = Gaze(yaw=yaw, pitch=math.radians(draw.normal(-2, 4)), roll=draw.normal(0, 0.015))
        poses.append(pose_from_gaze(position, gaze))
    return poses


def street_path(draw: Draw, scene: Scene, plan: StreetPlan, num_frames: int) -> list[Pose]:
    """A car that drives along its lane, swaying a little."""
    space = FreeSpace(scene)
    height = draw.uniform(1.0, 2.0)
    x = np.linspace(0, plan.length_m, num_frames)
    lane = -(plan.half_width_m - 2.1) / 2 if plan.half_width_m > 4.5 else 0.0
    sway = _sway(draw, x / 8, 0.12)
    y = lane + draw.normal(0, 0.1) + sway
    line = np.stack([x, y, np.full(num_frames, height)], 1)
    while not space.is_free(line):
        line[:, 2] += 0.25
    slope = np.gradient(y, x) if num_frames > 1 else np.zeros(1)
    pitch, roll = math.radians(draw.normal(-1.5, 2.5)), draw.normal(0, 0.01)
    nod = _sway(draw, x / 4, 0.006)
    offset = draw.normal(0, 0.04)
    return [
        pose_from_gaze(
            line[i], Gaze(yaw=float(slope[i]) + offset, pitch=pitch + float(nod[i]), roll=roll)
        )
        for i in range(num_frames)
    ]
