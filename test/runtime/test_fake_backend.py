import numpy as np
import pytest

from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.fake_backend import FakeBackend
from depth_nodes.runtime.model_store import fake_model

MODEL = fake_model()


def canonical_depth(image: np.ndarray) -> np.ndarray:
    output = FakeBackend(MODEL, BackendConfig()).infer(image)
    return 1 / MODEL.canonical.inverse_depth_from_sigmoid(output[0, 0])


@pytest.mark.parametrize('value', [0.0, 1.0])
def test_depth_is_that_of_a_room_or_a_street(value):
    depth = canonical_depth(np.full((1, 3, 96, 128), value, np.float32))
    assert depth.min() >= 1.999
    assert depth.max() <= 10.001


def test_the_bottom_and_what_is_bright_are_nearer():
    image = np.zeros((1, 3, 96, 128), np.float32)
    image[..., :64] = 1
    depth = canonical_depth(image)
    assert (np.diff(depth, axis=0) < 0).all()
    assert (depth[:, 20] < depth[:, -20]).all()


def test_the_scene_is_smooth():
    image = np.random.default_rng(0).random((1, 3, 96, 128), dtype=np.float32)
    inverse = 1 / canonical_depth(image)
    assert np.abs(np.diff(inverse, axis=1)).max() < 0.02 * np.ptp(inverse)
