"""Compares depth with ground truth while a recording plays, without slowing the nodes down."""

from __future__ import annotations

import os
import queue
import threading

import cv2
import numpy as np
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import Image

from depth_nodes.errors import InputError
from depth_nodes.evaluation.metrics import Align, EvaluationConfig, image_metrics, ImageMetrics
from depth_nodes.evaluation.score_means import MEANS, scale_statistics
from depth_nodes.messages.depth import depth_from_image

ALIGNMENTS: tuple[Align, ...] = ('none', 'median')
MAX_WAITING = 64
NICENESS = 10  # the network computes on the same cores


class AccuracyMeter:
    """Works through pairs of serialised depth images in a thread of low priority.

    Attributes:
        num_skipped: pairs that nothing was measured on: too many waited, or they are no depth.
        problem: what was wrong with the first pair that is no depth; empty if none was.
        error: what else went wrong first; for the owner to raise.

    Raises:
        ConfigError: the range is none.
    """

    def __init__(self, min_depth_m: float, max_depth_m: float) -> None:
        self._configs = {
            f'align_{align}': EvaluationConfig(
                align=align, min_depth_m=min_depth_m, max_depth_m=max_depth_m
            )
            for align in ALIGNMENTS
        }
        self._results: dict[str, list[ImageMetrics]] = {name: [] for name in self._configs}
        self.num_skipped = 0
        self.problem = ''
        self.error: Exception | None = None
        self._queue: queue.Queue[tuple[bytes, bytes] | None] = queue.Queue(MAX_WAITING)
        self._thread = threading.Thread(target=self._run, name='accuracy', daemon=True)
        self._thread.start()

    def submit(self, depth_cdr: bytes, truth_cdr: bytes) -> None:
        """Hands a pair over; it is skipped and counted where too many wait."""
        try:
            self._queue.put_nowait((depth_cdr, truth_cdr))
        except queue.Full:
            self.num_skipped += 1

    def close(self) -> None:
        """Finishes what waits."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def measure(self, depth_cdr: bytes, truth_cdr: bytes) -> dict[str, ImageMetrics]:
        """The metrics of one pair by alignment; empty where no truth lies in range."""
        depth_m, truth_m = depth_from_cdr(depth_cdr), depth_from_cdr(truth_cdr)
        if depth_m.shape != truth_m.shape:
            size = (truth_m.shape[1], truth_m.shape[0])
            depth_m = cv2.resize(depth_m, size, interpolation=cv2.INTER_NEAREST)
        found = {
            name: image_metrics(depth_m, truth_m, config) for name, config in self._configs.items()
        }
        return {name: metrics for name, metrics in found.items() if metrics is not None}

    def summary(self) -> dict[str, dict[str, float | None]]:
        """Means over the frames so far; empty where there was no ground truth."""
        return {name: _means(list(results)) for name, results in self._results.items() if results}

    def _run(self) -> None:
        if hasattr(os, 'setpriority'):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while (pair := self._queue.get()) is not None:
            try:
                for name, metrics in self.measure(*pair).items():
                    self._results[name].append(metrics)
            except InputError as error:
                self.num_skipped += 1
                self.problem = self.problem or str(error)
            except Exception as error:  # the owner raises it
                self.error = self.error or error


def depth_from_cdr(cdr: bytes) -> np.ndarray:
    """Depth [m] of a serialised image."""
    return depth_from_image(deserialize_message(cdr, Image))


def _means(results: list[ImageMetrics]) -> dict[str, float | None]:
    scales = np.array([metrics.scale for metrics in results])
    means: dict[str, float | None] = {
        name: float(np.mean([getattr(metrics, name) for metrics in results])) for name in MEANS
    }
    return {'frames': len(results), **means, **scale_statistics(scales[np.isfinite(scales)])}
