"""What `auto` runs of a refiner: the best backend that works, and when it fails the next one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
import logging

from jaxtyping import Float32
import numpy as np

from depth_nodes.errors import BackendError
from depth_nodes.runtime.refiner_backend import CoarseView, RefinerBackend

logger = logging.getLogger(__name__)


class FallbackRefiner:
    """Each backend that cannot be loaded, or fails at an image, is left for the next one for good.

    A view is of the backend that looked, so where tiles fail the error stands, and the next image
    is another backend's. Engines are built and compared before the view is returned.
    """

    def __init__(self, name: str, choices: Mapping[str, Callable[[], RefinerBackend]]) -> None:
        """Loads the first that works.

        Args:
            name: of the model, for the messages.
            choices: how each is loaded, by what it is called, best first.

        Raises:
            BackendError: none can be loaded; says why not, of each.
        """
        self._choices = deque(choices.items())
        self._reasons: list[str] = []
        current = self._next()
        if current is None:
            raise BackendError(f'nothing can run the refiner {name} ({"; ".join(self._reasons)})')
        self._take(current)

    def look(self, image: Float32[np.ndarray, '1 3 height width']) -> CoarseView:
        """As `RefinerBackend` says, of the first backend that can."""
        while True:
            try:
                return self._current.look(image)
            except BackendError as error:
                if not self._replace(error):
                    raise

    def residuals(
        self,
        tiles: Float32[np.ndarray, 'tile 3 tile_height tile_width'],
        boxes: Float32[np.ndarray, 'tile 4'],
        view: CoarseView,
    ) -> Float32[np.ndarray, 'tile tile_height tile_width']:
        """As `RefinerBackend` says, of the backend that looked."""
        try:
            return self._current.residuals(tiles, boxes, view)
        except BackendError as error:
            self._replace(error)
            raise

    def close(self) -> None:
        """Closes what runs."""
        self._current.close()

    def _replace(self, error: BackendError) -> bool:
        """Puts the next in the place of the one that failed; where none is left, it stays."""
        failed, label, successor = self._current, self._label, self._next()
        if successor is None:
            return False
        logger.warning('the refiner runs no longer by %s: %s', label, error)
        self._take(successor)
        failed.close()
        return True

    def _take(self, backend: RefinerBackend) -> None:
        self._current = backend
        self.name, self.device, self.num_tiles = backend.name, backend.device, backend.num_tiles

    def _next(self) -> RefinerBackend | None:
        """The next that can be loaded; None where there is none."""
        while self._choices:
            label, load = self._choices.popleft()
            try:
                backend = load()
            except BackendError as error:
                self._reasons.append(f'{label}: {error}')
                logger.info('the refiner does not run by %s', self._reasons[-1])
            else:
                self._label = label
                return backend
        return None
