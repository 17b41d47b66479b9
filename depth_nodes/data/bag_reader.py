"""Frames of a rosbag2 recording, without ROS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice
import logging
from pathlib import Path
from typing import Any

from jaxtyping import Float32, UInt8
import numpy as np

from depth_nodes.data.bag_storage import raw_messages, read_summary
from depth_nodes.data.bag_topics import COMPRESSED_TYPE, RAW_TYPE, TopicFinder
from depth_nodes.data.bag_truth import truth_from_message
from depth_nodes.data.message_streams import stamped
from depth_nodes.data.sample import Sample
from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera, camera_from_message
from depth_nodes.messages.image import rgb_from_compressed, rgb_from_image

DEFAULT_RATE_HZ = 10.0
NUM_RATE_SAMPLES = 50

_DECODERS: dict[str, Callable[[Any], np.ndarray]] = {
    RAW_TYPE: rgb_from_image,
    COMPRESSED_TYPE: rgb_from_compressed,
}
_LOGGER = logging.getLogger(__name__)
Stamped = tuple[int, Any]


def bag_name(path: Path) -> str:
    """What a recording is called: its folder or file without the ending."""
    whole = path.resolve()
    return whole.stem if whole.suffix in ('.bag', '.mcap', '.db3') else whole.name


def decode_image(message: Any) -> UInt8[np.ndarray, 'height width 3']:
    """The RGB pixels of an Image or CompressedImage.

    Raises:
        InputError: as `rgb_from_image` and `rgb_from_compressed`.
    """
    return _DECODERS[message.__msgtype__](message)


class BagReader:
    """The images of a recording, with the newest camera and the ground truth of the same stamp.

    Topics that the caller does not name are found by type and name (TopicFinder); without a
    CameraInfo, or with an uncalibrated one, samples have no camera.

    Attributes:
        topics: name -> (type, number of messages).
        image_topic, camera_info_topic, ground_truth_topic: what is read; None where absent.

    Raises:
        InputError: no such recording, a damaged one, a topic that is missing or of another type,
            or no images.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        image_topic: str | None = None,
        camera_info_topic: str | None = None,
        ground_truth_topic: str | None = None,
    ) -> None:
        self.path = Path(path)
        self.name = bag_name(self.path)
        self.topics = read_summary(self.path).topics
        finder = TopicFinder(path=self.path, topics=self.topics)
        self.image_topic = finder.image(image_topic)
        self.camera_info_topic = finder.camera_info(camera_info_topic, self.image_topic)
        self.ground_truth_topic = finder.ground_truth(ground_truth_topic)
        if len(self) == 0:
            raise InputError(
                f'{self.path} has no messages on {self.image_topic}; record it again while the '
                'camera publishes'
            )

    def __len__(self) -> int:
        return self.topics[self.image_topic][1]

    @cached_property
    def rate_hz(self) -> float:
        """Images a second: the median of the first ones, 10 where there is only one."""
        messages = self._messages(self.image_topic)
        stamps_ns = [stamp_ns for stamp_ns, _ in islice(messages, NUM_RATE_SAMPLES)]
        steps_ns = [step for step in np.diff(stamps_ns) if step > 0]
        return 1e9 / float(np.median(steps_ns)) if steps_ns else DEFAULT_RATE_HZ

    def __iter__(self) -> Iterator[Sample]:
        infos = _Follower(self._messages(self.camera_info_topic))
        truths = _Follower(self._messages(self.ground_truth_topic))
        cameras = _CameraDecoder(f'{self.path} {self.camera_info_topic}')
        num_read = 0
        for index, (stamp_ns, message) in enumerate(self._messages(self.image_topic)):
            num_read = index + 1
            image = self._image(index, message)
            truth = truths.newest(stamp_ns)
            has_truth = truth is not None and truth[0] == stamp_ns
            depth, stride = self._depth(truth[1], image) if truth and has_truth else (None, 1)
            yield Sample(
                name=f'{index:06d}',
                image=image,
                camera=cameras.camera(infos.newest(stamp_ns) or infos.upcoming),
                depth_m=depth,
                depth_stride=stride,
                stamp_ns=stamp_ns,
                frame_id=message.header.frame_id,
            )
        self._check_number(num_read)

    def _check_number(self, num_read: int) -> None:
        """Compares with what the recording's description promises."""
        if num_read == 0:
            raise InputError(
                f'{self.path} holds none of the {len(self)} images that its metadata.yaml names; '
                'rebuild it with `ros2 bag reindex`'
            )
        if num_read < len(self):
            _LOGGER.warning('%s holds only %d of %d images', self.path, num_read, len(self))

    def _image(self, index: int, message: Any) -> UInt8[np.ndarray, 'height width 3']:
        try:
            return decode_image(message)
        except InputError as error:
            raise InputError(f'{self.path} {self.image_topic} #{index}: {error}') from error

    def _depth(
        self, message: Any, image: UInt8[np.ndarray, 'height width 3']
    ) -> tuple[Float32[np.ndarray, 'depth_height depth_width'], int]:
        """Depth [m], 0 where unknown, and its stride."""
        try:
            return truth_from_message(message, (image.shape[0], image.shape[1]))
        except InputError as error:
            raise InputError(f'{self.path} {self.ground_truth_topic}: {error}') from error

    def _messages(self, topic: str | None) -> Iterator[Stamped]:
        """Stamps [ns] and messages of a topic; the time of recording where a stamp is 0."""
        if topic is None:
            return
        for raw in raw_messages(self.path, [topic]):
            try:
                found = stamped(raw)
            except InputError as error:
                raise InputError(f'{self.path}: {error}') from error
            yield found.stamp_ns, found.message


class _Follower:
    """Messages of one topic, read in step with the stamps of another."""

    def __init__(self, messages: Iterator[Stamped]) -> None:
        self._messages = messages
        self._newest: Stamped | None = None
        self.upcoming = next(messages, None)

    def newest(self, stamp_ns: int) -> Stamped | None:
        """The last message that is not younger than this stamp."""
        while self.upcoming is not None and self.upcoming[0] <= stamp_ns:
            self._newest, self.upcoming = self.upcoming, next(self._messages, None)
        return self._newest


class _CameraDecoder:
    """Cameras of CameraInfo messages; None, and one warning, for those without calibration."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._has_warned = False

    def camera(self, info: Stamped | None) -> Camera | None:
        if info is None:
            return None
        try:
            return camera_from_message(info[1])
        except InputError as error:
            if not self._has_warned:
                self._has_warned = True
                _LOGGER.warning('%s: %s', self._source, error)
            return None
