"""What Torch-TensorRT logs, prints and raises, made one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import logging
import warnings

from depth_nodes.errors import BackendError, first_line

# TensorRT's own messages have a logger of their own.
COMPILER_LOGS = ('torch_tensorrt', 'torch_tensorrt [TensorRT Conversion Context]')
ELSEWHERE = 'choose the backend torch or onnx'


@contextmanager
def one_line_errors(what: str) -> Iterator[None]:
    """Makes whatever is raised a BackendError with the first reason that was given."""
    with collected_errors() as records:
        try:
            yield
        except BackendError:
            raise
        except Exception as error:  # torch.export, Torch-TensorRT and TensorRT raise anything
            # Until 2.11 Torch-TensorRT logs the reason and then fails over a missing variable.
            reasons = [_reason(record) for record in records] or [first_line(_root(error))]
            raise BackendError(
                f'TensorRT cannot build {what} ({reasons[0]}); {ELSEWHERE}'
            ) from error


@contextmanager
def collected_errors() -> Iterator[list[logging.LogRecord]]:
    """Keeps what concerns the compiler's developers from our users, and gives its errors."""
    collector = _Collector(logging.ERROR)
    loggers = [logging.getLogger(name) for name in COMPILER_LOGS]
    were_propagating = [one.propagate for one in loggers]
    for one in loggers:
        one.addHandler(collector)
        one.propagate = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            yield collector.records
    finally:
        for one, was_propagating in zip(loggers, were_propagating, strict=True):
            one.removeHandler(collector)
            one.propagate = was_propagating


class _Collector(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def _reason(record: logging.LogRecord) -> str:
    """The exception that was logged, of which the message would show the whole graph."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, Exception):
        return first_line(_root(error))
    return record.getMessage().strip().splitlines()[0]


def _root(error: Exception) -> Exception:
    while isinstance(error.__cause__, Exception):
        error = error.__cause__
    return error
