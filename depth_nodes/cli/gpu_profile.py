"""What a GPU does in a call: kernels and copies, counted and timed by torch's profiler."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
from torch.profiler import profile, ProfilerActivity

from depth_nodes.errors import first_line

NUM_CALLS = 10
# The CPU's too: the profiler fails where it can see nothing at all.
ACTIVITIES = (ProfilerActivity.CPU, ProfilerActivity.CUDA)
NUM_SLOWEST, MAX_NAME_LETTERS = 8, 90
# What the profiler calls that which is no kernel.
COPIES = ('Memcpy', 'Memset')


def device_work(call: Callable[[], object]) -> dict[str, Any]:
    """Kernels and copies of a call that waits for its end, and the time [us] that they take.

    It is the mean of a few calls. A CUDA graph's kernels count one by one. A profiler that does
    not work here gives the reason: it needs a library of its own, and rights on some systems.
    """
    try:
        # Without `acc_events` some versions warn of what concerns schedules alone.
        with profile(activities=ACTIVITIES, acc_events=True) as seen:
            for _ in range(NUM_CALLS):
                call()
        durations_us, counts = _on_device(seen)
    except RuntimeError as error:
        return {'reason': first_line(error)}
    if not counts:
        return {'reason': "torch's profiler saw nothing on the GPU"}
    copies = {name for name in counts if name.startswith(COPIES)}
    kernels = counts.keys() - copies
    slowest = sorted(kernels, key=lambda name: -durations_us[name])[:NUM_SLOWEST]
    return {
        'kernels': _mean(counts, kernels),
        'kernels_us': _mean(durations_us, kernels),
        'copies': _mean(counts, copies),
        'copies_us': _mean(durations_us, copies),
        'slowest_us': {name[:MAX_NAME_LETTERS]: _mean(durations_us, {name}) for name in slowest},
    }


def _on_device(seen: profile) -> tuple[Counter[str], Counter[str]]:
    """Microseconds and number of everything that ran on the GPU, by its name."""
    durations_us: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for event in seen.events() or ():
        if event.device_type == torch.autograd.DeviceType.CUDA and not event.is_user_annotation:
            durations_us[event.name] += event.time_range.elapsed_us()
            counts[event.name] += 1
    return durations_us, counts


def _mean(values: Counter[str], names: set[str]) -> float:
    return round(sum(values[name] for name in names) / NUM_CALLS, 1)
