"""What Torch-TensorRT asks of a GPU while it builds, answered without one.

Its import and its builder ask CUDA which GPU there is, and load what they have built. All else is
real: the converters, and the builder of TensorRT-RTX, which needs only a CPU. The names that are
replaced are private, so the versions are fixed: `make test-tensorrt` installs them.
"""

from collections.abc import Iterator
from importlib import metadata
import sys
from types import SimpleNamespace

import pytest
import torch

VERSIONS = {'torch-tensorrt-rtx': '2.13.0', 'tensorrt-rtx-cu13': '1.5.0.114'}
FREE_AND_TOTAL_BYTES = (8 << 30, 8 << 30)


def installed(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


@pytest.fixture(scope='session', autouse=True)
def _without_gpu() -> Iterator[None]:
    missing = [
        f'{name} {version}' for name, version in VERSIONS.items() if installed(name) != version
    ]
    if missing:
        pytest.skip(f'no {" and ".join(missing)}; run: make test-tensorrt')
    with pytest.MonkeyPatch.context() as patch:
        # One function each: torch._dynamo refuses one object under two names.
        patch.setattr(torch.cuda, 'current_device', lambda: 0)
        patch.setattr(torch.cuda, 'empty_cache', lambda: None)
        patch.setattr(torch.cuda, 'get_device_capability', lambda *_: (9, 0))
        patch.setattr(torch.cuda, 'get_device_name', lambda *_: 'none')
        patch.setattr(torch.cuda, 'mem_get_info', lambda *_: FREE_AND_TOTAL_BYTES)
        patch.setattr(torch.cuda, 'set_device', lambda *_: None)
        patch.setattr(torch.cuda, 'synchronize', lambda *_: None)
        if not hasattr(torch._C, '_CudaDeviceProperties'):
            stub = type('_CudaDeviceProperties', (), {})
            patch.setattr(torch._C, '_CudaDeviceProperties', stub, raising=False)
        yield


@pytest.fixture
def plans(monkeypatch) -> list[bytes]:
    """Every plan that the builder gives from here on."""
    from depth_nodes.runtime.tensorrt_compiler import load_compiler

    load_compiler()
    interpreter = sys.modules['torch_tensorrt.dynamo.conversion._TRTInterpreter']
    compiler = sys.modules['torch_tensorrt.dynamo._compiler']
    # The dry run moves what no engine takes to the GPU.
    monkeypatch.setattr(compiler, 'to_torch_device', lambda _: torch.device('cpu'))
    built = []

    class Runtime:
        """Only a GPU can load a plan, and all that is wanted of the loaded one is the plan."""

        def __init__(self, log: object) -> None:
            del log

        def deserialize_cuda_engine(self, plan: object) -> SimpleNamespace:
            built.append(bytes(plan))
            return SimpleNamespace(serialize=lambda: built[-1])

    class TensorRt:
        """The module, but for the runtime."""

        def __init__(self, module: object) -> None:
            self.module = module

        def __getattr__(self, name: str) -> object:
            return Runtime if name == 'Runtime' else getattr(self.module, name)

    monkeypatch.setattr(interpreter, 'trt', TensorRt(interpreter.trt))
    return built
