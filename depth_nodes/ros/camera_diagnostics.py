"""The status of a camera on /diagnostics: how it goes, and why nothing comes out."""

from __future__ import annotations

import time

from rclpy.node import Node

from depth_nodes.ros.connections import unserved_subscribers, why_nothing_arrives
from depth_nodes.ros.diagnostics import DiagnosticsPublisher, ERROR, Finding, OK, WARN
from depth_nodes.ros.frame_changes import CHANGES
from depth_nodes.ros.frame_monitor import AGE, FrameMonitor, Snapshot
from depth_nodes.ros.pipeline import Pipeline

SILENCE_S = 1.0  # told a period later at most
SKIPPED = 'skipped: '


class CameraDiagnostics:
    """Publishes one status on every call of `publish`.

    Args:
        node: asks the middleware, and publishes.
        index: of the camera.
        subject: of the status: what it is about and, where there are several, the camera's name.
        monitor: of its frames.
    """

    def __init__(self, node: Node, index: int, subject: str, monitor: FrameMonitor) -> None:
        self._node = node
        self._index = index
        self._monitor = monitor
        self._publisher = DiagnosticsPublisher(node, name=f'{node.get_name()}: {subject}')
        self._newest = monitor.snapshot()
        self._newest_at_s = self._received_at_s = time.monotonic()
        self._logged: set[str] = set()

    def publish(self, pipeline: Pipeline | None) -> None:
        """Compares the monitor with the last call.

        Args:
            pipeline: what the node has between configure and cleanup.
        """
        before, now, now_s = self._newest, self._monitor.snapshot(), time.monotonic()
        gained = {name: n - before.counts.get(name, 0) for name, n in now.counts.items()}
        if gained['received']:
            self._received_at_s = now_s
        fps = gained['published'] / (now_s - self._newest_at_s)
        self._newest, self._newest_at_s = now, now_s
        findings = [_frame_finding(gained, now.problem, fps)]
        values = {'fps': f'{fps:.1f}', **_values_of_snapshot(now)}
        if pipeline is None:
            problems = ['the node is not configured']
        else:
            self._publisher.hardware_id = pipeline.model_name
            values |= pipeline.values
            problems = pipeline.problems + self._connection_problems(pipeline, now_s)
        findings += [Finding(level=WARN, text=text) for text in problems]
        self._publisher.publish(findings, values)

    def _connection_problems(self, pipeline: Pipeline, now_s: float) -> list[str]:
        if not pipeline.inputs:
            return ['the node is configured, but not active']
        subscriptions = pipeline.inputs[self._index]
        problems = []
        silence_s = now_s - self._received_at_s
        if silence_s > SILENCE_S:
            reason = why_nothing_arrives(self._node, subscriptions.image_subscription)
            problems.append(f'no image for {silence_s:.0f} s: {reason}')
        if not subscriptions.has_camera_info:
            reason = why_nothing_arrives(self._node, subscriptions.camera_info_subscription)
            problems.append(f'no camera_info: {reason}')
        problems += pipeline.outputs[self._index].problems
        return problems + self._unserved(pipeline)

    def _unserved(self, pipeline: Pipeline) -> list[str]:
        """Who gets nothing for its QoS; logged once too, for who has no diagnostics open."""
        publishers = pipeline.outputs[self._index].publishers
        texts = [text for one in publishers if (text := unserved_subscribers(self._node, one))]
        for text in texts:
            if text not in self._logged:
                self._logged.add(text)
                self._node.get_logger().warning(text)
        return texts


def _frame_finding(gained: dict[str, int], problem: str, fps: float) -> Finding:
    if gained['failed']:
        return Finding(level=ERROR, text=problem)
    if gained['rejected'] or any(gained[change] for change in CHANGES):
        return Finding(level=WARN, text=problem)
    if gained['skipped'] and not gained['published']:
        reasons = [
            name[len(SKIPPED) :] for name, n in gained.items() if n and name.startswith(SKIPPED)
        ]
        return Finding(level=OK, text=f'{", ".join(reasons)}: no inference')
    dropped = f', {gained["dropped"]} dropped' if gained['dropped'] else ''
    lost = f', {gained["lost"]} lost on the way here' if gained['lost'] else ''
    return Finding(level=OK, text=f'{fps:.1f} frames/s{dropped}{lost}')


def _values_of_snapshot(snapshot: Snapshot) -> dict[str, object]:
    values: dict[str, object] = {f'frames {name}': n for name, n in snapshot.counts.items()}
    for step, (p50, p99) in snapshot.times_ms.items():
        values[f'{step} p50 ms'] = f'{p50:.2f}'
        values[f'{step} p99 ms'] = f'{p99:.2f}'
    if snapshot.has_foreign_stamps:
        values[AGE] = 'stamps are not of this clock'
    return values
