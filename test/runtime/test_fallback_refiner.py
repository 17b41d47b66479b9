import logging

import numpy as np
import pytest

from depth_nodes.errors import BackendError, CheckpointError
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.fake_refiner import FakeRefiner
from depth_nodes.runtime.fallback_refiner import FallbackRefiner
from depth_nodes.runtime.model_store import fake_model
from depth_nodes.runtime.refiner_backend import RefinerBackend

IMAGE = np.zeros((1, 3, 96, 128), np.float32)
TILES, BOXES = np.ones((1, 3, 64, 64), np.float32), np.zeros((1, 4), np.float32)


class Failing(FakeRefiner):
    """Works until a method is to fail."""

    name, device, num_tiles = 'failing', 'cuda', 16
    failing = ''
    is_closed = False

    def look(self, image):
        if self.failing == 'look':
            raise BackendError('no engine')
        return super().look(image)

    def residuals(self, tiles, boxes, view):
        if self.failing == 'residuals':
            raise BackendError('no memory')
        return super().residuals(tiles, boxes, view)

    def close(self):
        self.is_closed = True


def make(kind=FakeRefiner):
    return kind(fake_model(), BackendConfig())


def unloadable():
    raise BackendError('not installed')


def damaged():
    raise CheckpointError('damaged')


def test_the_first_that_loads_runs():
    backend = FallbackRefiner('r', {'a': unloadable, 'b': lambda: make(Failing), 'c': damaged})
    assert isinstance(backend, RefinerBackend)
    assert (backend.name, backend.device, backend.num_tiles) == ('failing', 'cuda', 16)


def test_an_engine_that_cannot_be_built_leaves_the_view_to_the_next(caplog):
    failing = make(Failing)
    failing.failing = 'look'
    backend = FallbackRefiner('r', {'a': lambda: failing, 'b': unloadable, 'c': make})
    with caplog.at_level(logging.WARNING):
        view = backend.look(IMAGE)
    assert 'the refiner runs no longer by a: no engine' in caplog.text
    assert (backend.name, backend.device, backend.num_tiles) == ('fake', 'cpu', 1)
    assert failing.is_closed
    np.testing.assert_array_equal(view.depth, make().look(IMAGE).depth)
    assert backend.residuals(TILES, BOXES, view).shape == (1, 64, 64)


def test_where_tiles_fail_the_next_image_is_another_backends():
    failing = make(Failing)
    backend = FallbackRefiner('r', {'a': lambda: failing, 'b': make})
    view = backend.look(IMAGE)
    failing.failing = 'residuals'
    with pytest.raises(BackendError, match='no memory'):
        backend.residuals(TILES, BOXES, view)
    assert backend.name == 'fake'
    backend.residuals(TILES, BOXES, backend.look(IMAGE))


def test_the_last_one_stays_with_its_error():
    failing = make(Failing)
    backend = FallbackRefiner('r', {'a': lambda: failing})
    failing.failing = 'look'
    for _ in range(2):
        with pytest.raises(BackendError, match='no engine'):
            backend.look(IMAGE)
    assert not failing.is_closed


def test_a_damaged_file_is_not_hidden():
    with pytest.raises(CheckpointError, match='damaged'):
        FallbackRefiner('r', {'a': damaged, 'b': make})


def test_where_nothing_runs_every_reason_is_told():
    with pytest.raises(BackendError, match=r'run the refiner r \(a: not inst.*; b: not inst'):
        FallbackRefiner('r', {'a': unloadable, 'b': unloadable})
