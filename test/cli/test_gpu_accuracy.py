import pytest
from random_model import CANONICAL, random_network, random_weights, TINY

from depth_nodes.cli.gpu_accuracy import DepthAccuracy
from depth_nodes.networks.registry import gpu_form

SHAPE = (1, 96, 128)


@pytest.fixture(scope='module')
def accuracy() -> DepthAccuracy:
    return DepthAccuracy(random_weights(TINY), SHAPE)


@pytest.fixture(scope='module')
def exact():
    return gpu_form(random_network(TINY))


def test_the_same_weights_in_float32_are_near(accuracy, exact):
    error = accuracy.abs_rel(exact, 'cpu')
    assert 0 < error['mean'] < error['max'] < 1e-3


def test_a_depth_that_is_one_percent_off_is_said_to_be(accuracy, exact):
    """Also where one pixel alone is."""

    def far(image):
        inverse_depth = CANONICAL.inverse_depth_from_sigmoid(exact(image)) / 1.01
        return CANONICAL.sigmoid_from_inverse_depth(inverse_depth)

    def far_at_a_corner(image):
        output = exact(image).clone()
        output[0, 0, 0, 0] = far(image)[0, 0, 0, 0]
        return output

    everywhere, corner = (accuracy.abs_rel(one, 'cpu') for one in (far, far_at_a_corner))
    assert everywhere['mean'] == pytest.approx(0.01, abs=1e-4)
    assert corner['max'] == pytest.approx(0.01, abs=2e-3)
    assert corner['mean'] < 1e-4
