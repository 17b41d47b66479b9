"""What the player publishes: sequence folders, videos and bags as frames of serialised messages."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
import logging
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from rclpy.serialization import serialize_message
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from depth_nodes.data.bag import BagReader, raw_messages
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence
from depth_nodes.data.video import VideoReader
from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera, fill_camera_info
from depth_nodes.messages.depth import DepthImageWriter
from depth_nodes.messages.image import fill_image
from depth_nodes.ros.cdr import stamp_ns_from_cdr

IMAGE, COMPRESSED_IMAGE = 'image', 'image/compressed'
CAMERA_INFO, GROUND_TRUTH = 'camera_info', 'ground_truth/image_rect'
TYPES = {
    IMAGE: Image,
    COMPRESSED_IMAGE: CompressedImage,
    CAMERA_INFO: CameraInfo,
    GROUND_TRUTH: Image,
}
BAG_SUFFIXES = ('.mcap', '.db3')
ASSUMED_FOV_DEG = 60.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Messages that belong together.

    Attributes:
        time_ns: when to publish, after the first frame.
        stamp_ns: the stamp in the source.
        messages: topic and CDR bytes, in the order of publishing: the camera before its image.
    """

    time_ns: int
    stamp_ns: int
    messages: tuple[tuple[str, bytes], ...]

    @property
    def has_image(self) -> bool:
        """Whether it is more than late ground truth."""
        return any(topic in (IMAGE, COMPRESSED_IMAGE) for topic, _ in self.messages)


class Playback(Protocol):
    """A source of frames; can be iterated again for another round."""

    topics: tuple[str, ...]
    period_ns: int
    has_recorded_stamps: bool

    def __iter__(self) -> Iterator[Frame]: ...


@dataclass(frozen=True, kw_only=True)
class PlaybackConfig:
    """How a source is read.

    Attributes:
        fx_px: focal length where the source has no intrinsics; 0: unknown.
        frame_id: replaces the frame of the source, except in bags; empty: as it is.
        image_topic: in a bag; empty: found by type and name. The other two alike.
    """

    fx_px: float = 0.0
    frame_id: str = ''
    image_topic: str = ''
    camera_info_topic: str = ''
    ground_truth_topic: str = ''


def open_playback(source: str, config: PlaybackConfig) -> Playback:
    """Recognises a sequence folder, a bag (folder, .mcap, .db3) or a video file.

    Raises:
        InputError: there is nothing, or nothing of these.
    """
    path = Path(source)
    if not source or not path.exists():
        raise InputError(
            f'parameter source is {source!r}: no such file or folder; give a sequence folder, a '
            'video file or a rosbag2'
        )
    if path.suffix in BAG_SUFFIXES or (path / 'metadata.yaml').is_file():
        return BagPlayback(path, config)
    if path.is_file():
        video = VideoReader(path, None)
        return SamplePlayback(video, video.rate_hz, config, has_truth=False)
    sequence = Sequence(path)
    has_truth = (path / 'depth').is_dir() and sequence.metadata.get('depth_is') != 'disparity_px'
    return SamplePlayback(sequence, sequence.rate_hz, config, has_truth=has_truth)


