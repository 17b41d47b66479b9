"""Which topics of a recording hold the image, its camera, ground truth and odometry."""

from __future__ import annotations

from dataclasses import dataclass
import logging
from pathlib import Path

from depth_nodes.data.bag_storage import missing_topic
from depth_nodes.errors import InputError

RAW_TYPE = 'sensor_msgs/msg/Image'
COMPRESSED_TYPE = 'sensor_msgs/msg/CompressedImage'
INFO_TYPE = 'sensor_msgs/msg/CameraInfo'
ODOMETRY_TYPE = 'nav_msgs/msg/Odometry'
IMAGE_TYPES = (RAW_TYPE, COMPRESSED_TYPE)
STANDARD_NAMES = ('/image', '/image/compressed')
STANDARD_ODOMETRY = '/odom'
NO_COLOUR = ('depth', 'disparity', 'ground_truth')

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class TopicFinder:
    """Finds topics by the caller's name, else by type and name; all errors are InputErrors."""

    path: Path
    topics: dict[str, tuple[str, int]]

    def image(self, wanted: str | None) -> str:
        """The wanted topic; else `/image`, `/image/compressed` or the only camera's images."""
        if wanted is not None:
            return self.wanted(wanted, IMAGE_TYPES)
        names = self.of_type(*IMAGE_TYPES)
        for name in STANDARD_NAMES:
            if name in names:
                return name
        cameras: dict[str, str] = {}
        for name in names:  # sorted: a raw topic comes before its compressed form
            if not any(word in name.lower() for word in NO_COLOUR):
                cameras.setdefault(name.removesuffix('/compressed'), name)
        if not cameras:
            raise InputError(
                f'{self.path} has no topic with colour images; choose one of its topics: '
                f'{", ".join(sorted(self.topics)) or "none"}'
            )
        if len(cameras) > 1:
            raise InputError(
                f'{self.path} has several image topics; choose one: {", ".join(cameras.values())}'
            )
        return next(iter(cameras.values()))

    def camera_info(self, wanted: str | None, image_topic: str) -> str | None:
        """The wanted topic; else the `camera_info` beside the image, or the only one."""
        if wanted is not None:
            return self.wanted(wanted, (INFO_TYPE,))
        names = self.of_type(INFO_TYPE)
        beside = f'{image_topic.removesuffix("/compressed").rpartition("/")[0]}/camera_info'
        if beside in names:
            return beside
        return names[0] if len(names) == 1 else None

    def ground_truth(self, wanted: str | None) -> str | None:
        """The wanted topic; else the only one called `ground_truth/image_rect`."""
        if wanted is not None:
            return self.wanted(wanted, (RAW_TYPE,))
        names = [n for n in self.of_type(RAW_TYPE) if n.endswith('/ground_truth/image_rect')]
        return names[0] if len(names) == 1 else None

    def odometry(self, wanted: str | None) -> str | None:
        """The wanted topic; else `/odom` or the only one with messages; of several, none."""
        if wanted is not None:
            return self.wanted(wanted, (ODOMETRY_TYPE,))
        names = [name for name in self.of_type(ODOMETRY_TYPE) if self.topics[name][1]]
        if STANDARD_ODOMETRY in names:
            return STANDARD_ODOMETRY
        if len(names) > 1:
            _LOGGER.warning(
                '%s has several topics with odometry, so none is used; name one with '
                '--odom-topic or odometry_topic: %s',
                *(self.path, ', '.join(names)),
            )
        return names[0] if len(names) == 1 else None

    def of_type(self, *kinds: str) -> list[str]:
        """The sorted names of the topics of some types."""
        return sorted(name for name, (kind, _) in self.topics.items() if kind in kinds)

    def wanted(self, topic: str, kinds: tuple[str, ...]) -> str:
        """A topic by its name, with or without the leading slash, of one of these types."""
        name = topic if topic.startswith('/') else f'/{topic}'
        if name not in self.topics:
            raise missing_topic(self.path, name, self.topics)
        kind = self.topics[name][0]
        if kind not in kinds:
            raise InputError(
                f'{self.path}: {name} is of type {kind}; choose a topic of type '
                f'{" or ".join(kinds)}'
            )
        return name
