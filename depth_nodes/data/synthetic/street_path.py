"""Where the camera is in a street: on cars, trucks, small robots and people on foot."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math

from jaxtyping import Float64
import numpy as np

from depth_nodes.data.synthetic.camera_path import FreeSpace, Gaze, Pose, pose_from_gaze, sway
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import Scene
from depth_nodes.data.synthetic.street_plan import StreetPlan

NUM_TRIES = 40
CLEARANCE_M = 0.6
SIDEWAYS_DEG = 60.0


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """What carries the camera.

    Attributes:
        across_m: where it drives or walks, across the road.
        gaze: of the optical axis from the road's direction and slope.
    """

    across_m: float
    height_m: float
    gaze: Gaze

    @classmethod
    def drawn(cls, draw: Draw, plan: StreetPlan) -> Carrier:
        """Mostly a car that looks ahead; cars that look aside, trucks, robots and people."""
        kind = draw.uniform(0, 1)
        if kind < 0.7:
            return cls.car(draw, plan)
        if kind < 0.8:
            aside = math.radians(draw.uniform(-SIDEWAYS_DEG, SIDEWAYS_DEG))
            car = cls.car(draw, plan)
            return replace(car, gaze=replace(car.gaze, yaw=aside))
        if kind < 0.86:
            return replace(cls.car(draw, plan), height_m=draw.uniform(2.2, 2.8))
        return cls._on_pavement(draw, plan, is_robot=kind < 0.93)

    @classmethod
    def car(cls, draw: Draw, plan: StreetPlan) -> Carrier:
        """A camera behind the windscreen or on the roof of a car."""
        height = draw.normal(1.65, 0.06) if draw.chance(0.4) else draw.uniform(1.2, 1.9)
        yaw = draw.normal(0, 0.03) if draw.chance(0.7) else draw.normal(0, 0.15)
        pitch = math.radians(min(max(draw.normal(-0.5, 1.4), -3.5), 3.5))
        return cls(
            across_m=plan.camera_lane + draw.normal(0, 0.12),
            height_m=height,
            gaze=Gaze(yaw=yaw, pitch=pitch, roll=draw.normal(0, 0.01)),
        )

    @classmethod
    def _on_pavement(cls, draw: Draw, plan: StreetPlan, is_robot: bool) -> Carrier:
        """A delivery robot or somebody with a camera in hand."""
        side = draw.choice(plan.sides)
        across = side.sign * (side.kerb_m + side.pavement_m * draw.uniform(0.2, 0.8))
        yaw = draw.normal(0, 0.15) if draw.chance(0.6) else draw.uniform(-1.2, 1.2)
        pitch = draw.uniform(-4, 8) if is_robot else min(max(draw.normal(-2, 4), -9), 6)
        return cls(
            across_m=across,
            height_m=draw.uniform(0.3, 1.2) if is_robot else draw.uniform(1.45, 1.7),
            gaze=Gaze(
                yaw=yaw, pitch=math.radians(pitch), roll=draw.normal(0, 0.01 if is_robot else 0.03)
            ),
        )

    def turned_around(self, plan: StreetPlan) -> Carrier:
        """The same on the other side of the road, with the oncoming traffic."""
        across = plan.other_lanes[0] if plan.other_lanes else self.across_m
        yaw = self.gaze.yaw + math.pi
        return replace(self, across_m=across, gaze=replace(self.gaze, yaw=yaw))


def street_views(draw: Draw, scene: Scene, plan: StreetPlan, num_frames: int) -> list[Pose]:
    """Independent views from the road and the pavements."""
    space = FreeSpace(scene)
    poses = []
    for _ in range(num_frames):
        best, best_room = np.eye(4), -math.inf
        for _ in range(NUM_TRIES):
            carrier = Carrier.drawn(draw, plan)
            if draw.chance(0.2) and plan.other_lanes:
                carrier = carrier.turned_around(plan)
            along = np.array([draw.uniform(0, plan.length_m)])
            pose = poses_along(plan, carrier, along)[0]
            room = space.clearance(pose[:3, 3]) - _needed(carrier)
            if room > best_room:
                best, best_room = pose, room
            if room > 0:
                break
        poses.append(best)
    return poses


def street_path(draw: Draw, scene: Scene, plan: StreetPlan, num_frames: int) -> list[Pose]:
    """A drive or walk along the street, swaying a little."""
    space = FreeSpace(scene)
    along = np.linspace(0, plan.length_m, num_frames)
    motion = sway(draw, along / 8, 0.08), sway(draw, along / 4, 0.005)
    best: list[Pose] = []
    best_room = -math.inf
    for attempt in range(NUM_TRIES):
        # The road is free where the pavement may not be.
        is_any = attempt < NUM_TRIES // 4
        carrier = Carrier.drawn(draw, plan) if is_any else Carrier.car(draw, plan)
        poses = poses_along(plan, carrier, along, motion)
        room = min(space.clearance(pose[:3, 3]) for pose in poses) - _needed(carrier)
        if room > best_room:
            best, best_room = poses, room
        if room > 0:
            break
    return best


def _needed(carrier: Carrier) -> float:
    """Free distance around the camera [m]; a low camera is that near to the ground."""
    return min(CLEARANCE_M, 0.9 * carrier.height_m - 0.12)


def poses_along(
    plan: StreetPlan,
    carrier: Carrier,
    along: Float64[np.ndarray, ' frame'],
    motion: tuple[Float64[np.ndarray, ' frame'], Float64[np.ndarray, ' frame']] | None = None,
) -> list[Pose]:
    """Poses at places along the road; the gaze follows its bends and slopes.

    `motion`: to the left [m], and pitch [rad], of every pose.
    """
    aside_m, nod = motion or (np.zeros_like(along), np.zeros_like(along))
    points, heading = plan.line.points(along, carrier.across_m)
    left = np.stack([-np.sin(heading), np.cos(heading), np.zeros_like(along)], 1)
    ahead, _ = plan.line.points(along + 1.0, carrier.across_m)
    rise = np.arctan2(ahead[:, 2] - points[:, 2], 1.0)
    points = points + left * aside_m[:, None] + (0, 0, carrier.height_m)
    drift = np.gradient(aside_m, along) if np.ptp(along) > 0 else aside_m * 0
    # A camera that looks back sees the slope with the other sign.
    seen_rise = rise * math.cos(carrier.gaze.yaw)
    return [
        pose_from_gaze(
            points[i],
            Gaze(
                yaw=carrier.gaze.yaw + float(heading[i] + drift[i]),
                pitch=carrier.gaze.pitch + float(seen_rise[i] + nod[i]),
                roll=carrier.gaze.roll,
            ),
        )
        for i in range(len(along))
    ]
