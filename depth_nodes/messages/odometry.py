"""nav_msgs/Odometry: where the base of a robot is, or its camera."""

from __future__ import annotations

from typing import Any

from depth_nodes.messages.transform_tree import Pose, pose_from_values, values_from_pose

WORLD_FRAME = 'odom'


def pose_from_odometry(message: Any) -> Pose | None:
    """The pose [m]; None where a message holds none, as one that nobody has filled."""
    position, turn = message.pose.pose.position, message.pose.pose.orientation
    values = [position.x, position.y, position.z, turn.x, turn.y, turn.z, turn.w]
    try:
        return pose_from_values(values)
    except ValueError:
        return None


def fill_odometry(message: Any, pose: Pose, child_frame_id: str) -> None:
    """Writes the pose [m] of a frame; velocities and covariances stay as they are."""
    message.child_frame_id = child_frame_id
    message.header.frame_id = WORLD_FRAME
    position, turn = message.pose.pose.position, message.pose.pose.orientation
    position.x, position.y, position.z, turn.x, turn.y, turn.z, turn.w = values_from_pose(pose)
