"""The parameters of `player_node`."""

from __future__ import annotations

from dataclasses import dataclass

from depth_nodes.ros.frame import PlaybackConfig
from depth_nodes.ros.parameters import parameter
from depth_nodes.ros.topics import COMPARED, DEPTH


@dataclass(frozen=True, kw_only=True)
class PlayerParameters:
    """What the user can set; all are read once, at start."""

    source: str = parameter('', 'Sequence folder, video file or rosbag2 (folder, .mcap, .db3)')
    rate: float = parameter(1.0, 'Speed, times real time', minimum=0.001, maximum=1000.0)
    mode: str = parameter(
        'realtime',
        'realtime keeps the times of the source, fast publishes without a pause, step waits for '
        'depth/image_rect of a frame before the next, or for its comparison where it waits for '
        'evaluator_node',
        choices=('realtime', 'fast', 'step'),
    )
    loop: bool = parameter(False, 'Whether to start again at the end')
    max_frames: int = parameter(0, 'Stop after this many; 0: all', minimum=0, maximum=2**31 - 1)
    wait_for_subscribers: int = parameter(
        1, 'Subscribers of the image to wait for before the first frame', minimum=0, maximum=100
    )
    wait_for_depth: bool = parameter(
        False, 'Whether to wait for a publisher of depth/image_rect too'
    )
    wait_for_evaluator: bool = parameter(
        False, 'Whether to wait for evaluator_node too, once it sees depth/image_rect'
    )
    wait_timeout_s: float = parameter(
        30.0, 'Play anyway after waiting for so long [s]', minimum=0.0, maximum=3600.0
    )
    step_timeout_s: float = parameter(
        10.0, 'In mode step, go on after waiting for so long [s]', minimum=0.01, maximum=3600.0
    )
    stamps: str = parameter(
        'auto',
        'Header stamps: now, recorded, or auto: recorded for bags, now for everything else; '
        'recorded ones of sequences and videos begin at 1 s, those that a bag lacks are the times '
        'of recording',
        choices=('auto', 'now', 'recorded'),
    )
    publish_clock: bool = parameter(
        False, 'Whether to publish the time of the stamps on /clock, for nodes with use_sim_time'
    )
    image_transport: str = parameter(
        'raw',
        'raw decodes the compressed images of a bag to rgb8 on image, compressed passes them on '
        'as image/compressed',
        choices=('raw', 'compressed'),
    )
    fx_px: float = parameter(
        0.0, 'Focal length where the source has none; 0: unknown', minimum=0.0, maximum=1e5
    )
    frame_id: str = parameter('', 'Coordinate frame of the camera; empty: as in the source')
    reliability: str = parameter(
        'reliable', 'QoS of the publishers', choices=('reliable', 'best_effort')
    )
    image_topic: str = parameter('', 'Topic in the bag; empty: found by type and name')
    camera_info_topic: str = parameter('', 'Topic in the bag; empty: found by type and name')
    ground_truth_topic: str = parameter('', 'Topic in the bag; empty: found by type and name')
    odometry_topic: str = parameter('', 'Topic in the bag; empty: /odom or the only one')

    @property
    def answer_topic(self) -> str:
        """What tells, in mode step, that a frame has been worked on."""
        return COMPARED if self.wait_for_evaluator else DEPTH

    @property
    def awaited_topics(self) -> list[str]:
        """What others must publish before the first frame."""
        wanted = {DEPTH: self.wait_for_depth, COMPARED: self.wait_for_evaluator}
        return [topic for topic, is_wanted in wanted.items() if is_wanted]

    @property
    def playback(self) -> PlaybackConfig:
        """How to read the source."""
        return PlaybackConfig(
            fx_px=self.fx_px,
            frame_id=self.frame_id,
            image_transport=self.image_transport,
            image_topic=self.image_topic,
            camera_info_topic=self.camera_info_topic,
            ground_truth_topic=self.ground_truth_topic,
            odometry_topic=self.odometry_topic,
        )

    def keeps_stamps(self, has_recorded_stamps: bool) -> bool:
        """Whether the stamps of the source stay, which may be recorded ones."""
        return self.stamps == 'recorded' or (self.stamps == 'auto' and has_recorded_stamps)
