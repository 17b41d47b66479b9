"""What the GPU pipeline takes a network for, be it torch's or an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeAlias

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.errors import BackendError, first_line

# RGB in 0..1 to sigmoid output, both float32, on one device; it may use its output's memory again
# in the next call.
DeviceNetwork: TypeAlias = Callable[
    [Float[Tensor, 'batch 3 height width']], Float[Tensor, 'batch 1 height width']
]


def exact_network(network: nn.Module) -> DeviceNetwork:
    """A network of torch whose float32 is float32."""

    def run(image: Float[Tensor, 'batch 3 height width']) -> Tensor:
        with without_tf32():
            return network(image)

    return run


@contextmanager
def without_tf32() -> Iterator[None]:
    """Convolutions of a GPU in float32 as it is: by default torch rounds to 10 bits."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before


def is_capturable(network: DeviceNetwork, stream: int) -> bool:
    """Whether a CUDA graph of the stream with this handle can hold the network.

    One that cannot tell is taken to be so.
    """
    ask = getattr(network, 'is_capturable', None)
    return ask is None or ask(stream)


def side_stream(device: str) -> AbstractContextManager[object]:
    """For work beside a pipeline: TensorRT warns of the stream that waits for all others."""
    if device == 'cpu':
        return nullcontext()
    return torch.cuda.stream(torch.cuda.Stream(device))


@contextmanager
def translated_errors(what: str) -> Iterator[None]:
    """Makes what torch raises a BackendError of one line."""
    try:
        yield
    except RuntimeError as error:
        raise BackendError(
            f'torch failed on {what} ({first_line(error)}); choose another backend if it stays so'
        ) from error
