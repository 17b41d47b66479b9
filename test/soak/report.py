"""The table of a soak, and the promises that were broken."""

from collections.abc import Iterator
from dataclasses import dataclass

from soak.accounts import FrameBalance
from soak.schedule import Fault, FAULTS

MAX_RECOVERY_S = 2.0
MAX_GROWTH_MB = 20.0
MAX_SILENCE_S = 3.0  # of diagnostics, which come every second: a node that says nothing is stuck
MAX_EXIT_S = 2.0
MIN_DELIVERED = 0.99


@dataclass(frozen=True, kw_only=True)
class Survival:
    """How a fault went.

    Attributes:
        fault: that was injected.
        at_s: since the start of the run.
        problem: why it could not be injected; empty: it was.
        is_detected: whether diagnostics told of it.
        recovery_s: from its end, where it leaves the camera seeing also from its beginning, to
            depth of a later image, for every subscriber that is awake.
    """

    fault: Fault
    at_s: float
    problem: str = ''
    is_detected: bool = False
    recovery_s: float = 0.0

    def __str__(self) -> str:
        """For whoever waits."""
        state = self.problem or f'{"" if self.is_detected else "not "}in diagnostics'
        return f'{self.at_s:7.1f} s  {self.fault.name}: {state}, {self.recovery_s:.2f} s'


@dataclass(frozen=True, kw_only=True)
class Soak:
    """A run, once it is over.

    Attributes:
        survivals: of each fault, in order.
        balance: of the frames.
        delivered: depth images that arrived.
        wrong_sizes: those that were not of the size of their image.
        memory_growth_mb: of the node, since before the first fault.
        silence_s: the longest between two of the node's statuses.
        exit_code: of the node after SIGINT; what it ended with where it ended before.
        exit_s: how long it took to end; None: it ended by itself, during the run.
    """

    survivals: list[Survival]
    balance: FrameBalance
    delivered: int
    wrong_sizes: int
    memory_growth_mb: float
    silence_s: float
    exit_code: int
    exit_s: float | None


def table(soak: Soak) -> Iterator[str]:
    """What happened, line by line."""
    yield f'{"fault":24} {"injected":>8} {"detected":>8} {"recovery max s":>14}'
    for fault in FAULTS:
        survivals = [one for one in soak.survivals if one.fault == fault and not one.problem]
        detected = sum(one.is_detected for one in survivals)
        recovery = max((one.recovery_s for one in survivals), default=float('nan'))
        yield f'{fault.name:24} {len(survivals):8} {detected:8} {recovery:14.2f}'
    rows: dict[str, object] = {
        'frames sent': soak.balance.sent,
        **{f'frames {name}': n for name, n in soak.balance.counts.items() if n},
        'frames unaccounted': soak.balance.unaccounted,
        'depth images delivered': soak.delivered,
        'of a wrong size': soak.wrong_sizes,
        'memory growth MB': f'{soak.memory_growth_mb:.1f}',
        'longest silence s': f'{soak.silence_s:.1f}',
        'exit code': soak.exit_code,
        'exit took s': 'ended by itself' if soak.exit_s is None else f'{soak.exit_s:.1f}',
    }
    width = max(map(len, rows))
    yield from (f'{name:{width}} {value:>8}' for name, value in rows.items())


def broken_promises(soak: Soak) -> Iterator[str]:
    """A line for each."""
    for one in soak.survivals:
        yield from (f'{one.fault.name} at {one.at_s:.0f} s: {text}' for text in _faults_of(one))
    published = soak.balance.counts.get('published', 0)
    is_broken = {
        f'{soak.balance.unaccounted} frames are unaccounted for': soak.balance.unaccounted,
        f'{soak.delivered} of {published} published depth images were delivered': (
            soak.delivered < MIN_DELIVERED * published
        ),
        f'{soak.wrong_sizes} depth images are not of the size of their image': soak.wrong_sizes,
        f'memory grew by {soak.memory_growth_mb:.1f} MB': soak.memory_growth_mb >= MAX_GROWTH_MB,
        f'no diagnostics for {soak.silence_s:.1f} s': soak.silence_s > MAX_SILENCE_S,
        f'the node ended with {soak.exit_code}': soak.exit_code,
        'the node ended by itself': soak.exit_s is None,
        f'the node took {soak.exit_s or 0:.1f} s to end': (soak.exit_s or 0) > MAX_EXIT_S,
    }
    yield from (text for text, is_so in is_broken.items() if is_so)


def _faults_of(one: Survival) -> Iterator[str]:
    if one.problem:
        yield one.problem
        return
    if not one.is_detected:
        yield 'not in diagnostics'
    if one.recovery_s > MAX_RECOVERY_S:
        yield f'no depth for {one.recovery_s:.1f} s'
