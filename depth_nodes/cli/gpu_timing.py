"""The measurements of `depth_nodes benchmark` on a GPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

from depth_nodes.cli.gpu_accuracy import DepthAccuracy
from depth_nodes.cli.gpu_profile import device_work
from depth_nodes.cli.gpu_run import NetworkRun
from depth_nodes.cli.gpu_setup import GpuBenchmarkConfig, GpuSetup, NUM_CAMERAS
from depth_nodes.cli.gpu_start import start_in_new_process
from depth_nodes.cli.gpu_variant import eager_name, tensorrt_variants, torch_variants, Variant
from depth_nodes.cli.stopwatch import summarise, time_in_turns
from depth_nodes.errors import BackendError
from depth_nodes.runtime.backend import GPU
from depth_nodes.runtime.torch_pipeline import TorchPipeline

LIMIT_S, WARM_UP_S = 5.0, 0.5
WARM_UP_SHARE = 10
VARIANTS = {'torch': torch_variants, 'tensorrt': tensorrt_variants}
Results = dict[str, Any]
Calls = Mapping[str, Callable[[], object]]


def measure_on_gpu(config: GpuBenchmarkConfig, save: Callable[[Results], None]) -> Results:
    """Everything, ready for JSON; `save` gets it after each step, as far as it has come.

    torch comes first, alone: TensorRT may take long or bring the process down.

    Raises:
        CheckpointError, ConfigError: the model cannot be used.
        BackendError: random weights are asked for, and torch or onnx is missing.
    """
    with TemporaryDirectory(prefix='depth_nodes_') as folder:
        measurement = _Measurement(config, Path(folder))
        for step in measurement.steps():
            step()
            save(measurement.results)
        measurement.close()
    return measurement.results


class _Loaded(NamedTuple):
    network: NetworkRun
    pipeline: TorchPipeline


class _Measurement:
    """A row for each variant; one that fails keeps the reason, and the others go on."""

    def __init__(self, config: GpuBenchmarkConfig, folder: Path) -> None:
        self._config, self._setup = config, GpuSetup(config, folder)
        self._accuracy = DepthAccuracy(self._setup.model, self._setup.shape)
        self._variants: dict[str, Variant] = {}
        self._loaded: dict[str, _Loaded] = {}
        self._rows: dict[str, dict[str, Any]] = {}
        self.results: Results = {
            'settings': asdict(config) | {'model': self._setup.model.name},
            'rows': self._rows,
        }

    def steps(self) -> Iterator[Callable[[], None]]:
        """The variants of torch, then those of TensorRT too: all take turns again."""
        for backend in (one for one in VARIANTS if one in self._config.backends):
            variants = VARIANTS[backend](self._config.precisions)
            self._variants |= variants
            for name, variant in variants.items():
                self._rows[name] = variant._asdict()
                yield partial(self._start, name)
            for name in variants:
                yield partial(self._load, name)
            yield self._time_networks
            yield self._time_frames
            for name in variants:
                yield partial(self._time_cameras, name)
        yield self._count_kernels

    def close(self) -> None:
        """Frees the engines."""
        self._loaded.clear()
        self._setup.source.close()

    def _start(self, name: str) -> None:
        variant, row = self._variants[name], self._rows[name]
        if variant.is_of_nodes:
            with self._reason_kept(name):
                # It builds the engine, and learns which images come.
                row['first_start'] = start_in_new_process(self._setup.start(variant))
                row['start'] = start_in_new_process(self._setup.start(variant))

    def _load(self, name: str) -> None:
        row, variant = self._rows[name], self._variants[name]
        if 'reason' in row:
            return
        with self._reason_kept(name):
            source, shape = self._setup.source, self._setup.shape
            was_built, loading = source.engine_bytes(variant, shape), perf_counter()
            network = source.network(variant, shape)
            if variant.backend == 'tensorrt':
                row['build_s'] = None if was_built else round(perf_counter() - loading, 2)
                row['engine_bytes'] = source.engine_bytes(variant, shape)
            row['abs_rel_to_float64'] = self._accuracy.abs_rel(network, self._config.device)
            alone = self._setup.network(variant, shape)
            pipeline = self._setup.pipeline(variant)
            row['is_captured'] = alone.is_captured and pipeline.is_captured
            self._loaded[name] = _Loaded(alone, pipeline)

    def _time_networks(self) -> None:
        """Alone, on an image that lies on the device already."""
        self._time('network', {name: one.network for name, one in self._loaded.items()})

    def _time_frames(self) -> None:
        """From the camera's image in memory to points in memory."""
        frames = {name: self._setup.frame(one.pipeline) for name, one in self._loaded.items()}
        self._time('image_to_points', frames)

    def _time(self, what: str, calls: Calls) -> None:
        times = self._in_turns(calls, self._config.num_calls)
        for name, row in times.items():
            eager = times.get(eager_name(self._variants[name].precision))
            if eager is not None:
                row['times_eager'] = round(eager['p50_ms'] / row['p50_ms'], 2)
            self._rows[name][what] = row

    def _time_cameras(self, name: str) -> None:
        """A batch of cameras against as many runs of one, of what nodes run."""
        if name not in self._loaded or not self._variants[name].is_of_nodes:
            return
        with self._reason_kept(name):
            calls = self._setup.cameras(self._variants[name], self._loaded[name].pipeline)
            times = self._in_turns(calls, -(-self._config.num_calls // NUM_CAMERAS))
            gains = {
                f'{what}_gain': round(
                    times[f'{what}_singly']['p50_ms'] / times[f'{what}_batched']['p50_ms'], 2
                )
                for what in ('network', 'frames')
            }
            for row in times.values():
                del row['fps']  # of batches, which nobody asks for
            self._rows[name]['four_cameras'] = times | gains

    def _in_turns(self, calls: Calls, num_calls: int) -> dict[str, Any]:
        # A GPU's clock rises under load, and would be in the slowest hundredth.
        time_in_turns(calls, num_calls // WARM_UP_SHARE, WARM_UP_S)
        times = time_in_turns(calls, num_calls, LIMIT_S)
        return {name: summarise(times_ms) for name, times_ms in times.items()}

    def _count_kernels(self) -> None:
        """Last, because the profiler may slow what comes after it."""
        for name, loaded in self._loaded.items():
            frame = self._setup.frame(loaded.pipeline)
            for what, call in (('network', loaded.network), ('image_to_points', frame)):
                work = device_work(call) if self._config.device == GPU else None
                self._rows[name][what]['device_work'] = work

    @contextmanager
    def _reason_kept(self, name: str) -> Iterator[None]:
        try:
            yield
        except BackendError as error:
            self._rows[name]['reason'] = str(error)
