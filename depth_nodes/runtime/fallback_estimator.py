"""What `auto` runs: the best backend that works, and when it fails the next one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
import logging

from depth_nodes.errors import BackendError
from depth_nodes.runtime.depth_estimate import DepthEstimate, Estimator, EstimatorConfig
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.manifest import ModelFiles

logger = logging.getLogger(__name__)


class FallbackEstimator(Estimator):
    """Each backend that cannot be loaded, or fails at a frame, is left for the next one for good.

    Only for what backends cannot do: a model file that is missing or damaged is an error all the
    same, because another backend would only hide it.
    """

    def __init__(
        self,
        model: ModelFiles,
        config: EstimatorConfig,
        choices: Mapping[str, Callable[[], Estimator]],
    ) -> None:
        """Loads the first that works.

        Args:
            model: for the messages.
            config: of every choice.
            choices: how each is loaded, by what it is called, best first.

        Raises:
            BackendError: none can be loaded; says why not, of each.
        """
        self.model = model
        self.config = config
        self.filters = config.filters
        self._choices = deque(choices.items())
        current = self._next()
        if current is None:
            raise BackendError(f'no backend can run {model.name}; {"; ".join(self.fallbacks)}')
        self._current = current
        self.backend = current.backend

    @property
    def activity(self) -> str:
        """That of what runs."""
        return self._current.activity

    @property
    def problem(self) -> str:
        """That of what runs."""
        return self._current.problem

    @property
    def warm_up_sizes_px(self) -> list[tuple[int, int]]:
        """Those of what runs."""
        return self._current.warm_up_sizes_px

    @property
    def batch_size(self) -> int:
        """That of what runs."""
        return self._current.batch_size

    def warm_up(self, height: int, width: int) -> None:
        """That of what runs, and where it fails that of the next: not every one runs a frame."""
        while True:
            try:
                return self._current.warm_up(height, width)
            except BackendError as error:
                if not self._replace(error):
                    raise

    def estimate_batch(
        self,
        frames: Mapping[int, Frame],
        *,
        with_points: bool = False,
        with_confidence: bool = False,
    ) -> Iterator[tuple[int, DepthEstimate]]:
        """As `Estimator` says, each frame once, of the first backend that can."""
        left = dict(frames)
        while left:
            self._current.filters = self.filters
            estimates = self._current.estimate_batch(
                dict(left), with_points=with_points, with_confidence=with_confidence
            )
            try:
                for index, estimate in estimates:
                    del left[index]
                    yield index, estimate
            except BackendError as error:
                if not self._replace(error):
                    raise

    def close(self) -> None:
        """Closes what runs."""
        self._current.close()

    def _replace(self, error: BackendError) -> bool:
        """Puts the next in the place of the one that failed; where none is left, it stays."""
        if not self._choices:
            return False
        self._leave(self._label, error)
        failed, successor = self._current, self._next()
        if successor is None:
            return False
        self._current, self.backend = successor, successor.backend
        failed.close()
        return True

    def _next(self) -> Estimator | None:
        """The next that can be loaded; None where there is none."""
        while self._choices:
            label, load = self._choices.popleft()
            try:
                estimator = load()
            except BackendError as error:
                self._leave(label, error)
            else:
                self._label = label
                return estimator
        return None

    def _leave(self, label: str, error: BackendError) -> None:
        self.fallbacks += (f'{label}: {error}',)
        logger.warning('backend %s cannot run %s: %s', label, self.model.name, error)
