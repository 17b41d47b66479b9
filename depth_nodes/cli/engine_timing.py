"""The measurements of `depth_nodes benchmark` on the CPU."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from jaxtyping import UInt8
import numpy as np

from depth_nodes.cli.stopwatch import summarise, time_in_turns
from depth_nodes.cli.train_extra import needs_train_extra
from depth_nodes.errors import ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.messages.camera import Camera
from depth_nodes.messages.cloud import CloudWriter
from depth_nodes.runtime.backend import Backend, BackendConfig, make_backend
from depth_nodes.runtime.estimator import DepthEstimator, EstimatorConfig
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.model_store import find_model

IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX, IMAGE_FOV_DEG = 720, 1280, 70.0
POINTS_RANGE_M = 100.0
LIMIT_S = 60.0
EAGER, FOLDED, ONNX = 'torch_eager_unfolded', 'torch_eager_folded_channels_last', 'onnx'


@dataclass(frozen=True, kw_only=True)
class BenchmarkConfig:
    """What is measured.

    Attributes:
        size_px: height and width of the network's input.
        backends: `onnx`, `torch` or both.
        num_threads: of every engine.
        num_calls: timed calls of each.
        model: name or path; empty: random weights.
    """

    size_px: tuple[int, int]
    backends: tuple[str, ...]
    num_threads: int
    num_calls: int
    model: str

    def __post_init__(self) -> None:
        """Refuses numbers that measure nothing."""
        if self.num_threads < 1 or self.num_calls < 1:
            raise ConfigError('--threads and --calls must be 1 or more')


def measure(config: BenchmarkConfig) -> dict[str, Any]:
    """Times, ratios and differences, ready for JSON; every engine takes turns in one process.

    Raises:
        CheckpointError, BackendError, ConfigError: the model or an engine cannot be used.
    """
    with TemporaryDirectory() as folder:
        model = find_model(config.model) if config.model else random_model(Path(folder))
        engines = load_engines(model, config)
    network, difference = _measure_network(engines, config)
    results = {
        'settings': asdict(config) | {'model': model.name},
        'network': network,
        'ratios': _ratios(network),
        'difference': difference,
        'image_to_points': _measure_points(engines, model, config),
    }
    for engine in engines.values():
        engine.close()
    return results


def load_engines(model: ModelFiles, config: BenchmarkConfig) -> dict[str, Backend]:
    """What takes turns; torch as it was trained and as it is run."""
    # What is compared here are CPU engines, also where there is a GPU.
    backend_config = BackendConfig(num_threads=config.num_threads, device='cpu')
    engines: dict[str, Backend] = {}
    if 'onnx' in config.backends:
        engines[ONNX] = make_backend('onnx', model, backend_config)
    if 'torch' in config.backends:
        engines[FOLDED] = make_backend('torch', model, backend_config)
        from depth_nodes.runtime.torch_backend import TorchBackend

        engines[EAGER] = TorchBackend(model, backend_config, is_folded=False)
    return engines


def random_model(folder: Path) -> ModelFiles:
    """The files of a SmallDepth that has learnt nothing.

    Raises:
        BackendError: torch or onnx is not installed.
    """
    with needs_train_extra('a network of random weights'):
        import onnxscript  # noqa: F401  see export.py
        import torch

        from depth_nodes.networks.checkpoints import Checkpoint, save_checkpoint
        from depth_nodes.networks.export import export_onnx
        from depth_nodes.networks.small_depth import SmallDepth, SmallDepthConfig

    torch.manual_seed(0)
    network, canonical = SmallDepth(SmallDepthConfig()).eval(), CanonicalCamera()
    weights, graph = folder / 'random.safetensors', folder / 'random.onnx'
    checkpoint = Checkpoint(network=network, network_name='small_depth', canonical=canonical)
    save_checkpoint(weights, checkpoint)
    export_onnx(network, graph, canonical=canonical, metadata={'name': 'random'})
    return ModelFiles(name='random', onnx_path=graph, safetensors_path=weights)


def _measure_network(
    engines: dict[str, Backend], config: BenchmarkConfig
) -> tuple[dict[str, Any], dict[str, float]]:
    """Times, and the largest difference to torch over the range of its output."""
    image = np.random.default_rng(0).random((1, 3, *config.size_px), dtype=np.float32)
    times = time_in_turns(
        {name: partial(engine.infer, image) for name, engine in engines.items()},
        config.num_calls,
        LIMIT_S,
    )
    difference = {}
    if EAGER in engines:
        expected = engines[EAGER].infer(image)
        for name in engines.keys() - {EAGER}:
            largest = np.abs(engines[name].infer(image) - expected).max()
            difference[f'{name}_to_torch_over_range'] = float(largest / np.ptp(expected))
    return {name: summarise(values) for name, values in times.items()}, difference


def _ratios(network: dict[str, Any]) -> dict[str, float]:
    if ONNX not in network:
        return {}
    others = [name for name in (EAGER, FOLDED) if name in network]
    return {
        f'{ONNX}/{name}': round(network[ONNX]['p50_ms'] / network[name]['p50_ms'], 4)
        for name in others
    }


def _measure_points(
    engines: dict[str, Backend], model: ModelFiles, config: BenchmarkConfig
) -> dict[str, Any]:
    """From a camera's image to a filled cloud, without ROS around it."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX, 3), np.uint8)
    camera = Camera.from_fov(IMAGE_WIDTH_PX, IMAGE_HEIGHT_PX, IMAGE_FOV_DEG)
    height, width = config.size_px
    sized = EstimatorConfig(input_height_px=height, input_width_px=width)
    functions = {}
    for name in engines.keys() - {EAGER}:
        estimator = DepthEstimator(engines[name], model, sized)
        writer = CloudWriter(SimpleNamespace(data=None), 1, POINTS_RANGE_M)
        functions[name] = partial(_points_from_image, estimator, writer, image, camera)
    times = time_in_turns(functions, config.num_calls, LIMIT_S)
    size = f'{IMAGE_HEIGHT_PX}x{IMAGE_WIDTH_PX}'
    return {f'{name}_{size}_to_points': summarise(values) for name, values in times.items()}


def _points_from_image(
    estimator: DepthEstimator,
    writer: CloudWriter,
    image: UInt8[np.ndarray, 'height width 3'],
    camera: Camera,
) -> None:
    writer.write(estimator.estimate(image, camera).depth_m, camera, image, None)
