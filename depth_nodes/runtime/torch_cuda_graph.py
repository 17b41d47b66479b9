"""GPU work recorded once and launched as a whole: a CUDA graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from depth_nodes.errors import BackendError, first_line

# Libraries choose algorithms and allocate in the first runs, which no graph may hold.
WARM_UP_RUNS = 3


def captured(
    enqueue: Callable[[], object], stream: torch.cuda.Stream, pool: Any = None
) -> torch.cuda.CUDAGraph:
    """The graph of what `enqueue` puts on the stream, replayed once.

    It reads and writes the memory that `enqueue` uses, wherever that lies: nothing that it works
    on may be allocated anew. `pool` is that of another graph, which never runs at the same time.

    Raises:
        BackendError: something in it cannot be captured, such as waiting for the GPU.
    """
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP_RUNS):
            enqueue()
        stream.synchronize()
        graph = torch.cuda.CUDAGraph()
        try:
            # Other threads of the process may use the GPU meanwhile.
            with torch.cuda.graph(
                graph, pool=pool, stream=stream, capture_error_mode='thread_local'
            ):
                enqueue()
        except RuntimeError as error:
            reason = first_line(error)
            raise BackendError(
                f'the CUDA graph cannot be captured ({reason}); choose another backend'
            ) from error
        graph.replay()  # the first one also uploads the graph
        stream.synchronize()
    return graph