class SamplePlayback:
    """Samples of a sequence folder or a video at a constant rate."""

    has_recorded_stamps = False

    def __init__(
        self, samples: Iterable[Sample], rate_hz: float, config: PlaybackConfig, *, has_truth: bool
    ) -> None:
        self._samples = samples
        self._config = config
        self.period_ns = round(1e9 / rate_hz)
        self.topics = (CAMERA_INFO, IMAGE) + ((GROUND_TRUTH,) if has_truth else ())
        self._has_warned = False

    def __iter__(self) -> Iterator[Frame]:
        for index, sample in enumerate(self._samples):
            messages: list[tuple[str, Any]] = [
                (CAMERA_INFO, self._camera_info(sample)),
                (IMAGE, Image()),
            ]
            fill_image(messages[1][1], sample.image)
            if sample.depth_m is not None and GROUND_TRUTH in self.topics:
                messages.append((GROUND_TRUTH, _ground_truth(sample)))
            for _, message in messages:
                message.header.frame_id = self._config.frame_id or sample.frame_id
            time_ns = index * self.period_ns
            serialised = tuple((topic, serialize_message(message)) for topic, message in messages)
            yield Frame(time_ns=time_ns, stamp_ns=time_ns, messages=serialised)

    def _camera_info(self, sample: Sample) -> CameraInfo:
        message = CameraInfo()
        fill_camera_info(message, self._camera(sample))
        camera = sample.camera
        if camera is not None and camera.is_distorted:
            message.distortion_model = camera.distortion_model
            message.d = list(camera.distortion)
        return message

    def _camera(self, sample: Sample) -> Camera:
        if sample.camera is not None:
            return sample.camera
        height, width = sample.image.shape[:2]
        camera = Camera.from_fov(width, height, ASSUMED_FOV_DEG)
        if self._config.fx_px > 0:
            return replace(camera, fx_px=self._config.fx_px, fy_px=self._config.fx_px)
        if not self._has_warned:
            self._has_warned = True
            logger.warning(
                'the source has no focal length: %.0f degrees of view are assumed, so depth will '
                'have a wrong scale; set fx_px',
                ASSUMED_FOV_DEG,
            )
        return camera


class BagPlayback:
    """The messages of a rosbag2 as they were recorded, byte for byte.

    Whatever the order of the recording is, every image comes after its CameraInfo.
    """

    has_recorded_stamps = True

    def __init__(self, path: Path, config: PlaybackConfig) -> None:
        reader = BagReader(
            path,
            image_topic=config.image_topic or None,
            camera_info_topic=config.camera_info_topic or None,
            ground_truth_topic=config.ground_truth_topic or None,
        )
        is_compressed = reader.topics[reader.image_topic][0].endswith('CompressedImage')
        self._image = COMPRESSED_IMAGE if is_compressed else IMAGE
        self._path = path
        self._names = {reader.image_topic: self._image}
        if reader.ground_truth_topic:
            self._names[reader.ground_truth_topic] = GROUND_TRUTH
        self.topics = (CAMERA_INFO, *self._names.values())
        self.period_ns = round(1e9 / reader.rate_hz)
        self._cameras = sorted(
            (stamp_ns_from_cdr(cdr), cdr)
            for _, _, _, cdr in raw_messages(path, [reader.camera_info_topic])
        )

    def __iter__(self) -> Iterator[Frame]:
        start_ns: int | None = None
        for name, _, time_ns, cdr in raw_messages(self._path, list(self._names)):
            start_ns = time_ns if start_ns is None else start_ns
            stamp_ns, topic = stamp_ns_from_cdr(cdr), self._names[name]
            messages = ((topic, cdr),)
            if topic == self._image:
                messages = ((CAMERA_INFO, self._camera(stamp_ns)), *messages)
            yield Frame(time_ns=time_ns - start_ns, stamp_ns=stamp_ns, messages=messages)

    def _camera(self, stamp_ns: int) -> bytes:
        """The newest camera that is not newer than the image, else the first one."""
        index = bisect.bisect_right(self._cameras, stamp_ns, key=lambda camera: camera[0])
        return self._cameras[max(index - 1, 0)][1]


def _ground_truth(sample: Sample) -> Image:
    """32FC1 of the image's size, NaN where unknown and between the samples of a coarser grid."""
    height, width = sample.image.shape[:2]
    truth_m = np.full((height, width), np.nan, np.float32)
    step = sample.depth_stride
    grid = truth_m[::step, ::step]
    grid[:] = np.where(sample.depth_m > 0, sample.depth_m, np.nan)[
        : grid.shape[0], : grid.shape[1]
    ]
    message = Image()
    DepthImageWriter(message, '32FC1').write(truth_m, message.header)
    return message
