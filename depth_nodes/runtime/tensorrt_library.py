"""The installed TensorRT, be it the standard one or TensorRT-RTX, and what it says."""

from __future__ import annotations

from functools import cache
from importlib import import_module, metadata
import logging
from types import ModuleType
from typing import Any

from depth_nodes.errors import BackendError, first_line

COMPILER, RTX_COMPILER = 'torch-tensorrt', 'torch-tensorrt-rtx'
MAX_KEPT_ERRORS = 8

logger = logging.getLogger(__name__)


def load_tensorrt() -> ModuleType:
    """TensorRT, or TensorRT-RTX where Torch-TensorRT builds for it; neither reads the other's.

    Raises:
        BackendError: it is not installed, or does not find its libraries.
    """
    name = 'tensorrt_rtx' if is_rtx() else 'tensorrt'
    try:
        return import_module(name)
    except Exception as error:  # also OSError and RuntimeError of the libraries below
        raise BackendError(
            f'the tensorrt backend needs {name} ({first_line(error)}); install it as '
            'docs/deployment.md says, or choose the backend onnx'
        ) from error


def tensorrt_with_gpu() -> ModuleType:
    """TensorRT, to run what torch's tensors on a GPU go through.

    Raises:
        BackendError: it is not installed, or torch finds no GPU.
    """
    import torch

    tensorrt = load_tensorrt()
    if not torch.cuda.is_available():
        raise BackendError(
            'torch finds no NVIDIA GPU for the tensorrt backend; choose the backend onnx'
        )
    return tensorrt


def is_rtx() -> bool:
    """Whether the installed Torch-TensorRT is the variant for TensorRT-RTX."""
    return installed_version(RTX_COMPILER) is not None


def installed_version(distribution: str) -> str | None:
    """The version of an installed distribution, found without importing it."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


@cache
def log_of(tensorrt: Any) -> Any:
    """TensorRT's messages; one object, because TensorRT keeps the first one for the process."""
    severity = tensorrt.ILogger.Severity

    class Log(tensorrt.ILogger):
        def __init__(self) -> None:
            tensorrt.ILogger.__init__(self)
            self.errors: list[str] = []

        def log(self, level: Any, message: str) -> None:
            """Keeps errors for the exception that follows them."""
            if level == severity.WARNING:
                logger.warning('TensorRT: %s', message)
            elif level in (severity.ERROR, severity.INTERNAL_ERROR):
                logger.debug('TensorRT: %s', message)
                if len(self.errors) < MAX_KEPT_ERRORS:
                    self.errors.append(message)

    return Log()
