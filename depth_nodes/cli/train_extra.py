"""What only pip's extra `train` brings, asked for in one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from depth_nodes.errors import BackendError


@contextmanager
def needs_train_extra(purpose: str) -> Iterator[None]:
    """Turns a failing import inside the block into one line that says what to install.

    Raises:
        BackendError: torch, or what belongs to it, cannot be imported.
    """
    try:
        yield
    except ImportError as error:
        raise BackendError(
            f"{purpose} needs the extra `train` ({error}); run: pip install 'depth_nodes[train]'"
        ) from error
