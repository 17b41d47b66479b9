"""`depth_node` as it is, but its backend fails on command.

A line on standard input each, answered by one on standard output: `die` ends the thread that
infers, `build` makes an engine and says whether the cache has kept it. SIGUSR1 shows where every
thread is.
"""

import faulthandler
from functools import partial
import os
import select
import signal

from jaxtyping import Float32
import numpy as np

from depth_nodes.ros.nodes.depth_node import main
from depth_nodes.runtime import estimator
from depth_nodes.runtime.backend import BackendConfig, BACKENDS
from depth_nodes.runtime.engine_cache import EngineCache
from depth_nodes.runtime.engine_key import EngineKey
from depth_nodes.runtime.gpu import Gpu
from depth_nodes.runtime.model_store import ModelFiles
from depth_nodes.runtime.onnx_backend import OnnxBackend

STDIN = 0
DIED, KEPT, NOT_KEPT = 'died', 'kept', 'not kept'
ENGINE_BYTES = 1 << 20
MAX_CACHE_BYTES = 4 * ENGINE_BYTES
GPU = Gpu(name='none', compute_capability=(0, 0), driver_version='none')


class FaultyBackend(OnnxBackend):
    """Keeps engines as the TensorRT backend does, in the thread that infers."""

    def __init__(self, model: ModelFiles, config: BackendConfig) -> None:
        super().__init__(model, config)
        self._cache = EngineCache(config.engine_cache_dir, MAX_CACHE_BYTES)
        self._num_engines = 0

    def infer(
        self, image: Float32[np.ndarray, '1 3 height width']
    ) -> Float32[np.ndarray, '1 1 height width']:
        if select.select([STDIN], [], [], 0)[0]:
            self._obey(os.read(STDIN, 64).decode().strip())
        return super().infer(image)

    @property
    def problem(self) -> str:
        """Why an engine is not kept."""
        return self._cache.problem

    def _obey(self, command: str) -> None:
        if command == 'die':
            answer(DIED)
            raise SystemExit  # no error of a frame: Python ends the thread without a word
        if command == 'build':
            answer(KEPT if self._is_new_engine_kept() else NOT_KEPT)

    def _is_new_engine_kept(self) -> bool:
        self._num_engines += 1
        key = EngineKey(
            weights_sha256='',
            graph_version='',
            shape=(self._num_engines, 1, 1),
            precision='fp32',
            gpu=GPU,
            versions={},
        )
        self._cache.load_or_build(key, partial(bytes, ENGINE_BYTES))
        return self._cache.path(key).exists()


class FaultyEstimator(estimator.DepthEstimator):
    """Passes the problem on, as the estimator of the TensorRT backend does."""

    @property
    def problem(self) -> str:
        """That of the backend."""
        return self.backend.problem


def answer(text: str) -> None:
    print(text, flush=True)


if __name__ == '__main__':
    faulthandler.register(signal.SIGUSR1)
    BACKENDS['onnx'], estimator.DepthEstimator = FaultyBackend, FaultyEstimator
    main()
