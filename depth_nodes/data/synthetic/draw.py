"""Random choices of a scene builder, in plain Python numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
import colorsys
import math
from typing import TypeVar

import numpy as np

from depth_nodes.data.synthetic.scene import Colour

Choice = TypeVar('Choice')
Span = tuple[float, float]


class Draw:
    """Draws from one generator; the order of calls decides the results."""

    def __init__(self, generator: np.random.Generator) -> None:
        self.generator = generator

    def uniform(self, low: float, high: float) -> float:
        """A number between low and high."""
        return float(self.generator.uniform(low, high))

    def log_uniform(self, low: float, high: float) -> float:
        """A positive number, every octave equally likely."""
        return math.exp(self.uniform(math.log(low), math.log(high)))

    def normal(self, mean: float, deviation: float) -> float:
        """A number of the normal distribution."""
        return float(self.generator.normal(mean, deviation))

    def whole(self, low: int, high: int) -> int:
        """An integer, low <= n <= high."""
        return int(self.generator.integers(low, high + 1))

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return bool(self.generator.random() < probability)

    def choice(self, options: Sequence[Choice]) -> Choice:
        """One of the options."""
        return options[int(self.generator.integers(len(options)))]

    def weighted(self, options: Iterable[Choice], weights: Sequence[float]) -> Choice:
        """One of the options, each as often as its weight says."""
        rest = self.uniform(0, sum(weights))
        for option, weight in zip(options, weights, strict=True):
            rest -= weight
            if rest <= 0:
                return option
        return option

    def colour(
        self,
        hue: Span = (0.0, 1.0),
        saturation: Span = (0.0, 0.6),
        value: Span = (0.2, 0.9),
    ) -> Colour:
        """An sRGB colour; hues may run below 0 or above 1."""
        low, high = saturation
        # Strong colours are seldom in the world.
        strength = low + (high - low) * self.uniform(0, 1) ** 1.7
        return colorsys.hsv_to_rgb(self.uniform(*hue) % 1, strength, self.uniform(*value))

    def offset(self) -> tuple[float, float]:
        """A shift of a pattern, in its units."""
        return self.uniform(0, 8), self.uniform(0, 8)


def shaded(colour: Colour, factor: float) -> Colour:
    """The colour brightened or darkened."""
    r, g, b = (min(channel * factor, 1.0) for channel in colour)
    return r, g, b
