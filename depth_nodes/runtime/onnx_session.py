"""Opening an ONNX file with ONNX Runtime; its errors become ours here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from depth_nodes.errors import BackendError, CheckpointError, first_line

LOG_ERRORS_ONLY = 3


def open_session(path: Path, num_threads: int = 1) -> Any:
    """An `onnxruntime.InferenceSession` on the CPU.

    Raises:
        BackendError: onnxruntime is not installed.
        CheckpointError: the file is missing, damaged, or of a newer format.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise BackendError(
            f'the onnx backend needs onnxruntime ({error}); run: pip install onnxruntime'
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = num_threads
    options.inter_op_num_threads = 1
    options.log_severity_level = LOG_ERRORS_ONLY
    # Its threads spin for a moment between operators, as is its default. Sleeping ones sometimes
    # woke on the core that was already computing: 14.9 ms a call instead of 8.7, for a whole run.
    # The default of half the cores leaves the others to the rest of the robot.
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])
    except Exception as error:  # onnxruntime's classes have no public base of their own
        raise CheckpointError(
            f'{path} cannot be opened by ONNX Runtime ({first_line(error)}); '
            'fetch it again or export it anew'
        ) from error
