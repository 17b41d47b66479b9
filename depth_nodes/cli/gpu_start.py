"""How long a start takes, from a new process to the first depth and beyond."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
import resource
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from depth_nodes.errors import BackendError
from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.backend import BackendConfig, GPU
from depth_nodes.runtime.depth_estimate import Estimator, EstimatorConfig
from depth_nodes.runtime.image_sizes import ImageSizes
from depth_nodes.runtime.pipeline_config import PointsConfig

NUM_FRAMES, NUM_SETTLING = 60, 10
FOV_DEG = 70.0
MB = 1e6


@dataclass(frozen=True, kw_only=True)
class StartConfig:
    """What is started.

    Attributes:
        model: name or path.
        backend: torch or tensorrt.
        backend_config: its settings, the folder of engines among them.
        size_px: height and width that images are fitted into.
        image_size_px: height and width of the images.
    """

    model: str
    backend: str
    backend_config: BackendConfig
    size_px: tuple[int, int]
    image_size_px: tuple[int, int]


def start_in_new_process(config: StartConfig) -> dict[str, Any]:
    """`start`, with everything loaded for it anew.

    Raises:
        BackendError: the backend failed, or brought the process down.
    """
    spawning = perf_counter()
    with ProcessPoolExecutor(1, mp_context=get_context('spawn')) as pool:
        try:
            return pool.submit(start, config, spawning).result()
        except BrokenProcessPool as error:
            raise BackendError(
                f'the {config.backend} backend brought its process down; run `depth_nodes predict '
                f'--backend {config.backend}` to see how'
            ) from error


def start(config: StartConfig, begun_s: float) -> dict[str, Any]:
    """Loads, warms up and runs frames as `depth_node` does, points included.

    Args:
        config: what is started.
        begun_s: when, by the monotonic clock, which all processes share.

    Raises:
        BackendError: the backend failed.
    """
    loading = perf_counter()
    free_before = _free_device_bytes(config)
    estimator = _load(config)
    loaded = perf_counter()
    for size in estimator.warm_up_sizes_px:
        estimator.warm_up(*size)
    warm = perf_counter()
    times_ms = _run_frames(estimator, config.image_size_px)
    steady_ms = median(times_ms[NUM_SETTLING:])
    first_s = times_ms[0] / 1e3
    result = {
        'process_to_first_depth_s': round(warm - begun_s + first_s, 3),
        'load_s': round(loaded - loading, 3),
        'warm_up_s': round(warm - loaded, 3),
        'first_frame_ms': round(times_ms[0], 3),
        'second_frame_ms': round(times_ms[1], 3),
        'steady_p50_ms': round(steady_ms, 3),
        'first_frame_over_steady': round(times_ms[0] / steady_ms, 2),
        **_memory(config, free_before),
    }
    estimator.close()
    return result


def _load(config: StartConfig) -> Estimator:
    """What it imports counts too."""
    from depth_nodes.runtime.estimator import make_estimator

    height, width = config.size_px
    sizes = EstimatorConfig(input_height_px=height, input_width_px=width, points=PointsConfig())
    return make_estimator(
        config.model,
        config.backend,
        backend_config=config.backend_config,
        estimator_config=sizes,
        image_sizes=ImageSizes(config.backend_config.engine_cache_dir),
    )


def _run_frames(estimator: Estimator, image_size_px: tuple[int, int]) -> list[float]:
    """Milliseconds of each frame, the first one's first."""
    height, width = image_size_px
    image, camera = np.zeros((height, width, 3), np.uint8), Camera.from_fov(width, height, FOV_DEG)
    times_ms = []
    for _ in range(NUM_FRAMES):
        started = perf_counter()
        estimator.estimate(image, camera, with_points=True)
        times_ms.append((perf_counter() - started) * 1e3)
    return times_ms


def _memory(config: StartConfig, free_before: int | None) -> dict[str, float | None]:
    """Peaks, in MB.

    The device's is what the process took of it beyond CUDA's own context, which is about as much
    again; right only where nobody else takes or frees memory meanwhile.
    """
    # Linux counts in units of 1024 bytes.
    host_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    free = _free_device_bytes(config)
    device_mb = None if free is None or free_before is None else (free_before - free) / MB
    return {
        'host_mb': round(host_bytes / MB, 1),
        'device_mb': None if device_mb is None else round(device_mb, 1),
    }


def _free_device_bytes(config: StartConfig) -> int | None:
    if config.backend_config.device != GPU:
        return None
    import torch

    return torch.cuda.mem_get_info()[0]
