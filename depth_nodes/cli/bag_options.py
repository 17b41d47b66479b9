"""Options of commands that read recordings: which topics, and how stamps are matched."""

from __future__ import annotations

import argparse

from depth_nodes.errors import ConfigError
from depth_nodes.messages.transform_tree import Pose, pose_from_text

BAG_ONLY = (
    'image_topic', 'camera_info_topic', 'truth_topic', 'prediction_topic', 'tolerance_s',
    'odom_topic', 'base_from_camera',
)  # fmt: skip


def add_image_topic_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds --image-topic and --camera-info-topic."""
    parser.add_argument(
        '--image-topic', metavar='TOPIC', help='images of a bag with several cameras'
    )
    parser.add_argument(
        '--camera-info-topic', metavar='TOPIC', help='default: the one beside the images'
    )


def add_truth_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds --truth-topic and --tolerance-s, and which images they are the truth of."""
    add_image_topic_arguments(parser)
    parser.add_argument(
        '--truth-topic',
        metavar='TOPIC',
        help='depth images (raw or compressedDepth) or the clouds of a LiDAR; default: '
        'ground_truth/image_rect, a depth camera, or a LiDAR',
    )
    parser.add_argument(
        '--tolerance-s',
        type=float,
        metavar='S',
        help='how far the stamps of truth and image may differ; default: 0, for a LiDAR 0.05',
    )


def add_prediction_argument(parser: argparse.ArgumentParser) -> None:
    """Adds --prediction-topic."""
    parser.add_argument(
        '--prediction-topic',
        metavar='TOPIC',
        help='recorded depth to judge, without running a model; default: depth/image_rect where '
        'it is recorded and no --model is given',
    )


def add_pose_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds --odom-topic and --base-from-camera."""
    parser.add_argument(
        '--odom-topic',
        metavar='TOPIC',
        help='nav_msgs/Odometry of the robot, for models of several frames and for flicker; '
        'default: /odom, or the only one',
    )
    parser.add_argument(
        '--base-from-camera',
        type=pose_argument,
        metavar='"X Y Z QX QY QZ QW"',
        help='pose of the optical frame of the camera in the child_frame_id of the odometry [m]; '
        'default: what /tf_static tells',
    )


def pose_argument(text: str) -> Pose:
    """A pose from seven numbers."""
    try:
        return pose_from_text(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f'{text!r} must be "x y z qx qy qz qw", metres and a quaternion'
        ) from error


def refuse_bag_options(arguments: argparse.Namespace) -> None:
    """For a source that is no recording.

    Raises:
        ConfigError: an option is given that would change nothing.
    """
    for name in BAG_ONLY:
        if getattr(arguments, name, None) is not None:
            option = f'--{name.replace("_", "-")}'
            raise ConfigError(f'{option} is for recordings; give --bag, or leave it away')
