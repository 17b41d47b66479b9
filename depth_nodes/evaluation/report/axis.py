"""The axes of a plot: where numbers lie on it, and which of them are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A linear axis.

    Attributes:
        low: the number at `start`.
        high: the number at `end`; larger than `low`.
        start: position in the drawing.
        end: position in the drawing, before or behind `start`.
        num_ticks: about so many numbers are written.
    """

    low: float
    high: float
    start: float
    end: float
    num_ticks: int = 5

    def position(self, value: float) -> float:
        """Where a number lies; at the end of the axis where it is beyond it."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Round numbers on the axis: 1, 2 or 5 times a power of ten apart."""
        step = _round_step((self.high - self.low) / self.num_ticks)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(index * step, 10) for index in range(first, last + 1)]


def axis_around(
    values: Sequence[float], start: float, end: float, *, has_zero: bool = True
) -> Axis:
    """An axis that holds all values, with a little room; from zero where that is asked for."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    if has_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
    is_at_zero = has_zero and low == 0
    return Axis(low=low if is_at_zero else low - room, high=high + room, start=start, end=end)


def _round_step(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return power * next(factor for factor in (1, 2, 5, 10) if factor * power >= step * 0.999)
