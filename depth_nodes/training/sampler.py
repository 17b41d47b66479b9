"""Batches drawn from the sources: the same step of the same seed is always the same batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from jaxtyping import Float64
import numpy as np

from depth_nodes.data.transforms import Neighbour, random_view, View
from depth_nodes.training.batch import Batch, batch_from_views
from depth_nodes.training.config import TrainingConfig
from depth_nodes.training.sources import FrameSource
from depth_nodes.training.view_size import scaled_size

Read = TypeVar('Read')


def source_shares(
    sources: Sequence[FrameSource], progress: float
) -> Float64[np.ndarray, ' source']:
    """How often each source is drawn, when this share of the training is done."""
    ends = [
        (source.weight, source.weight if source.final_weight is None else source.final_weight)
        for source in sources
    ]
    first, final = np.array(ends, dtype=np.float64).T
    weights = first + (final - first) * min(progress, 1.0)
    return weights / weights.sum()


class BatchSampler:
    """Draws batches; each view depends on seed, step and its own number, and on nothing else.

    Args:
        sources: what the views come from.
        config: sizes, seed and augmentation.
        first_view: number of the first view; processes that share a batch start apart.
        size_scale: sizes of the views over those of the config, rounded to the network's stride.
    """

    def __init__(
        self,
        sources: Iterable[FrameSource],
        config: TrainingConfig,
        first_view: int = 0,
        size_scale: float = 1.0,
    ) -> None:
        self.sources = list(sources)
        self.config = config
        self.first_view = first_view
        self.view_sizes = [scaled_size(size, size_scale) for size in config.view_sizes]

    def batch(self, step: int, progress: float = 0.0) -> Batch:
        """The views of one step; all of one size, each from a source drawn by weight.

        Args:
            step: number of the batch.
            progress: share of the training that is done, for the weights of the sources.
        """
        shares = source_shares(self.sources, progress)
        sizes = self.view_sizes
        # Entry 0 of a step is the size, so that all processes draw the same one.
        size = sizes[int(self._generator(step, 0).integers(len(sizes)))]
        numbers = range(self.first_view, self.first_view + self.config.batch_size)
        drawn = [self._view(size, shares, self._generator(step, 1 + n)) for n in numbers]
        views, sources = zip(*drawn, strict=True)
        return batch_from_views(
            views,
            [source.supervision == 'metric' for source in sources],
            [source.has_sky for source in sources],
        )

    def _generator(self, step: int, number: int) -> np.random.Generator:
        return np.random.default_rng([self.config.seed, step, number])

    def _view(
        self,
        size: tuple[int, int],
        shares: Float64[np.ndarray, ' source'],
        random: np.random.Generator,
    ) -> tuple[View, FrameSource]:
        source = self.sources[int(random.choice(len(self.sources), p=shares))]
        index = int(random.integers(len(source.samples)))
        neighbours = source.neighbours[index] if source.neighbours else ()
        neighbours = tuple(one for one in neighbours if self._is_used(one))
        settings = self.config.augmentation
        view = random_view(source.samples[index], size, settings, random, neighbours)
        return view, source

    def _is_used(self, neighbour: Neighbour) -> bool:
        """Whether anything is learnt from it: all are compared, or the earlier ones matched."""
        config = self.config
        is_compared = config.self_supervision.is_on or bool(config.prior.guided.teacher)
        is_matched = config.architecture == 'multi_frame_depth' and neighbour.is_earlier
        return is_compared or is_matched


class BatchReader(Generic[Read]):
    """Makes the batches of the next steps in threads, while the network learns from this one."""

    def __init__(self, read: Callable[[int], Read], num_threads: int) -> None:
        self._read = read
        self._num_ahead = 2 * num_threads
        self._pool = ThreadPoolExecutor(num_threads, thread_name_prefix='batch_reader')
        self._pending: dict[int, Future[Read]] = {}

    def batch(self, step: int) -> Read:
        """The batch of a step, and a start on those that follow.

        Raises:
            Exception: whatever stopped the reading of this batch.
        """
        for ahead in range(step, step + 1 + self._num_ahead):
            if ahead not in self._pending:
                self._pending[ahead] = self._pool.submit(self._read, ahead)
        return self._pending.pop(step).result()

    def __enter__(self) -> BatchReader[Read]:
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.shutdown(cancel_futures=True)
