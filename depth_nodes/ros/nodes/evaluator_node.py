"""Compares what `depth_node` publishes with its input and with ground truth."""

from __future__ import annotations

import json
from pathlib import Path
import sys
import time
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import QoSProfile

from depth_nodes.errors import ConfigError
from depth_nodes.ros.accuracy_meter import AccuracyMeter
from depth_nodes.ros.diagnostics import DiagnosticsPublisher, Finding, WARN
from depth_nodes.ros.evaluator_parameters import EvaluatorParameters
from depth_nodes.ros.frame_recorder import FrameRecorder
from depth_nodes.ros.parameters import declare_parameters
from depth_nodes.ros.recorded_pictures import write_frames
from depth_nodes.ros.spin import run_node
from depth_nodes.ros.topics import (
    CAMERA_INFO,
    GROUND_TRUTH,
    IMAGE,
    image_topic,
    OUTPUTS,
    transported,
    TYPES,
)

NUM_PICTURES = 4
CHECK_PERIOD_S = 0.2


class EvaluatorNode(Node):
    """Hands messages over as bytes; shuts ROS down when nothing comes any more."""

    def __init__(self, **node_arguments: Any) -> None:
        super().__init__('evaluator_node', **node_arguments)
        self._settings = declare_parameters(self, EvaluatorParameters)
        self._output = _make_folder(self._settings.output)
        self._is_compressed = self._settings.image_transport == 'compressed'
        self._recorder = FrameRecorder()
        self._meter = AccuracyMeter(self._settings.min_depth_m, self._settings.max_depth_m)
        self._diagnostics = DiagnosticsPublisher(self, name='evaluator_node: accuracy')
        qos = QoSProfile(depth=self._settings.queue_depth)
        for topic in (IMAGE, CAMERA_INFO, GROUND_TRUTH, *OUTPUTS):
            self._subscribe(topic, qos)
        clock = Clock(clock_type=ClockType.STEADY_TIME)  # /clock stops with the recording
        self.create_timer(CHECK_PERIOD_S, self._end_if_idle, clock=clock)
        self.create_timer(1.0, self._publish_diagnostics, clock=clock)
        self._last_arrival_s: float | None = None
        self._is_written = False

    def destroy_node(self) -> None:
        """Writes the report first, also after Ctrl-C."""
        self._write()
        super().destroy_node()

    def _subscribe(self, topic: str, qos: QoSProfile) -> None:
        source = image_topic(self._settings.image_transport) if topic == IMAGE else topic

        def on_message(cdr: bytes) -> None:
            self._last_arrival_s = time.monotonic()
            pair = self._recorder.add(topic, cdr, self.get_clock().now().nanoseconds)
            if pair is not None:
                self._meter.submit(*pair)

        self.create_subscription(
            TYPES[source], transported(self, source), on_message, qos, raw=True
        )

    def _end_if_idle(self) -> None:
        if self._meter.error is not None:
            raise self._meter.error
        if self._last_arrival_s is None:
            return
        idle_s = time.monotonic() - self._last_arrival_s
        counts, expected = self._recorder.counts, self._settings.expected_frames
        is_complete = expected > 0 and all(counts[topic] >= expected for topic in OUTPUTS)
        timeout_s = CHECK_PERIOD_S if is_complete else self._settings.idle_timeout_s
        if idle_s > timeout_s:
            self.context.try_shutdown()

    def _publish_diagnostics(self) -> None:
        mismatches = self._recorder.num_header_mismatches
        problems = [f'{mismatches} wrong headers'] if mismatches else []
        if self._meter.problem:
            problems.append(f'frames without metrics: {self._meter.problem}')
            self.get_logger().warning(problems[-1], once=True)
        findings = [Finding(level=WARN, text=text) for text in problems]
        values: dict[str, object] = dict(self._recorder.counts)
        for align, metrics in self._meter.summary().items():
            values |= {f'{align} {name}': value for name, value in metrics.items()}
        self._diagnostics.publish(findings, values)

    def _write(self) -> None:
        if self._is_written:
            return
        self._is_written = True
        self._meter.close()
        self._recorder.close()
        report = self._recorder.report()
        report['accuracy'] = self._meter.summary() or None
        report['accuracy_frames_skipped'] = self._meter.num_skipped
        frames = self._recorder.pictured_frames(NUM_PICTURES)
        report['pictured'] = write_frames(
            self._output / 'frames.npz', frames, self._meter, is_compressed=self._is_compressed
        )
        (self._output / 'report.json').write_text(json.dumps(report, indent=1) + '\n')


def _make_folder(path: str) -> Path:
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f'parameter output is {path!r} ({error.strerror}); choose another folder'
        ) from error
    return Path(path)


def main() -> None:
    """Entry point."""
    sys.exit(run_node(EvaluatorNode))


if __name__ == '__main__':
    main()
