"""Which topics of a recording are judged, and by what: prediction and ground truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from depth_nodes.data.bag_topics import COMPRESSED_TYPE, RAW_TYPE, TopicFinder
from depth_nodes.errors import InputError

CLOUD_TYPE = 'sensor_msgs/msg/PointCloud2'
TRUTH_NAME = '/ground_truth/image_rect'
PREDICTION_NAME = '/depth/image_rect'
# Words in the names of topics that are no measured depth, though `depth` may be there too.
NO_DEPTH = ('confidence', 'disparity', 'refined')
COMPRESSED_DEPTH = '/compressedDepth'


@dataclass(frozen=True, kw_only=True)
class TopicNames:
    """Topics that the user names; None: they are found by type and name.

    Attributes:
        image: what the depth was predicted from.
        camera_info: its camera.
        truth: depth images or a LiDAR's clouds.
        prediction: depth images that a node published.
        odometry: where the robot was.
    """

    image: str | None = None
    camera_info: str | None = None
    truth: str | None = None
    prediction: str | None = None
    odometry: str | None = None


@dataclass(frozen=True, kw_only=True)
class EvaluationTopics:
    """The topics that are read.

    `prediction` is None where a model is to be run, `odometry` where no poses are known.
    """

    image: str
    camera_info: str
    truth: str
    prediction: str | None
    is_lidar: bool
    odometry: str | None = None


def find_topics(
    path: Path,
    topics: dict[str, tuple[str, int]],
    wanted: TopicNames,
    *,
    is_prediction_read: bool = True,
) -> EvaluationTopics:
    """Finds what is not named; a prediction that is not named only if `is_prediction_read`.

    Raises:
        MissingTopicError: a named topic is not there.
        InputError: one cannot be found, or has no messages.
    """
    finder = TopicFinder(path=path, topics=topics)
    # What the user names is looked up first: a wrong name is said whatever else is missing.
    truth = prediction = None
    if wanted.truth is not None:
        truth = finder.wanted(wanted.truth, (RAW_TYPE, COMPRESSED_TYPE, CLOUD_TYPE))
    if wanted.prediction is not None:
        prediction = finder.wanted(wanted.prediction, (RAW_TYPE, COMPRESSED_TYPE))
    odometry = finder.odometry(wanted.odometry)
    image = finder.image(wanted.image)
    camera_info = finder.camera_info(wanted.camera_info, image)
    if prediction is None:
        recorded = [name for name in finder.of_type(RAW_TYPE) if _is_called(name, PREDICTION_NAME)]
        prediction = recorded[0] if len(recorded) == 1 and recorded[0] != truth else None
    if truth is None:
        truth = _truth(finder, {image, prediction})
    if wanted.prediction is None and not is_prediction_read:
        prediction = None
    if camera_info is None:
        raise InputError(
            f'{path} has no camera_info for {image}; record it, or name it with '
            '--camera-info-topic'
        )
    found = EvaluationTopics(
        image=image,
        camera_info=camera_info,
        truth=truth,
        prediction=prediction,
        is_lidar=topics[truth][0] == CLOUD_TYPE,
        odometry=odometry,
    )
    _check(path, topics, found)
    return found


def _check(path: Path, topics: dict[str, tuple[str, int]], found: EvaluationTopics) -> None:
    """Refuses topics without messages, and one in two roles."""
    images = [name for name in (found.image, found.truth, found.prediction) if name is not None]
    others = [found.camera_info, *([found.odometry] if found.odometry else [])]
    for name in (*images, *others):
        if topics[name][1] == 0:
            raise InputError(
                f'{path} has no messages on {name}; record it while its node publishes'
            )
        if images.count(name) > 1:
            raise InputError(
                f'{path}: {name} cannot be two of image, ground truth and prediction; name others '
                'with --image-topic, --truth-topic and --prediction-topic'
            )


def _truth(finder: TopicFinder, others: set[str | None]) -> str:
    images = [
        name
        for name in finder.of_type(RAW_TYPE, COMPRESSED_TYPE)
        if name not in others
        and (finder.topics[name][0] == RAW_TYPE or name.endswith(COMPRESSED_DEPTH))
        and not any(word in name.lower() for word in NO_DEPTH)
    ]
    clouds = [name for name in finder.of_type(CLOUD_TYPE) if 'depth' not in name]
    named = [name for name in images if _is_called(_transport_free(name), TRUTH_NAME)]
    cameras = [name for name in images if 'depth' in name.lower()]
    aligned = [name for name in cameras if 'aligned' in name]
    for candidates in (named, aligned, cameras, clouds):
        # Sorted: a raw topic comes before its compressed form.
        distinct = {_transport_free(name): name for name in reversed(candidates)}
        if len(distinct) == 1:
            return next(iter(distinct.values()))
        if distinct:
            raise InputError(
                f'{finder.path} has several topics that may be the ground truth; choose one with '
                f'--truth-topic: {", ".join(sorted(distinct.values()))}'
            )
    raise InputError(
        f'{finder.path} has no ground truth: record a depth camera, a LiDAR or {TRUTH_NAME}, or '
        f'name its topic with --truth-topic; there are {", ".join(sorted(finder.topics))}'
    )


def _is_called(name: str, ending: str) -> bool:
    return f'/{name}'.endswith(ending)


def _transport_free(name: str) -> str:
    return name.removesuffix(COMPRESSED_DEPTH)
