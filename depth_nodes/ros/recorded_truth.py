"""Frames of the recording that plays, for depth that comes back from the nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from depth_nodes.data.bag_writer import START_NS
from depth_nodes.data.evaluation_bag import EvaluationBag, FACTS_OF_FOLDER
from depth_nodes.data.evaluation_topics import TopicNames
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence
from depth_nodes.errors import InputError
from depth_nodes.ros.cdr import stamp_ns_from_cdr
from depth_nodes.ros.evaluator_parameters import EvaluatorParameters
from depth_nodes.ros.frame_recorder import Messages
from depth_nodes.ros.parameters import pose_from_parameter
from depth_nodes.ros.playback import is_bag
from depth_nodes.ros.received_truth import Depth, depth_from_cdr
from depth_nodes.ros.topics import CAMERA_INFO, DEPTH, DEPTH_CAMERA_INFO


class RecordedTruth:
    """Reads a recording once, in order, as `depth_nodes evaluate` does.

    So depth is compared with just what it is compared with offline, poses included, and no image
    goes over DDS for that.

    Attributes:
        topics: what is received.
        wanted: what must have come before a frame can be compared.
        name: of the recording.
        num_frames: images in it.
    """

    topics = (CAMERA_INFO, DEPTH, DEPTH_CAMERA_INFO)
    wanted = frozenset((DEPTH, DEPTH_CAMERA_INFO))

    def __init__(self, source: Sequence | EvaluationBag) -> None:
        self._source = source
        self.name = source.name
        self.num_frames = len(source)
        self._samples = (sample for sample in source)  # a generator, so that it can be closed
        # player_node's recorded stamps of a folder begin there.
        self._offset_ns = START_NS if isinstance(source, Sequence) else 0
        self._newest: Sample | None = None

    def pair(self, messages: Messages) -> tuple[Sample, Depth] | None:
        """The frame that this depth [m] is of; None where the recording has no truth for it.

        No older one can be asked for afterwards.

        Raises:
            InputError: the recording is damaged, or depth has another size than the image.
        """
        sample = self._find(stamp_ns_from_cdr(messages[DEPTH]))
        if sample is None:
            return None
        depth_m = depth_from_cdr(messages[DEPTH])
        (rows, columns), (height, width) = depth_m.shape, sample.image.shape[:2]
        if (rows, columns) != (height, width):
            raise InputError(
                f'depth is {columns}x{rows}, the images of {self.name} are {width}x{height}; set '
                "depth_node's output_size to camera"
            )
        return sample, depth_m

    @property
    def facts(self) -> dict[str, Any]:
        """What the results say beside numbers."""
        if isinstance(self._source, EvaluationBag):
            return self._source.facts()
        return dict(FACTS_OF_FOLDER)

    def close(self) -> None:
        """Closes the files of the recording."""
        self._samples.close()

    def _find(self, stamp_ns: int) -> Sample | None:
        while self._newest is None or self._stamp_ns(self._newest) < stamp_ns:
            self._newest = next(self._samples, None)
            if self._newest is None:
                return None
        return self._newest if self._stamp_ns(self._newest) == stamp_ns else None

    def _stamp_ns(self, sample: Sample) -> int:
        assert sample.stamp_ns is not None, 'sequences and bags stamp every frame'
        return self._offset_ns + sample.stamp_ns


def open_recording(parameters: EvaluatorParameters) -> RecordedTruth:
    """Opens the sequence folder or the rosbag2 that is played.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    path = Path(parameters.source)
    if not is_bag(path):
        return RecordedTruth(Sequence(path))
    names = TopicNames(
        image=parameters.image_topic or None,
        camera_info=parameters.camera_info_topic or None,
        truth=parameters.ground_truth_topic or None,
        odometry=parameters.odometry_topic or None,
    )
    tolerance_s = parameters.tolerance_s if parameters.tolerance_s >= 0 else None
    bag = EvaluationBag(
        path,
        names,
        tolerance_s=tolerance_s,
        is_prediction_read=False,
        base_from_camera=pose_from_parameter('base_from_camera', parameters.base_from_camera),
    )
    return RecordedTruth(bag)
