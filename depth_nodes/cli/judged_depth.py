"""The depth that an evaluation judges: recorded in a bag, or what a model makes of its images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from jaxtyping import Float32
import numpy as np

from depth_nodes.cli.predictor import (
    DEFAULT_MODEL,
    make_predictor,
    Predictor,
    UNLIMITED_RANGE_M,
)
from depth_nodes.data.evaluation_bag import EvaluationBag
from depth_nodes.data.sample import Sample
from depth_nodes.runtime.backend import BackendConfig


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """The model that is judged, as the command line names it; `model` None is the default."""

    model: str | None = None
    backend: str = 'auto'
    refine: str | None = None

    def load(self, num_threads: int = 0) -> Predictor:
        """Loads it, for so many threads; 0: automatic."""
        return make_predictor(
            DEFAULT_MODEL if self.model is None else self.model,
            self.backend,
            refine=self.refine,
            depth_range_m=UNLIMITED_RANGE_M,
            backend_config=BackendConfig(num_threads=num_threads),
        )


class JudgedDepth:
    """Depth [m] of frames: the recorded one where there is one, else the model's.

    The model is loaded only where a source has no recorded depth.
    """

    def __init__(self, sources: Sequence[Any], load_model: Callable[[], Predictor]) -> None:
        recorded = {source.topics.prediction: source for source in sources if is_recorded(source)}
        self._recorded = [f'recorded {topic}' for topic in sorted(recorded)]
        needs_model = not all(is_recorded(source) for source in sources)
        self._model = load_model() if needs_model else None

    def __call__(self, sample: Sample) -> Float32[np.ndarray, 'height width']:
        """-Inf too near, +Inf beyond range, NaN invalid."""
        if sample.prediction_m is not None:
            return sample.prediction_m
        assert self._model is not None, 'only recordings with predictions go without a model'
        return self._model(sample)

    @property
    def model_name(self) -> str:
        """What is judged."""
        names = [] if self._model is None else [self._model.model_name]
        return ' and '.join([*names, *self._recorded])

    @property
    def weights_sha256(self) -> str | None:
        """Of the model's file; None where there is none, or no model runs."""
        return (self._model.weights_sha256 or None) if self._model else None

    def close(self) -> None:
        """Frees the model's engines."""
        if self._model is not None:
            self._model.close()


def is_recorded(source: Any) -> bool:
    """Whether a source brings its depth with it."""
    return isinstance(source, EvaluationBag) and source.topics.prediction is not None
