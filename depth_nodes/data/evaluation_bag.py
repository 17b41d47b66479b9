"""A rosbag2 recording to be judged: frames with their truth, and what was predicted on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from jaxtyping import Float32
import numpy as np

from depth_nodes.data.bag_reader import bag_name, decode_image
from depth_nodes.data.bag_storage import deserialized
from depth_nodes.data.bag_truth import LidarTruth
from depth_nodes.data.clock_offset import ClockFinding
from depth_nodes.data.clock_probe import probe_clock
from depth_nodes.data.evaluation_topics import EvaluationTopics, find_topics, TopicNames
from depth_nodes.data.frame_decoder import FrameDecoder, SkippedFrameError
from depth_nodes.data.matched_frames import Matched, MatchedFrames, Tolerance
from depth_nodes.data.message_streams import MessageStreams, stamped
from depth_nodes.data.recorded_poses import RecordedPoses
from depth_nodes.data.recording import Recording
from depth_nodes.data.sample import Sample
from depth_nodes.data.skip_reason import EMPTY_TRUTH, NO_PREDICTION, NO_TRUTH, UNREADABLE
from depth_nodes.data.static_transforms import StaticTransforms, TF_TYPE
from depth_nodes.errors import ConfigError, DamagedBagError, InputError
from depth_nodes.messages.transform_tree import Pose

# A LiDAR is not triggered by the camera; at 10 Hz the nearest of its clouds is so near.
LIDAR_TOLERANCE_S = 0.05
MAX_TOLERANCE_S = 10.0


# What `EvaluationBag.facts` would say of a sequence folder.
FACTS_OF_FOLDER: Mapping[str, Any] = {
    'clock_offset_s': None,
    'warnings': [],
    'ground_truth': 'folder',
    'odometry': None,
    'missing_poses': '',
}


class EvaluationBag:
    """The frames of a recording that have ground truth, and a prediction where one was recorded.

    Topics that are not named are found by type and name. Memory is bounded whatever the size.

    Attributes:
        path, name: of the recording.
        topics: what is read.
        skipped: how many frames were passed over, by reason; of the newest iteration, as is
        num_read: how many images were looked at.

    Raises:
        InputError: no recording, topics that are missing or empty.
        MissingTopicError: a named topic is not there.
        ConfigError: no tolerance.
    """

    def __init__(
        self,
        path: Path | str,
        names: TopicNames | None = None,
        *,
        tolerance_s: float | None = None,
        is_prediction_read: bool = True,
        base_from_camera: Pose | None = None,
    ) -> None:
        """Opens a recording.

        Args:
            path: its folder, .mcap or .db3 file.
            names: topics that are not to be looked for.
            tolerance_s: how far the stamps of truth and image may differ; None: not at all, and
                LIDAR_TOLERANCE_S for a LiDAR.
            is_prediction_read: whether recorded predictions are looked for; else a model is run.
            base_from_camera: where the camera is on what odometry tells of; None: /tf_static
                tells.
        """
        if tolerance_s is not None and not 0 <= tolerance_s <= MAX_TOLERANCE_S:
            raise ConfigError(
                f'tolerance of {tolerance_s} s: give 0 to {MAX_TOLERANCE_S:g} seconds'
            )
        self.path = Path(path)
        self.name = bag_name(self.path)
        self._recording = Recording(self.path)
        known = self._recording.summary.topics
        self.topics: EvaluationTopics = find_topics(
            self.path, known, names or TopicNames(), is_prediction_read=is_prediction_read
        )
        self._tolerance_s = tolerance_s
        self._base_from_camera = base_from_camera
        self._missing_poses = ''
        self._decoder = FrameDecoder(self.topics, self._lidar())
        self.skipped: Counter[str] = Counter()
        self.num_read = 0
        self._num_frames = 0
        self._is_predicted = False
        self._first_error: InputError | None = None

    def __len__(self) -> int:
        """The images of the recording."""
        return self._recording.summary.topics[self.topics.image][1]

    @cached_property
    def clock(self) -> ClockFinding:
        """How the clock of the truth stands to the camera's; a few seconds are looked into."""
        return probe_clock(self._recording, self.topics, decode_image, self._probed_truth)

    @cached_property
    def base_from_camera(self) -> Pose | None:
        """Where the camera is on what odometry tells of; None where nobody tells."""
        if self._base_from_camera is not None:
            return self._base_from_camera
        poses, first = self._recorded_poses(), self._first(self.topics.image)
        return None if poses is None else poses.base_from_camera(first.header.frame_id)

    def facts(self) -> dict[str, Any]:
        """What the results of the recording say beside numbers, ready for JSON."""
        kind = 'lidar' if self.topics.is_lidar else 'topic'
        return {
            'skipped': dict(sorted(self.skipped.items())),
            'clock_offset_s': self.clock.offset_s,
            'warnings': [self.clock.reason] if self.clock.reason else [],
            'ground_truth': f'{kind} {self.topics.truth}',
            'odometry': self.topics.odometry,
            'missing_poses': self._missing_poses,
        }

    def __iter__(self) -> Iterator[Sample]:
        """The frames.

        Raises:
            InputError: after the last frame that can be compared: the recording is damaged, no
                frame has truth or prediction, or some cannot be read.
        """
        self._reset()
        topics = self.topics
        names = (
            *(topics.image, topics.camera_info, topics.truth),
            *(topics.prediction, topics.odometry),
        )
        streams = MessageStreams(self._recording.messages, [name for name in names if name])
        frames = MatchedFrames(streams, topics, self._tolerance())
        poses = self._recorded_poses(streams)
        for index, frame in enumerate(frames):
            self.num_read = index + 1
            try:
                sample = self._decoder.sample(f'{index:06d}', frame)
            except SkippedFrameError as skipped:
                self.skipped[skipped.reason] += 1
                self._first_error = self._first_error or skipped.error
                continue
            self._num_frames += 1
            if poses is not None:
                pose = poses.world_from_camera(frame.stamp_ns, sample.frame_id)
                sample = replace(sample, world_from_camera=pose)
                self._missing_poses = self._told(poses)
            prediction = sample.prediction_m
            self._is_predicted |= prediction is None or not np.isnan(prediction).all()
            yield sample
        self._check(frames, streams)

    def _reset(self) -> None:
        self.skipped.clear()
        self.num_read = self._num_frames = 0
        self._is_predicted = False
        self._missing_poses = ''
        self._first_error = None

    def _tolerance(self) -> Tolerance:
        default_s = LIDAR_TOLERANCE_S if self.topics.is_lidar else 0.0
        truth_s = default_s if self._tolerance_s is None else self._tolerance_s
        if self.clock.offset_s is not None:
            # The offset is known no better than to the nearest truth.
            truth_s = max(truth_s, self.clock.truth_period_s / 2)
        return Tolerance(
            truth_ns=round(truth_s * 1e9),
            prediction_ns=round((self._tolerance_s or 0.0) * 1e9),
            offset_ns=round((self.clock.offset_s or 0.0) * 1e9),
        )

    def _check(self, frames: MatchedFrames, streams: MessageStreams) -> None:
        """What is wrong with the frames as a whole."""
        if streams.damage is not None:
            raise streams.damage
        if streams.unreadable is not None:
            raise InputError(f'{self.path}: {streams.unreadable}')
        if self._num_frames == 0:
            raise self._nothing(frames)
        if self._first_error is not None:
            count = sum(n for reason, n in self.skipped.items() if reason.startswith(UNREADABLE))
            raise InputError(
                f'{self.path}: {count} of {self.num_read} frames cannot be read; the first: '
                f'{self._first_error}'
            )
        if not self._is_predicted:
            raise InputError(
                f'{self.path}: {self.topics.prediction} is NaN at every pixel of every frame; '
                'look at the diagnostics of the node that published it'
            )

    def _nothing(self, frames: MatchedFrames) -> InputError:
        """Why no frame could be compared: the most frequent reason."""
        reason = max(self.skipped, key=lambda one: self.skipped[one], default='')
        if reason == EMPTY_TRUTH:
            return InputError(
                f'{self.path}: {self.topics.truth} holds no depth in any image, only 0 or NaN; '
                'check the sensor, or choose another with --truth-topic'
            )
        for missing, topic, messages in (
            (NO_TRUTH, self.topics.truth, frames.truths),
            (NO_PREDICTION, self.topics.prediction, frames.predictions),
        ):
            if reason == missing and messages is not None:
                gap_ns = messages.smallest_gap_ns
                near = (
                    'none was read' if gap_ns is None else f'the nearest is {gap_ns / 1e9:g} s off'
                )
                return InputError(
                    f'{self.path}: no message of {topic} has the stamp of an image ({near}); '
                    'allow more with --tolerance-s, or make the clocks agree'
                )
        if self._first_error is not None:
            return InputError(f'{self.path}: no frame can be read; the first: {self._first_error}')
        return InputError(
            f'{self.path} holds none of the {len(self)} images that its metadata.yaml names; '
            'rebuild it with `ros2 bag reindex`'
        )

    def _recorded_poses(self, streams: MessageStreams | None = None) -> RecordedPoses | None:
        """Read along with other topics, or alone."""
        topic = self.topics.odometry
        if topic is None:
            return None
        streams = streams or MessageStreams(self._recording.messages, [topic])
        odometry = streams.of_topic(topic, is_needed=False)
        transforms = StaticTransforms(self._static_transforms())
        return RecordedPoses(odometry, transforms, self._base_from_camera)

    def _told(self, poses: RecordedPoses) -> str:
        """Of how many images the pose is unknown, and why; empty: of none."""
        missing = self._num_frames - poses.num_known
        return f'{missing} images have no pose: {poses.problem}' if missing else ''

    def _lidar(self) -> LidarTruth | None:
        if not self.topics.is_lidar:
            return None
        name = self.topics.image.removesuffix('/compressed')
        transforms = StaticTransforms(self._static_transforms())
        return LidarTruth(transforms, is_rectified='rect' in name.rpartition('/')[2])

    def _static_transforms(self) -> Iterator[Any]:
        known = self._recording.summary.topics
        names = [
            name
            for name, (kind, _) in known.items()
            if kind == TF_TYPE and name.endswith('/tf_static')
        ]
        with suppress(DamagedBagError):  # said when the frames are through
            yield from map(deserialized, self._recording.messages(names) if names else ())

    def _probed_truth(self, message: Any) -> Float32[np.ndarray, 'height width']:
        image, info, size_px = self._first_frame
        return self._decoder.truth(Matched(0, image, info, message, None), size_px)[0]

    @cached_property
    def _first_frame(self) -> tuple[Any, Any, tuple[int, int]]:
        """The first image and CameraInfo, and the image's size, (height, width)."""
        image, info = map(self._first, (self.topics.image, self.topics.camera_info))
        height, width = decode_image(image).shape[:2]
        return image, info, (height, width)

    def _first(self, topic: str) -> Any:
        raw = next(self._recording.messages([topic]), None)
        if raw is None:
            raise InputError(f'{self.path} has no messages on {topic}; record it again')
        return stamped(raw).message
