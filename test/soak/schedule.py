"""Which fault comes when: drawn at random, the same for the same seed."""

from collections.abc import Iterator
from dataclasses import dataclass
import random

PERIOD_S = 10.0
# Long enough that a camera counts as silent and a status tells of it, short enough that recovery
# and some quiet fit into the period.
MIN_LASTS_S, MAX_LASTS_S = 4.0, 5.0


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A kind of bad day.

    Attributes:
        name: for people.
        sign: words of diagnostics that tell of it.
        is_blinding: whether there can be no depth before it has ended.
        is_lasting: whether it takes time at all.
    """

    name: str
    sign: str
    is_blinding: bool = False
    is_lasting: bool = True


FAULTS = (
    Fault(name='stalled camera', sign='no image for', is_blinding=True),
    Fault(name='time jump', sign='stamps have jumped'),
    Fault(name='changed resolution', sign='images are now'),
    Fault(name='changed camera_info', sign='camera_info has changed'),
    Fault(name='wrong camera_info', sign='CameraInfo of the same size', is_blinding=True),
    Fault(name='dying worker thread', sign='SystemExit', is_lasting=False),
    Fault(name='full disk, engine cache', sign='cannot be written'),
    Fault(name='sleeping subscriber', sign='acknowledged'),
)


@dataclass(frozen=True, kw_only=True)
class Injection:
    """A fault at a time [s] since the camera's first frame, for so long [s]."""

    fault: Fault
    at_s: float
    lasts_s: float


def schedule(duration_s: float, rng: random.Random) -> Iterator[Injection]:
    """One fault a period, the first after one; all of them have come before one comes again."""
    waiting: list[Fault] = []
    for index in range(1, int(duration_s / PERIOD_S)):
        waiting = waiting or rng.sample(FAULTS, len(FAULTS))
        fault = waiting.pop()
        lasts_s = rng.uniform(MIN_LASTS_S, MAX_LASTS_S) if fault.is_lasting else 0.0
        yield Injection(fault=fault, at_s=index * PERIOD_S + rng.random(), lasts_s=lasts_s)
