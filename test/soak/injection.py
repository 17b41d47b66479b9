"""How each fault is done."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
import random

from soak.camera import CAMERA, FOV_DEG, SoakedCamera
from soak.faulty_node import DIED, KEPT, NOT_KEPT
from soak.process import NodeProcess, Sleeper

from depth_nodes.messages.camera import Camera

OTHER_SIZES = ((256, 192), (400, 240), (240, 320))
MIN_JUMP_S, MAX_JUMP_S = 3.0, 3600.0
NS_PER_S = 1_000_000_000


class InjectionError(Exception):
    """The fault could not be injected."""


class Injector:
    """Does faults by their names: they last as long as the context.

    Raises, on entering or leaving:
        InjectionError: the node did not do what it was told.
    """

    def __init__(
        self, camera: SoakedCamera, node: NodeProcess, sleeper: Sleeper, rng: random.Random
    ) -> None:
        self._camera = camera
        self._node = node
        self._rng = rng
        self._faults: dict[str, Callable[[], AbstractContextManager[None]]] = {
            'stalled camera': lambda: camera.changed(is_stalled=True),
            'time jump': self._time_jump,
            'changed resolution': self._resolution,
            'changed camera_info': self._camera_info,
            'wrong camera_info': self._wrong_camera_info,
            'dying worker thread': self._dying_worker,
            'full disk, engine cache': self._full_disk,
            'sleeping subscriber': sleeper.asleep,
        }

    def inject(self, name: str) -> AbstractContextManager[None]:
        """The fault, from entering to leaving."""
        return self._faults[name]()

    def _time_jump(self) -> AbstractContextManager[None]:
        jump_s = self._rng.choice((-1, 1)) * self._rng.uniform(MIN_JUMP_S, MAX_JUMP_S)
        return self._camera.changed(stamp_offset_ns=round(jump_s * NS_PER_S))

    def _resolution(self) -> AbstractContextManager[None]:
        size = self._rng.choice(OTHER_SIZES)
        return self._camera.changed(size=size, described=Camera.from_fov(*size, FOV_DEG))

    def _camera_info(self) -> AbstractContextManager[None]:
        zoomed = Camera.from_fov(CAMERA.width_px, CAMERA.height_px, FOV_DEG / 2)
        return self._camera.changed(described=zoomed)

    def _wrong_camera_info(self) -> AbstractContextManager[None]:
        """Of the images as they are in another mode."""
        return self._camera.changed(described=CAMERA.resized(*self._rng.choice(OTHER_SIZES)))

    @contextmanager
    def _dying_worker(self) -> Iterator[None]:
        self._ask('die', DIED)
        yield

    @contextmanager
    def _full_disk(self) -> Iterator[None]:
        with self._node.full_disk():
            self._ask('build', NOT_KEPT)
            yield
        self._ask('build', KEPT)

    def _ask(self, command: str, wanted: str) -> None:
        answer = self._node.ask(command)
        if answer != wanted:
            raise InjectionError(f'the node says {answer!r} to {command}, not {wanted!r}')
