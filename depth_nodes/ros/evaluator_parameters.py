"""The parameters of `evaluator_node`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast, get_args

from depth_nodes.evaluation.crop import Crop
from depth_nodes.evaluation.evaluation_config import Align, EvaluationConfig
from depth_nodes.ros.parameters import parameter


@dataclass(frozen=True, kw_only=True)
class EvaluatorParameters:
    """What the user can set; all are read once, at start."""

    output: str = parameter(
        'evaluation', 'Folder for report.json, frames.npz and, with a source, evaluation.json'
    )
    source: str = parameter(
        '',
        'Sequence folder or rosbag2 that player_node plays under its recorded stamps: the truth '
        'is read from it as `depth_nodes evaluate` does; empty: it comes on '
        'ground_truth/image_rect',
    )
    rate: float = parameter(
        1.0,
        'Speed of player_node, times real time; 1 where it steps. Ages are told in the time of '
        'the recording',
        minimum=0.001,
        maximum=1000.0,
    )
    align: str = parameter(
        'none', 'How each image is aligned to its truth first', choices=get_args(Align)
    )
    crop: str = parameter(
        'none', 'Pixels at the borders that do not count', choices=get_args(Crop)
    )
    boundaries: bool = parameter(False, 'Whether to compare the edges of depth too')
    min_depth_m: float = parameter(
        0.1, 'Ground truth below does not count [m]', minimum=0.001, maximum=1000.0
    )
    max_depth_m: float = parameter(
        80.0, 'Ground truth beyond does not count [m]', minimum=0.001, maximum=1000.0
    )
    expected_frames: int = parameter(
        0, 'End when so many have arrived; 0: unknown', minimum=0, maximum=2**31 - 1
    )
    idle_timeout_s: float = parameter(
        3.0, 'End so long after the last message [s]', minimum=0.1, maximum=3600.0
    )
    image_transport: str = parameter(
        'raw',
        'raw subscribes to image, compressed to image/compressed',
        choices=('raw', 'compressed'),
    )
    queue_depth: int = parameter(10, 'Messages kept per topic', minimum=1, maximum=1000)
    image_topic: str = parameter('', 'Topic in the bag; empty: found by type and name')
    camera_info_topic: str = parameter('', 'Topic in the bag; empty: found by type and name')
    ground_truth_topic: str = parameter(
        '', 'Depth images or LiDAR clouds in the bag; empty: found by type and name'
    )
    odometry_topic: str = parameter('', 'Topic in the bag; empty: /odom or the only one')
    base_from_camera: str = parameter(
        '',
        'Pose of the optical frame of the camera in that which odometry in the bag tells of: "x y '
        'z qx qy qz qw" [m]; empty: from /tf_static in the bag',
    )
    tolerance_s: float = parameter(
        -1.0,
        'How far the stamps of truth and image in the bag may differ [s]; below 0: not at all, '
        'for a LiDAR 0.05',
        minimum=-1.0,
        maximum=10.0,
    )

    @property
    def config(self) -> EvaluationConfig:
        """How depth and truth are compared.

        Raises:
            ConfigError: the range is none.
        """
        return EvaluationConfig(
            align=cast(Align, self.align),
            crop=cast(Crop, self.crop),
            min_depth_m=self.min_depth_m,
            max_depth_m=self.max_depth_m,
        )
