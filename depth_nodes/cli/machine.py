"""What a measurement was made on, and of."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
import os
from pathlib import Path
import platform
import re
import subprocess
from typing import Any

from depth_nodes.errors import BackendError
from depth_nodes.runtime.gpu import find_gpu

# Names the commit where the files are a copy without git.
COMMIT_VARIABLE = 'DEPTH_NODES_COMMIT'
PACKAGES = ('depth_nodes', 'numpy', 'onnxruntime', 'opencv-python-headless', 'torch')
CHECKOUT = Path(__file__).resolve().parents[2]


def describe_machine() -> dict[str, Any]:
    """Processor, cores, load, versions and commit, ready for JSON."""
    return {
        'cpu': _cpu_name(),
        'cores': os.cpu_count(),
        'load_average_1min': round(os.getloadavg()[0], 2),
        'system': platform.platform(),
        'python': platform.python_version(),
        'versions': package_versions(),
        'commit': _commit(),
    }


def package_versions() -> dict[str, str | None]:
    """Versions of this package and of those that compute; None where one is not installed."""
    return {name: _version(name) for name in PACKAGES}


def describe_gpu() -> dict[str, Any]:
    """The GPU, its driver, and what runs on it, ready for JSON; needs torch, and a GPU.

    Raises:
        BackendError: torch or the driver finds no GPU.
    """
    import torch

    from depth_nodes.runtime.tensorrt_compiler import tensorrt_versions

    gpu = find_gpu()
    if gpu is None or not torch.cuda.is_available():
        raise BackendError(
            f'there is no GPU that torch {torch.__version__} can use; choose --device cpu'
        )
    try:
        versions = tensorrt_versions()
    except BackendError as error:
        versions = {'torch': str(torch.__version__), 'tensorrt': f'none: {error}'}
    major, minor = gpu.compute_capability
    return {
        'name': gpu.name,
        'compute_capability': f'{major}.{minor}',
        'memory_mb': round(torch.cuda.get_device_properties(0).total_memory / 1e6),
        'driver': gpu.driver_version,
        'cuda': torch.version.cuda,
        'cudnn': torch.backends.cudnn.version(),
        **versions,
    }


def _cpu_name() -> str:
    try:
        text = Path('/proc/cpuinfo').read_text()
    except OSError:
        return platform.processor() or 'unknown'
    match = re.search(r'^(?:model name|Model)\s*:\s*(.+)$', text, re.MULTILINE)
    return match[1] if match else platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """The checkout's commit, `+` where files differ from it; None where nothing tells."""
    if not (CHECKOUT / '.git').exists():
        return os.environ.get(COMMIT_VARIABLE)
    try:
        commit = _git('rev-parse', '--short=12', 'HEAD')
        return commit + ('+' if _git('status', '--porcelain', '--untracked-files=no') else '')
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*arguments: str) -> str:
    command = ['git', '-C', str(CHECKOUT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
