"""Evaluates sources on Ray: each is a task of a worker process, of this machine or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
import logging
import os
from pathlib import Path
import socket
from typing import Any

import cv2
from tqdm import tqdm

from depth_nodes.cli.judged_depth import JudgedDepth, ModelChoice
from depth_nodes.cli.predictor import Predictor
from depth_nodes.cli.source_results import evaluate_source, Outcome, Result
from depth_nodes.errors import BackendError, first_line

# How often a source is begun again whose worker died: killed, or its machine gone.
MAX_RETRIES = 3
KNOCKING_S = 10.0
# What Ray looks at when it starts, where the user has not set it otherwise.
RAY_SETTINGS = {
    # Nothing is reported to anybody about a robot's recordings.
    'RAY_USAGE_STATS_ENABLED': '0',
    # A worker sees the GPU that this process sees, so that `--backend auto` means the same there.
    'RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO': '0',
}

Evaluate = Callable[..., Result]


def require_ray() -> None:
    """Raises a BackendError where Ray is not installed."""
    try:
        import ray  # noqa: F401
    except ImportError as error:
        raise BackendError(
            f"--ray needs Ray ({error}); run: pip install 'depth_nodes[fleet]'"
        ) from error


@contextmanager
def ray_cluster() -> Iterator[None]:
    """The Ray of this process, else of RAY_ADDRESS or this machine, else one for this block.

    Raises:
        BackendError: it cannot be reached or started.
    """
    import ray

    if ray.is_initialized():
        yield
        return
    for name, value in RAY_SETTINGS.items():
        os.environ.setdefault(name, value)
    logging.getLogger('ray').setLevel(logging.ERROR)
    try:
        _check_address()
        ray.init(include_dashboard=False, log_to_driver=False, configure_logging=False)
    except Exception as error:  # ray.init has no error of its own for what can go wrong
        raise BackendError(
            f'Ray cannot be reached or started ({first_line(error)}); correct or unset '
            'RAY_ADDRESS, or leave --ray out'
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def _check_address() -> None:
    """Knocks first: Ray tries an address where nobody answers for more than ten minutes."""
    host, _, port = os.environ.get('RAY_ADDRESS', '').rpartition(':')
    if port.isdigit():
        host = host.removeprefix('ray://')
        socket.create_connection((host, int(port)), timeout=KNOCKING_S).close()


def evaluate_on_ray(
    sources: Sequence[Any],
    choice: ModelChoice,
    evaluate: Evaluate,
    max_retries: int = MAX_RETRIES,
) -> Iterator[tuple[Any, Outcome]]:
    """Every source and what became of it, as they get ready.

    Args:
        sources: sequence folders and recordings, at paths that the workers see.
        choice: the model for sources without recorded depth.
        evaluate: numbers from what predicts and a source.
        max_retries: how often a source is begun again whose worker died.

    Raises:
        DepthNodesError: what a worker raised that is no fault of its source.
    """
    import ray
    from ray.exceptions import RayError, RayTaskError

    task = ray.remote(num_cpus=1, max_retries=max_retries)(evaluate_in_worker)
    with ray_cluster(), tqdm(total=len(sources), unit='source', leave=False, disable=None) as bar:
        here = Path.cwd()
        waiting = {task.remote(source, choice, evaluate, here): source for source in sources}
        while waiting:
            (ready,), _ = ray.wait(list(waiting), num_returns=1)
            source = waiting.pop(ready)
            try:
                outcome = ray.get(ready)
            except RayTaskError as error:
                raise error.cause from error
            except RayError as error:
                outcome = Outcome(None, _died(source, error, max_retries + 1))
            yield source, outcome
            bar.update()


def evaluate_in_worker(
    source: Any, choice: ModelChoice, evaluate: Evaluate, folder: Path
) -> Outcome:
    """What becomes of a source, on one thread; paths count from `folder`."""
    os.chdir(folder)
    cv2.setNumThreads(1)
    judged = JudgedDepth([source], partial(_load_once, choice))
    return evaluate_source(source, partial(evaluate, judged))


@cache
def _load_once(choice: ModelChoice) -> Predictor:
    """The model, which a process keeps from source to source."""
    return choice.load(num_threads=1)


def _died(source: Any, error: Exception, num_attempts: int) -> str:
    return (
        f'{source.path}: the worker that evaluated it died, {num_attempts} times '
        f'({first_line(error)}); look for what kills it (memory?), or evaluate it without --ray'
    )
