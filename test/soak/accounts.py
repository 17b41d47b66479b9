"""What became of the frames, and how a fault was survived: from records of who saw what when.

All times are of one monotonic clock [s].
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
import itertools
import math
from typing import NamedTuple

PREFIX = 'frames '
# What a node counts of its frames, each exactly once: whether it came, and how it ended.
RECEIVED, LOST = 'received', 'lost'
ENDS = ('published', 'dropped', 'rejected', 'skipped', 'failed')


class Seen(NamedTuple):
    """An image when it was sent, or its depth when it arrived."""

    at_s: float
    size: tuple[int, int]


class Status(NamedTuple):
    """A status of the node on /diagnostics.

    Attributes:
        at_s: when it arrived.
        lines: the parts of its message, and its values but the counts of frames.
        counts: frames by what became of them.
    """

    at_s: float
    lines: frozenset[str]
    counts: dict[str, int]


def status_of(at_s: float, message: str, values: Mapping[str, str]) -> Status:
    """From the message, whose parts are separated by semicolons, and the values."""
    others = [f'{key}: {text}' for key, text in values.items() if not key.startswith(PREFIX)]
    counts = {key[len(PREFIX) :]: int(n) for key, n in values.items() if key.startswith(PREFIX)}
    return Status(at_s, frozenset([*message.split('; '), *others]), counts)


def recovery_s(
    moments_s: Iterable[float], sent: Mapping[int, Seen], arrived_s: Mapping[int, float]
) -> float:
    """From a moment to the first depth of an image that was sent after it; the longest of them.

    Args:
        moments_s: from which the stream has to go on.
        sent: images by stamp [ns].
        arrived_s: when their depth came, by stamp [ns].
    """
    waits_s = []
    for moment_s in moments_s:
        later = (
            arrived_s[stamp] - moment_s
            for stamp, image in sent.items()
            if image.at_s >= moment_s and stamp in arrived_s
        )
        waits_s.append(min(later, default=math.inf))
    return max(waits_s)


def is_told(sign: str, before: Status, during: Iterable[Status]) -> bool:
    """Whether a line with the sign has come that had not been there before the fault."""
    new = {line for status in during for line in status.lines} - before.lines
    return any(sign in line for line in new)


def longest_silence_s(times_s: Collection[float], until_s: float) -> float:
    """The longest time between two of them, or since the last."""
    pairs = itertools.pairwise([*times_s, until_s])
    return max((after - before for before, after in pairs), default=math.inf)


@dataclass(frozen=True, kw_only=True)
class FrameBalance:
    """Where the frames of a run are.

    Attributes:
        sent: by the camera.
        counts: of the node's last status.
    """

    sent: int
    counts: Mapping[str, int]

    @property
    def unaccounted(self) -> int:
        """Frames that neither came to the node nor, as it knows, were lost; or came to no end."""
        came, lost = (self.counts.get(name, 0) for name in (RECEIVED, LOST))
        ended = sum(self.counts.get(name, 0) for name in ENDS)
        return abs(self.sent - came - lost) + abs(came - ended)


def num_of_wrong_size(sent: Mapping[int, Seen], arrived: Mapping[int, Seen]) -> int:
    """Depth images that are not of their image's size, or of no image at all."""
    return sum(
        stamp not in sent or sent[stamp].size != depth.size for stamp, depth in arrived.items()
    )
