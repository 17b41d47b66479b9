"""Compares what `depth_node` publishes with its input and with ground truth."""

from __future__ import annotations

import sys
import time
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile
from rclpy.time import Time
from std_msgs.msg import Header

from depth_nodes.errors import InputError
from depth_nodes.evaluation.sequence_evaluation import SequenceEvaluation
from depth_nodes.ros.accuracy_meter import AccuracyMeter
from depth_nodes.ros.diagnostics import DiagnosticsPublisher, Finding, WARN
from depth_nodes.ros.evaluator_parameters import EvaluatorParameters
from depth_nodes.ros.evaluator_report import (
    accuracy_by_alignment,
    make_folder,
    write_reports,
)
from depth_nodes.ros.frame_recorder import FrameRecorder
from depth_nodes.ros.parameters import declare_parameters
from depth_nodes.ros.playing_clock import PlayingClock
from depth_nodes.ros.received_truth import ReceivedTruth
from depth_nodes.ros.recorded_truth import open_recording, RecordedTruth
from depth_nodes.ros.spin import run_node
from depth_nodes.ros.topics import (
    CAMERA_INFO,
    CLOCK,
    COMPARED,
    DEPTH,
    IMAGE,
    image_topic,
    transported,
    TYPES,
)

CHECK_PERIOD_S = 0.2


class EvaluatorNode(Node):
    """Hands messages over as bytes; shuts ROS down when nothing comes any more.

    Raises:
        InputError: there is no such source.
        ConfigError: a parameter is unknown or wrong.
    """

    def __init__(self, **node_arguments: Any) -> None:
        super().__init__('evaluator_node', **node_arguments)
        self._settings = settings = declare_parameters(self, EvaluatorParameters)
        make_folder(settings.output)
        evaluation = SequenceEvaluation(settings.config, with_boundaries=settings.boundaries)
        self._truth: RecordedTruth | ReceivedTruth = (
            open_recording(settings) if settings.source else ReceivedTruth()
        )
        self._recorder = FrameRecorder(self._truth.topics, self._truth.wanted)
        self._meter = AccuracyMeter(evaluation, self._truth.pair, self._tell_compared)
        self._diagnostics = DiagnosticsPublisher(self, name='evaluator_node: accuracy')
        self._playing_clock = PlayingClock(settings.rate)
        self._compared: Publisher | None = None
        self._subscribe(QoSProfile(depth=settings.queue_depth))
        clock = Clock(clock_type=ClockType.STEADY_TIME)  # /clock stops with the recording
        self.create_timer(CHECK_PERIOD_S, self._check, clock=clock)
        self.create_timer(1.0, self._publish_diagnostics, clock=clock)
        self._last_arrival_s: float | None = None
        self._over_since_s: float | None = None
        self._is_written = False

    def destroy_node(self) -> None:
        """Writes the report first, also after Ctrl-C."""
        try:
            self._write()
        except InputError as error:
            self.get_logger().error(str(error))
        super().destroy_node()

    def _subscribe(self, qos: QoSProfile) -> None:
        if isinstance(self._truth, RecordedTruth):  # first: of what has come, it is read first
            self.create_subscription(TYPES[CLOCK], CLOCK, self._playing_clock.show, qos, raw=True)
        for topic in self._truth.topics:
            self._subscribe_to(topic, qos)

    def _subscribe_to(self, topic: str, qos: QoSProfile) -> None:
        source = image_topic(self._settings.image_transport) if topic == IMAGE else topic

        def on_message(cdr: bytes) -> None:
            self._last_arrival_s = time.monotonic()
            complete = self._recorder.add(topic, cdr, self._now_ns())
            if complete is not None:
                self._meter.submit(complete)

        self.create_subscription(
            TYPES[source], transported(self, source), on_message, qos, raw=True
        )

    def _now_ns(self) -> int:
        """On the clock of the stamps."""
        if isinstance(self._truth, RecordedTruth):
            return self._playing_clock.now_ns()
        return int(self.get_clock().now().nanoseconds)

    def _tell_compared(self, stamp_ns: int) -> None:
        if self._compared is not None and self.context.ok():
            self._compared.publish(Header(stamp=Time(nanoseconds=stamp_ns).to_msg()))

    def _check(self) -> None:
        if self._meter.error is not None:
            raise self._meter.error
        if self._compared is None and self.count_publishers(DEPTH):  # what player_node waits for
            self._compared = self.create_publisher(Header, COMPARED, self._settings.queue_depth)
        over_since_s = self._last_arrival_s if self._is_over() else None
        # A process that was held up sees its timer before what has come meanwhile.
        if over_since_s is not None and over_since_s == self._over_since_s:
            self._write()
            self.context.try_shutdown()
        self._over_since_s = over_since_s

    def _is_over(self) -> bool:
        if self._last_arrival_s is None:
            return False
        idle_s = time.monotonic() - self._last_arrival_s
        expected = self._settings.expected_frames or self._truth.num_frames
        if expected > 0 and self._recorder.num_outputs >= expected:
            return idle_s > CHECK_PERIOD_S
        # Before its player has gone, a recording may pause for as long as a frame takes.
        is_playing = self._truth.num_frames > 0 and self.count_publishers(CAMERA_INFO) > 0
        return not is_playing and idle_s > self._settings.idle_timeout_s

    def _publish_diagnostics(self) -> None:
        mismatches = self._recorder.num_header_mismatches
        problems = [f'{mismatches} wrong headers'] if mismatches else []
        if self._meter.problem:
            problems.append(f'frames without metrics: {self._meter.problem}')
            self.get_logger().warning(problems[-1], once=True)
        findings = [Finding(level=WARN, text=text) for text in problems]
        values: dict[str, object] = dict(self._recorder.counts)
        for align, metrics in accuracy_by_alignment(self._meter.summary).items():
            values |= {f'{align} {name}': value for name, value in metrics.items()}
        self._diagnostics.publish(findings, values)

    def _write(self) -> None:
        if self._is_written:
            return
        self._is_written = True
        self._meter.close()
        self._recorder.close()
        if isinstance(self._truth, RecordedTruth):
            self._truth.close()
        write_reports(self._settings, self._truth, self._recorder, self._meter)


def main() -> None:
    """Entry point."""
    sys.exit(run_node(EvaluatorNode))


if __name__ == '__main__':
    main()
