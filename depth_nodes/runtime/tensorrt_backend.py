"""The tensorrt backend: an engine for each shape, built once, kept, and checked at each start."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
import hashlib
import logging
from pathlib import Path

from depth_nodes.errors import BackendError
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.engine_cache import EngineCache
from depth_nodes.runtime.engine_key import EngineKey, Shape
from depth_nodes.runtime.gpu import find_gpu
from depth_nodes.runtime.model_store import (
    file_sha256,
    ModelFiles,
    PACKAGE_DIR,
    verified_path,
)
from depth_nodes.runtime.tensorrt_compiler import (
    compile_engine,
    load_compiler,
    tensorrt_versions,
)
from depth_nodes.runtime.tensorrt_engine import TensorRtEngine
from depth_nodes.runtime.torch_gpu_backend import Networks, TorchGpuBackend
from depth_nodes.runtime.torch_network import DeviceNetwork, translated_errors

# The code that turns weights into an engine.
GRAPH_FOLDER, GRAPH_FILE = Path('networks'), Path('runtime/tensorrt_compiler.py')

logger = logging.getLogger(__name__)


class TensorRtBackend(TorchGpuBackend):
    """Engines for this GPU, from the weights that torch loads; torch is what they are held to."""

    name = 'tensorrt'

    def __init__(self, model: ModelFiles, config: BackendConfig) -> None:
        """Loads the weights; an engine only when it is asked for.

        Raises:
            BackendError: no GPU, TensorRT or Torch-TensorRT.
            CheckpointError: the model's file is missing, damaged, or of another network.
        """
        shape = (1, model.input_height_px, model.input_width_px)
        self._key = key_of(model, shape, config.precision)
        super().__init__(model, config)
        self._cache = EngineCache(config.engine_cache_dir)
        # An engine will have to be built: what cannot build one should say so now. It takes
        # seconds to import, which a start with engines can do without.
        if not self._cache.shapes(self._key):
            load_compiler()

    @property
    def problem(self) -> str:
        """Why an engine was not kept."""
        return self._cache.problem

    def shapes_at_start(self, wanted: list[Shape]) -> list[Shape]:
        """Those of the engines that were kept: another one would take minutes."""
        return self._cache.shapes(self._key)

    def engine_path(self, shape: Shape) -> Path:
        """Where the engine of this shape is kept."""
        return self._cache.path(replace(self._key, shape=shape))

    def plan(self, shape: Shape) -> bytes:
        """The engine of this shape as bytes, which it builds if there is none.

        Raises:
            BackendError: the backend is closed, or there is no engine for this shape.
        """
        if self._networks is None:
            raise BackendError('the tensorrt backend is closed')
        with translated_errors('the network for {}x{}x{}'.format(*shape)):
            return self._plan_and_engine(self._networks, shape)[0]

    def _load(self, networks: Networks, shape: Shape) -> DeviceNetwork:
        return self._plan_and_engine(networks, shape)[1]

    def _plan_and_engine(self, networks: Networks, shape: Shape) -> tuple[bytes, DeviceNetwork]:
        checked: list[DeviceNetwork] = []

        def check(plan: bytes) -> None:
            engine = TensorRtEngine(plan, shape)
            self._check(engine, networks, shape)
            checked.append(engine)

        key = replace(self._key, shape=shape)
        plan = self._cache.load_or_build(key, lambda: self._build(networks, shape), check)
        return plan, checked[-1]

    def _build(self, networks: Networks, shape: Shape) -> bytes:
        _, height, width = shape
        self.activity = f'building the TensorRT engine for {height}x{width}: minutes, once'
        logger.info('%s', self.activity)
        try:
            return compile_engine(networks.trained, shape, self.precision)
        finally:
            self.activity = ''


def key_of(model: ModelFiles, shape: Shape, precision: str, part: str = '') -> EngineKey:
    """That of an engine of this model for this machine; `part` as in `EngineKey`.

    Raises:
        BackendError: no GPU, TensorRT or Torch-TensorRT.
        CheckpointError: the model's file is missing or damaged.
    """
    gpu = find_gpu()
    if gpu is None:
        raise BackendError(
            'the tensorrt backend needs an NVIDIA GPU and its driver; choose the backend onnx'
        )
    versions = tensorrt_versions()
    weights = file_sha256(verified_path(model, 'safetensors'))
    if model.prior_bank_path is not None:
        weights += f'+{file_sha256(model.prior_bank_path)}'
    return EngineKey(
        weights_sha256=weights,
        graph_version=graph_version(),
        shape=shape,
        precision=precision,
        gpu=gpu,
        versions=versions,
        part=part,
    )


@cache
def graph_version() -> str:
    """Hash of the code that turns weights into an engine, comments included."""
    digest = hashlib.sha256()
    folder = PACKAGE_DIR / GRAPH_FOLDER
    for path in sorted([*folder.rglob('*.py'), PACKAGE_DIR / GRAPH_FILE]):
        name, code = path.relative_to(PACKAGE_DIR).as_posix(), path.read_bytes()
        digest.update(f'{name} {len(code)}\n'.encode() + code)
    return digest.hexdigest()
