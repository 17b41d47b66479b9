"""Scenes rendered in several processes at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
import multiprocessing
import os
import signal

import cv2

from depth_nodes.data.sample import Sample
from depth_nodes.data.synthetic.render import render_sequence
from depth_nodes.data.synthetic.scene import SceneConfig


def render_scenes(
    configs: Sequence[SceneConfig], num_workers: int | None = None
) -> Iterator[list[Sample]]:
    """The frames of each scene, in the order of the scenes; the bytes of `render_sequence`.

    Args:
        configs: one for each scene.
        num_workers: processes; None starts one for each core, 1 works in this process.
    """
    num_workers = min(num_workers or os.cpu_count() or 1, len(configs))
    if num_workers <= 1:
        yield from map(_frames, configs)
        return
    # Not forked: a child would inherit locks of threads and graphics contexts that it lacks.
    with multiprocessing.get_context('spawn').Pool(num_workers, _start_worker) as pool:
        yield from pool.imap(_frames, configs)


def _start_worker() -> None:
    # Ctrl-C reaches every process, and the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # One thread for each process: there are as many processes as cores.
    os.environ['LP_NUM_THREADS'] = '1'
    cv2.setNumThreads(1)


def _frames(config: SceneConfig) -> list[Sample]:
    return list(render_sequence(config))
