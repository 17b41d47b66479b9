"""The measurements of `depth_nodes benchmark`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from jaxtyping import Float32
import numpy as np

from depth_nodes.cli.stopwatch import summarise, time_in_turns
from depth_nodes.errors import ConfigError
from depth_nodes.messages.camera import Camera
from depth_nodes.messages.cloud import CloudWriter
from depth_nodes.runtime.backend import BackendConfig, make_backend
from depth_nodes.runtime.estimator import DepthEstimator, EstimatorConfig
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.model_store import find_model

IMAGE_HEIGHT_PX, IMAGE_WIDTH_PX, IMAGE_FOV_DEG = 720, 1280, 70.0
POINTS_RANGE_M = 100.0
EAGER, FOLDED, ONNX = 'torch_eager_unfolded', 'torch_eager_folded_channels_last', 'onnx'

Infer = Callable[[], Float32[np.ndarray, '1 1 height width']]


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
        estimators = {name: _estimator(name, model, config) for name in config.backends}
    network, difference = _measure_network(config, model, estimators)
    results = {
        'settings': asdict(config) | {'model': model.name},
        'network': network,
        'ratios': _ratios(network),
        'difference': difference,
        'image_to_points': _measure_points(config, estimators),
    }
    for estimator in estimators.values():
        estimator.close()
    return results


def random_model(folder: Path) -> ModelFiles:
    """The files of a SmallDepth that has learnt nothing."""
    import torch

    from depth_nodes.geometry.canonical import CanonicalCamera
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
