"""A key, and a compiler that takes no time, for tests of what keeps engines."""

from dataclasses import replace

from depth_nodes.runtime.engine_cache import EngineKey
from depth_nodes.runtime.gpu import Gpu

GPU = Gpu(name='NVIDIA H200', compute_capability=(9, 0), driver_version='12.8 (570.124.06)')
VERSIONS = {'tensorrt': '10.12.0', 'torch': '2.8.0', 'torch_tensorrt': '2.8.0'}
KEY = EngineKey(
    weights_sha256='5e' * 32,
    graph_version='1',
    shape=(1, 192, 640),
    precision='fp16',
    gpu=GPU,
    versions=VERSIONS,
)
# Each part of the key, by its name, changed.
CHANGED = {
    'weights': replace(KEY, weights_sha256='5f' * 32),
    'graph': replace(KEY, graph_version='2'),
    'shape': replace(KEY, shape=(4, 192, 640)),
    'precision': replace(KEY, precision='fp32'),
    'gpu': replace(KEY, gpu=GPU._replace(name='NVIDIA H100')),
    'compute_capability': replace(KEY, gpu=GPU._replace(compute_capability=(9, 1))),
    'driver': replace(KEY, gpu=GPU._replace(driver_version='12.8 (570.133.07)')),
    **{
        f'version_of_{name}': replace(KEY, versions=VERSIONS | {name: '99.0'}) for name in VERSIONS
    },
}


class FakeCompiler:
    """Gives another engine at each call, so that a test sees which build it was given."""

    def __init__(self) -> None:
        self.num_calls = 0

    def __call__(self) -> bytes:
        self.num_calls += 1
        return self.engine(self.num_calls)

    def engine(self, call: int) -> bytes:
        """What the call with this number, from 1, has given."""
        return f'engine {call} '.encode() + bytes(range(256))
