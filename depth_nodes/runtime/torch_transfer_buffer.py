"""Memory that is copied between the host and a device as a whole."""

from __future__ import annotations

from collections.abc import Mapping
import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

ALIGNMENT_BYTES = 256


class Part(NamedTuple):
    """An array in a buffer."""

    shape: tuple[int, ...]
    dtype: torch.dtype


class TransferBuffer:
    """Arrays one behind the other, on the host and again on a device: one copy moves them all.

    The host's memory is page-locked for a GPU, which copies it without the processor.

    Attributes:
        host: the arrays as numpy sees them.
        device: the arrays as tensors of the device.
    """

    def __init__(self, parts: Mapping[str, Part], device: torch.device) -> None:
        """Everything is 0."""
        self._ends: dict[str, int] = {}
        size = 0
        for name, part in parts.items():
            size += math.prod(part.shape) * part.dtype.itemsize
            size = -(-size // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
            self._ends[name] = size
        is_pinned = device.type == 'cuda'
        self._host_bytes = torch.zeros(size, dtype=torch.uint8, pin_memory=is_pinned)
        self._device_bytes = torch.zeros(size, dtype=torch.uint8, device=device)
        self.host: dict[str, np.ndarray] = {
            name: tensor.numpy() for name, tensor in self._arrays(self._host_bytes, parts).items()
        }
        self.device = self._arrays(self._device_bytes, parts)

    def upload(self) -> None:
        """Enqueues the copy to the device."""
        self._device_bytes.copy_(self._host_bytes, non_blocking=True)

    def download(self, last: str) -> None:
        """Enqueues the copy of all arrays up to this one to the host."""
        used = slice(self._ends[last])
        self._host_bytes[used].copy_(self._device_bytes[used], non_blocking=True)

    def _arrays(self, memory: Tensor, parts: Mapping[str, Part]) -> dict[str, Tensor]:
        arrays, start = {}, 0
        for name, part in parts.items():
            size = math.prod(part.shape) * part.dtype.itemsize
            arrays[name] = memory[start : start + size].view(part.dtype).view(part.shape)
            start = self._ends[name]
        return arrays
