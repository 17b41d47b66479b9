"""Named tensors on disk, in the format of safetensors."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from depth_nodes.errors import CheckpointError

# What reading a file raises that is cut off, or of another make.
DAMAGE = (
    SafetensorError, OSError, AttributeError, KeyError, TypeError, ValueError, RuntimeError
)  # fmt: skip


def write_tensors(path: Path, tensors: dict[str, Tensor], header: dict[str, str]) -> None:
    """Writes a safetensors file, which appears whole or not at all.

    Raises:
        CheckpointError: the folder cannot be written.
    """
    partial = path.with_name(path.name + '.partial')
    try:
        save_file(tensors, partial, header)
    except SafetensorError as error:
        raise CheckpointError(
            f'{path} cannot be written ({error}); make room or choose another place'
        ) from error
    partial.replace(path)
