"""A refiner and its coarse network become one engine each, the refiner for 1 to 16 tiles.

As in test_conversion.py, nothing here says that an engine runs.
"""

from importlib.util import find_spec
import sys

import pytest
from random_model import random_network
from tiny_refiner import random_maps, random_refiner, TINY
import torch

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.model_header import INPUT_NAME, MAP_NAMES, TILE_NAMES
from depth_nodes.networks.refiner_export import DeployedCoarse, EngineRefiner
from depth_nodes.networks.small_depth import SmallDepthConfig
from depth_nodes.runtime.tensorrt_compiler import build_plan, load_compiler
from depth_nodes.runtime.tensorrt_refiner_engines import TILES

pytestmark = [
    pytest.mark.tensorrt,
    pytest.mark.skipif(find_spec('timm') is None, reason='no timm; run: make test-tensorrt'),
]

COARSE = SmallDepthConfig(widths=(8, 8, 16, 16, 32), last_width=8)
IMAGE = torch.zeros(1, 3, 96, 160)


@pytest.fixture
def names(plans, monkeypatch) -> list[str]:
    """What the network that is built calls its inputs."""
    interpreter = sys.modules['torch_tensorrt.dynamo.conversion._TRTInterpreter'].TRTInterpreter
    placeholder, seen = interpreter.placeholder, []

    def spied(self, target, args, kwargs):
        seen.append(target)
        return placeholder(self, target, args, kwargs)

    monkeypatch.setattr(interpreter, 'placeholder', spied)
    return seen


@pytest.mark.parametrize('precision', ['fp32', 'fp16'])
def test_a_refiner_becomes_one_engine_for_a_range_of_tiles(precision, plans, names):
    maps = random_maps(TINY)
    number = TILES.usual
    boxes = torch.tensor([[0.0, 0.0, 0.5, 0.5]]).repeat(number, 1)
    inputs = (torch.rand(number, 3, 96, 128), boxes, maps.depth, *maps.features)
    graph = EngineRefiner(random_refiner(), precision)
    plan = build_plan(load_compiler(), graph, inputs, 'an engine', TILES)
    assert plans == [plan]
    assert names == [*TILE_NAMES, *MAP_NAMES]


def test_a_coarse_network_becomes_one_engine(plans, names):
    graph = DeployedCoarse(random_network(COARSE), CanonicalCamera())
    plan = build_plan(load_compiler(), graph, (IMAGE,), 'an engine')
    assert plans == [plan]
    assert names == [INPUT_NAME]
