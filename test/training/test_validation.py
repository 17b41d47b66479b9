"""The learning curve shows abs_rel of held-out frames, in metres and after median scaling."""

import pytest
from tiny_training import make_source
import torch
from torch import nn, Tensor

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.depth_network import (
    DepthFeatures,
    DepthNetwork,
    DepthOutput,
    Prediction,
)
from depth_nodes.training.validation import validate

CANONICAL = CanonicalCamera()


class Flat(DepthNetwork):
    """Says the same canonical depth of everything, and keeps the shapes that it was shown."""

    def __init__(self, depth_m: float) -> None:
        super().__init__()
        self.depth_m = nn.Parameter(torch.tensor(depth_m))
        self.shapes: list[tuple[int, ...]] = []

    def predict(self, image: Tensor) -> Prediction:
        self.shapes.append(tuple(image.shape))
        near, far = 1 / CANONICAL.min_depth_m, 1 / CANONICAL.max_depth_m
        value = (1 / self.depth_m - far) / (near - far)
        full = value.expand(image.shape[0], 1, *image.shape[-2:])
        return Prediction(DepthOutput(full, full, full), DepthFeatures((), ()))


def test_scores_are_named_by_source_and_scaling():
    sources = [make_source('hall'), make_source('road')]
    scores = validate(Flat(5.0), sources, CANONICAL, 192)
    assert list(scores) == ['hall/none', 'hall/median', 'road/none', 'road/median']
    assert scores['hall/none'] == scores['road/none']


def test_a_scale_costs_metres_and_nothing_else():
    source = make_source()
    true, double = (validate(Flat(depth), [source], CANONICAL, 192) for depth in (5.0, 10.0))
    assert double['corridor/none'] > true['corridor/none'] + 0.3
    assert double['corridor/median'] == pytest.approx(true['corridor/median'], abs=1e-3)


@pytest.mark.parametrize(
    ('height_px', 'shape'), [(192, (192, 256)), (100, (128, 160)), (960, (480, 640))]
)
def test_images_are_resized_to_the_height_up_to_a_width_and_padded_to_the_stride(height_px, shape):
    network = Flat(5.0)
    # Of 120x160.
    validate(network, [make_source()], CANONICAL, height_px)
    assert set(network.shapes) == {(1, 3, *shape)}
