"""What every depth network gives, whatever is inside."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

from jaxtyping import Float
from torch import nn, Tensor

from depth_nodes.networks.prior.affinity import Retrieval

# Strides 2 to 32: what holds two networks together, level by level, knows no other number.
NUM_LEVELS, NUM_HEADS = 5, 3
# Strides 2 and 4: where frames are compared.
NUM_FINE_LEVELS = 2
# Stride 16: where a prior bank is looked up.
FUSED_LEVEL, FUSED_STRIDE = 3, 16
# Of ordinary images, taken away and divided by before the first layer.
IMAGE_MEAN, IMAGE_STD = 0.45, 0.225


class DepthOutput(NamedTuple):
    """Sigmoid outputs in [0, 1] at 1, 1/2 and 1/4 of the image's size; larger is nearer."""

    full: Float[Tensor, 'batch 1 height width']
    half: Float[Tensor, 'batch 1 half_height half_width']
    quarter: Float[Tensor, 'batch 1 quarter_height quarter_width']


class DepthFeatures(NamedTuple):
    """Features e_i at strides 2, 4, 8, 16, 32, and d_i at strides 1, 2, 4, 8, 16."""

    encoder: tuple[Float[Tensor, 'batch _channel _height _width'], ...]
    decoder: tuple[Float[Tensor, 'batch _channel _height _width'], ...]


class Prediction(NamedTuple):
    """What a network says of an image, and what it said on the way; a prior bank too, if any."""

    output: DepthOutput
    features: DepthFeatures
    retrieved: Retrieval | None = None


class DepthNetwork(nn.Module, ABC):
    """Image to inverse depth, as sigmoid outputs; see `geometry.canonical` for their metres."""

    config: Any

    @abstractmethod
    def predict(self, image: Float[Tensor, 'batch 3 height width']) -> Prediction:
        """Height and width must be multiples of 32, at least 96; RGB in [0, 1]."""

    def forward(self, image: Float[Tensor, 'batch 3 height width']) -> DepthOutput:
        """The output of `predict`."""
        return self.predict(image).output

    def set_drop_probability(self, residual: float) -> None:
        """Sets the chance of dropping a branch in training; of no effect where there is none."""
