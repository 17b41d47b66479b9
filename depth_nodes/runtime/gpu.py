"""Which GPU there is, asked of the driver itself: needs neither torch nor the CUDA toolkit."""

from __future__ import annotations

import ctypes
from functools import cache
import logging
from pathlib import Path
import re
from typing import Any, NamedTuple

DRIVER_LIBRARY = 'libcuda.so.1'
KERNEL_DRIVER_FILE = Path('/proc/driver/nvidia/version')
# From cuda.h.
COMPUTE_CAPABILITY_MAJOR, COMPUTE_CAPABILITY_MINOR = 75, 76
MAX_NAME_BYTES = 256

logger = logging.getLogger(__name__)


class Gpu(NamedTuple):
    """What an engine is built for.

    Attributes:
        name: as the driver calls it; a slice of a GPU has a name of its own.
        compute_capability: major and minor.
        driver_version: the newest CUDA version that the driver runs and, where the system tells
            it, the version of the kernel's half: `12.8 (570.124.06)`.
    """

    name: str
    compute_capability: tuple[int, int]
    driver_version: str


@cache
def find_gpu() -> Gpu | None:
    """The first GPU that this process may use; None where there is none. Never raises.

    Asked once per process. The driver is initialised by it, so a process that forks afterwards
    cannot use the GPU in its children.
    """
    try:
        library = ctypes.CDLL(DRIVER_LIBRARY)
    except OSError as error:
        logger.info('no GPU: the driver is not installed (%s)', error)
        return None
    return first_gpu(library, KERNEL_DRIVER_FILE)


def first_gpu(library: Any, kernel_driver_file: Path) -> Gpu | None:
    """Device 0 as this driver library describes it; None where it has or finds none."""
    try:
        _call(library, 'cuInit', 0)
        if _integer(library, 'cuDeviceGetCount') == 0:
            logger.info('no GPU: the driver is installed and finds no device')
            return None
        name = ctypes.create_string_buffer(MAX_NAME_BYTES)
        _call(library, 'cuDeviceGetName', name, MAX_NAME_BYTES, 0)
        major, minor = (
            _integer(library, 'cuDeviceGetAttribute', attribute, 0)
            for attribute in (COMPUTE_CAPABILITY_MAJOR, COMPUTE_CAPABILITY_MINOR)
        )
        cuda_version = _integer(library, 'cuDriverGetVersion')
    except (AttributeError, OSError) as error:
        logger.info('no GPU: %s', error)
        return None
    return Gpu(
        name=name.value.decode(errors='replace'),
        compute_capability=(major, minor),
        driver_version=_driver_version(cuda_version, kernel_driver_file),
    )


def _call(library: Any, function: str, *arguments: Any) -> None:
    code = getattr(library, function)(*arguments)
    if code != 0:
        raise OSError(f'{function} of {DRIVER_LIBRARY} returned CUDA error {code}')


def _integer(library: Any, function: str, *arguments: Any) -> int:
    """What the function writes where its first argument points."""
    result = ctypes.c_int()
    _call(library, function, ctypes.pointer(result), *arguments)
    return result.value


def _driver_version(cuda_version: int, kernel_driver_file: Path) -> str:
    """Both halves, since each can be replaced without the other.

    CUDA's forward compatibility packages put a newer library on an older kernel driver, and
    drivers of one CUDA version are released many times. The file is preferred to NVML because
    one read is cheaper than a second library that not every system has. Where it is missing
    (WSL), the CUDA version must do.
    """
    version = f'{cuda_version // 1000}.{cuda_version % 1000 // 10}'
    try:
        text = kernel_driver_file.read_text(errors='replace')
    except OSError:
        return version
    kernel = re.search(r'\s(\d+(?:\.\d+)+)\s', text)
    return f'{version} ({kernel[1]})' if kernel else version
