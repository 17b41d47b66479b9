"""The learning curve shows abs_rel of held-out frames, in metres and after median scaling."""

from typing import NamedTuple

import pytest
from tiny_training import make_source
import torch
from torch import nn, Tensor

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.training.validation import validate

CANONICAL = CanonicalCamera()


class Output(NamedTuple):
    full: Tensor


class Flat(nn.Module):
    """Says the same canonical depth of everything, and keeps the shapes that it was shown."""

    def __init__(self, depth_m: float) -> None:
        super().__init__()
        self.depth_m = nn.Parameter(torch.tensor(depth_m))
        self.shapes: list[tuple[int, ...]] = []

    def forward(self, image: Tensor) -> Output:
        self.shapes.append(tuple(image.shape))
        near, far = 1 / CANONICAL.min_depth_m, 1 / CANONICAL.max_depth_m
        value = (1 / self.depth_m - far) / (near - far)
        return Output(value.expand(image.shape[0], 1, *image.shape[-2:]))


def test_scores_are_named_by_source_and_scaling():
    sources = [make_source('hall'), make_source('road')]
    scores = validate(Flat(5.0), sources, CANONICAL)
    assert list(scores) == ['hall/none', 'hall/median', 'road/none', 'road/median']
    assert scores['hall/none'] == scores['road/none']


def test_a_scale_costs_metres_and_nothing_else():
    source = make_source()
    true, double = (validate(Flat(depth), [source], CANONICAL) for depth in (5.0, 10.0))
    assert double['corridor/none'] > true['corridor/none'] + 0.3
    assert double['corridor/median'] == pytest.approx(true['corridor/median'], abs=1e-3)


def test_images_are_fitted_into_the_robots_input_and_padded_to_the_stride():
    network = Flat(5.0)
    validate(network, [make_source()], CANONICAL)
    # 120x160 fits into 192x640 as 192x256.
    assert set(network.shapes) == {(1, 3, 192, 256)}
