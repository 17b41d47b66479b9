"""What a measurement was made on, and of."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
import os
from pathlib import Path
import platform
import re
import subprocess
from typing import Any

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
        'versions': {name: _version(name) for name in PACKAGES},
        'commit': _commit(),
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
    """The checkout's commit, `+` where files differ from it; None for an installed package."""
    if not (CHECKOUT / '.git').exists():
        return None
    try:
        commit = _git('rev-parse', '--short=12', 'HEAD')
        return commit + ('+' if _git('status', '--porcelain', '--untracked-files=no') else '')
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*arguments: str) -> str:
    command = ['git', '-C', str(CHECKOUT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
