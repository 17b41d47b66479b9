"""Keeps glibc from giving big buffers back to the system after every message.

A cloud of some megabytes is otherwise mapped, faulted in page by page and unmapped again for
every frame, on the publishing and on the receiving side.
"""

import ctypes

M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
MMAP_THRESHOLD_BYTES = 32 << 20
TRIM_THRESHOLD_BYTES = 256 << 20


def keep_large_blocks() -> bool:
    """Sets both thresholds; False where the C library has no `mallopt` (musl, macOS)."""
    mallopt = getattr(ctypes.CDLL(None), 'mallopt', None)
    if mallopt is None:
        return False
    is_mmap_set = mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES)
    is_trim_set = mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD_BYTES)
    return bool(is_mmap_set and is_trim_set)
