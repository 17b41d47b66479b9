"""Choosing viewpoints, and moving cameras from them, in rooms and yards alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import math

from jaxtyping import Float64
import numpy as np

from depth_nodes.data.synthetic.camera_path import (
    FreeSpace,
    Gaze,
    Point,
    Pose,
    pose_from_gaze,
    sway,
    there_and_back,
)
from depth_nodes.data.synthetic.coarse_view import CoarseView, FAR_M
from depth_nodes.data.synthetic.draw import Draw, Span
from depth_nodes.data.synthetic.scene import Scene, SceneConfig
from depth_nodes.data.synthetic.yard_ground import Ground

NUM_TRIES = 40
NEAR_M, MOST_NEAR = 0.5, 0.25
LEAST_FILLED = 0.35  # less is a view of the sky


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """What carries the camera.

    Attributes:
        height_m: above the ground or table.
        clearance_m: the least distance from solids; the ground does not count.
        speed_mps: on a path, metres a second.
        pitch_deg: lowest and highest.
        is_robot: drives where it looks and holds the camera level.
    """

    height_m: Span
    clearance_m: float
    speed_mps: Span
    pitch_deg: Span
    is_robot: bool = False


@dataclass(frozen=True, kw_only=True)
class Viewpoint:
    """Where a camera is, and where it looks."""

    position: Point
    gaze: Gaze
    carrier: Carrier

    @property
    def pose(self) -> Pose:
        """World from camera."""
        return pose_from_gaze(self.position, self.gaze)


class Surroundings:
    """A scene as its cameras know it: free space, a coarse view, the ground, things to look at.

    Args:
        scene: a room or yard.
        ground: its leading solids.
        near_m: where a median depth begins to be a good view's.
    """

    def __init__(self, scene: Scene, ground: Ground, near_m: float) -> None:
        self.ground, self.near_m = ground, near_m
        if scene.interior is not None:
            self.low, self.high = (np.array(corner) for corner in scene.interior)
        else:
            x, y = ground.half_m
            self.low, self.high = np.array([-x, -y, 0.0]), np.array([x, y, 3.0])
        self.space = FreeSpace(scene)
        self.view = CoarseView(scene)
        things = [part.centre for part in scene.primitives if part.casts_shadow]
        self.things = np.array(things).reshape(-1, 3)

    def clearance(self, position: Point) -> float:
        """Distance [m] to the nearest solid that is no ground."""
        return self.space.clearance(position, len(self.ground.parts))

    def interest(self, viewpoint: Viewpoint) -> float:
        """How many solids a view shows, less where a near one fills it; 0 where it is no good."""
        if self.clearance(viewpoint.position) < viewpoint.carrier.clearance_m:
            return 0.0
        glance = self.view.look(viewpoint.pose)
        if glance.near_share(NEAR_M) > MOST_NEAR or glance.near_share(FAR_M) < LEAST_FILLED:
            return 0.0
        return glance.num_solids * min(glance.median_m / self.near_m, 1.0)

    def free_point(self, draw: Draw, carrier: Carrier) -> Point:
        """A random point that is free, or the freest of some."""
        best, best_clearance = np.zeros(3), -math.inf
        height = min(draw.uniform(*carrier.height_m), float(self.high[2]) - 0.4)
        for _ in range(NUM_TRIES):
            x, y = (draw.uniform(self.low[i] + 0.3, self.high[i] - 0.3) for i in (0, 1))
            point = np.array([x, y, height + self.ground.height_m(x, y)])
            clearance = self.clearance(point)
            if clearance > carrier.clearance_m:
                return point
            if clearance > best_clearance:
                best, best_clearance = point, clearance
        return best

    def far_point(self, draw: Draw, position: Point) -> Point:
        """The farther of three random points of the free box."""
        points = [self.low + (self.high - self.low) * draw.generator.random(3) for _ in range(3)]
        return max(points, key=lambda point: float(np.linalg.norm(point - position)))

    def thing_nearby(self, draw: Draw, position: Point, reach_m: Span) -> Point | None:
        """The middle of a solid to look at, if there is one in reach."""
        distance = np.linalg.norm(self.things[:, :2] - position[:2], axis=1)
        near = np.nonzero((distance > reach_m[0]) & (distance < reach_m[1]))[0]
        return self.things[draw.choice(near.tolist())] if len(near) else None


Proposal = Callable[[Draw, Surroundings], Viewpoint]


def gaze_towards(
    draw: Draw, carrier: Carrier, offset: Point, pitch_deg: float, roll_share: float
) -> Gaze:
    """About along an offset; `roll_share` of the cameras are held askew."""
    roll = draw.normal(0, 9) if draw.chance(roll_share) else draw.normal(0, 0.8)
    low, high = carrier.pitch_deg
    return Gaze(
        yaw=math.atan2(offset[1], offset[0]) + draw.normal(0, 0.12),
        pitch=math.radians(max(min(pitch_deg, high), low)),
        roll=math.radians(max(min(roll, 25), -25)),
    )


def gaze_at(draw: Draw, carrier: Carrier, offset: Point, spread_deg: float) -> Gaze:
    """At the end of an offset, held in the hand."""
    pitch = math.degrees(math.atan2(offset[2], float(np.linalg.norm(offset[:2]))))
    pitch += draw.normal(0, spread_deg)
    return gaze_towards(draw, carrier, offset, pitch, roll_share=0.35)


def best_viewpoint(
    draw: Draw, around: Surroundings, proposals: tuple[Proposal, Proposal], most: int = 3
) -> Viewpoint:
    """The most interesting of up to `most` good viewpoints.

    The second proposal takes over where the first finds none; its last word stands.
    """
    good: list[tuple[float, Viewpoint]] = []
    wanted = draw.whole(1, most)
    for attempt in range(NUM_TRIES):
        propose = proposals[attempt * 2 >= NUM_TRIES and not good]
        candidate = propose(draw, around)
        interest = around.interest(candidate)
        if interest > 0:
            good.append((interest, candidate))
            if len(good) == wanted:
                break
    if good:
        return max(good, key=lambda pair: pair[0])[1]
    last = [proposals[1](draw, around) for _ in range(8)]
    return max(last, key=lambda candidate: around.clearance(candidate.position))


def path_from(
    draw: Draw,
    around: Surroundings,
    start: Viewpoint,
    config: SceneConfig,
) -> list[Pose]:
    """A smooth path that starts at a viewpoint and keeps clear of solids.

    Its frames are about `frame_spacing_m` apart, or as the carrier's speed has it. Where there is
    no room they are nearer to each other, and at worst do not move.
    """
    time = np.arange(config.num_frames) / config.rate_hz
    for attempt in range(NUM_TRIES):
        # With every failure the camera moves and turns less.
        poses = _moving(draw, around, start, time, 0.85**attempt, config.frame_spacing_m)
        least = start.carrier.clearance_m - 0.04
        checked = poses[:: max(config.num_frames // 6, 1)]
        if all(around.clearance(pose[:3, 3]) > least for pose in poses) and all(
            around.view.look(pose).near_share(NEAR_M) < MOST_NEAR + 0.05 for pose in checked
        ):
            return poses
    return [start.pose] * config.num_frames


def _moving(
    draw: Draw,
    around: Surroundings,
    start: Viewpoint,
    time: Float64[np.ndarray, ' frame'],
    extent: float,
    spacing_m: float | None,
) -> list[Pose]:
    """Poses along a line, with sway; robots drive where they look, hands go anywhere."""
    gaze, length = start.gaze, draw.uniform(*start.carrier.speed_mps) * float(time[-1]) * extent
    if start.carrier.is_robot:
        yaw = gaze.yaw + draw.normal(0, 0.1) + (math.pi if draw.chance(0.1) else 0.0)
        step = np.array([math.cos(yaw), math.sin(yaw), 0.0])
        sizes = (0.05, 0.008, 0.006, 0.002)
    else:
        step = draw.generator.normal(0, 1, 3) * (1, 1, 0.4)
        step /= np.linalg.norm(step)
        sizes = (0.15, 0.06, 0.05, 0.02)
    if spacing_m is None:
        goal = start.position + step * max(length, 0.3)
        line = there_and_back(start.position, goal, length, len(time))
    else:
        line = start.position + np.arange(len(time))[:, None] * (spacing_m * extent) * step
    rise = [around.ground.height_m(x, y) for x, y, _ in line]
    turn = max(min(draw.uniform(-0.3, 0.3) * float(time[-1]) * extent, 1.2), -1.2)
    swing = turn * np.sin(np.linspace(0, 1, len(time)) * math.pi / 2)
    yaw_sway, pitch_sway, roll_sway, bob = (sway(draw, time, size * extent) for size in sizes)
    # The path starts at the view that was found good.
    moves = [values - values[0] for values in (yaw_sway + swing, pitch_sway, roll_sway, bob)]
    return [
        pose_from_gaze(
            line[i] + (0, 0, moves[3][i] + rise[i] - rise[0]),
            Gaze(
                yaw=gaze.yaw + float(moves[0][i]),
                pitch=gaze.pitch + float(moves[1][i]),
                roll=gaze.roll + float(moves[2][i]),
            ),
        )
        for i in range(len(time))
    ]
