"""The processes that train one network together, each on its own share of every batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
import os

from jaxtyping import Float
import torch
from torch import distributed, Tensor

from depth_nodes.errors import ConfigError

# The others wait for the first one while it renders scenes and validates.
TIMEOUT = timedelta(hours=12)
TORCHRUN_ADVICE = 'start with torchrun, or unset WORLD_SIZE to train in one process'


@dataclass(frozen=True, kw_only=True)
class ProcessGroup:
    """This process among its peers; alone by default."""

    rank: int = 0
    size: int = 1
    device: torch.device = torch.device('cpu')

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that writes, validates and reports."""
        return self.rank == 0

    def mean(self, values: Float[Tensor, '*shape']) -> Float[Tensor, '*shape']:
        """The mean over the processes; without a gradient where there are several."""
        if self.size == 1:
            return values
        total = values.detach().clone()
        distributed.all_reduce(total)
        return total / self.size

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Sets tensors, in place, to their means over the processes."""
        if self.size == 1 or not tensors:
            return
        # One message for all of them: its start costs more than its bytes.
        flat = self.mean(torch.cat([tensor.reshape(-1) for tensor in tensors]))
        parts = flat.split([tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view(tensor.shape))

    def from_first(self, value: float) -> float:
        """The first process's value, in all of them."""
        if self.size == 1:
            return value
        shared = torch.tensor(value, dtype=torch.float64, device=self.device)
        distributed.broadcast(shared, src=0)
        return shared.item()

    @contextmanager
    def first_goes_ahead(self) -> Iterator[None]:
        """Lets the others into the block when the first process has left it."""
        if not self.is_first:
            distributed.barrier()
        yield
        if self.is_first and self.size > 1:
            distributed.barrier()


@contextmanager
def joined_process_group(device: str) -> Iterator[ProcessGroup]:
    """The processes that torchrun started, or this one alone.

    Args:
        device: `cpu`, `cuda`, or `auto` for a GPU where there is one.

    Raises:
        ConfigError: there is no GPU, or none for each process, or the environment is not that of
            torchrun.
    """
    size = _whole_number('WORLD_SIZE', 1)
    chosen = chosen_device(device)
    if size == 1:
        yield ProcessGroup(device=chosen)
        return
    backend = 'nccl' if chosen.type == 'cuda' else 'gloo'
    try:
        distributed.init_process_group(backend, timeout=TIMEOUT)
    except (OSError, RuntimeError, ValueError) as error:
        reason = ' '.join(str(error).split())
        raise ConfigError(f'WORLD_SIZE is {size}, but: {reason}; {TORCHRUN_ADVICE}') from error
    try:
        yield ProcessGroup(rank=distributed.get_rank(), size=size, device=chosen)
    finally:
        distributed.destroy_process_group()


def chosen_device(name: str) -> torch.device:
    """The device of this process by the name in its settings.

    Raises:
        ConfigError: there is no such GPU.
    """
    has_gpu = torch.cuda.is_available()
    if name == 'cuda' and not has_gpu:
        raise ConfigError('device is cuda, but torch finds no GPU; set device to cpu or auto')
    if name == 'cpu' or not has_gpu:
        return torch.device('cpu')
    rank, count = _whole_number('LOCAL_RANK', 0), torch.cuda.device_count()
    if not 0 <= rank < count:
        raise ConfigError(
            f'process {rank} of this machine finds {count} GPUs; start no more processes than that'
        )
    device = torch.device('cuda', rank)
    torch.cuda.set_device(device)
    return device


def _whole_number(variable: str, default: int) -> int:
    text = os.environ.get(variable, str(default))
    try:
        return int(text)
    except ValueError as error:
        raise ConfigError(f'{variable} is {text!r}, no number; {TORCHRUN_ADVICE}') from error
