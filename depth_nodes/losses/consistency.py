"""How two views disagree about depth, motion and features of the same point.

Section "base loss" of FA-Depth (arXiv 2405.10885), in the form of SC-SfMLearner (Bian et al.,
arXiv 1908.10553). What is sampled comes from the other view, at the positions of `geometry.warp`.
"""

from __future__ import annotations

from jaxtyping import Float
import torch
from torch import Tensor

# Flows that sum up to less are the error of sampling, also where the camera hardly moves.
FLOW_FLOOR_PX = 0.1
# Squared length below which a feature vector has no direction, such as one of zeros after a ReLU.
MIN_SQUARED_LENGTH = 1e-6


def depth_difference(
    computed_depth: Float[Tensor, 'pair 1 height width'],
    sampled_depth: Float[Tensor, 'pair 1 height width'],
) -> Float[Tensor, 'pair 1 height width']:
    """|D - D'| / (D + D'), in 0..1: a loss, and where it is large, an occlusion.

    1, without a gradient, where either depth is not above 0. One minus it is the weight of a
    pixel, which `weighted_mean` detaches.

    Args:
        computed_depth: of the view's points in the neighbour's frame (`Warp.depth_m`).
        sampled_depth: of the neighbour there, in the same unit.
    """
    is_known = (computed_depth > 0) & (sampled_depth > 0)
    difference = torch.where(is_known, computed_depth - sampled_depth, 1.0)
    return difference.abs() / torch.where(is_known, computed_depth + sampled_depth, 1.0)


@torch.no_grad()
def flow_agreement(
    flow_ab: Float[Tensor, 'pair 2 height width'],
    flow_ba_sampled: Float[Tensor, 'pair 2 height width'],
) -> Float[Tensor, 'pair 1 height width']:
    """1 - |f + f'| / (|f| + |f'|), in 0..1, detached: the weight that moving things lose.

    Args:
        flow_ab: how far the view's pixels move into the neighbour [px]: position less pixel.
        flow_ba_sampled: how far the neighbour's pixels there move back [px].
    """
    residual = _length(flow_ab + flow_ba_sampled)
    return 1 - residual / (_length(flow_ab) + _length(flow_ba_sampled) + FLOW_FLOOR_PX)


def feature_difference(
    features: Float[Tensor, 'pair channel height width'],
    sampled_features: Float[Tensor, 'pair channel height width'],
) -> Float[Tensor, 'pair 1 height width']:
    """Mean absolute difference over the channels of feature vectors of length 1."""
    return (_direction(features) - _direction(sampled_features)).abs().mean(dim=1, keepdim=True)


def _length(flow: Float[Tensor, 'pair 2 height width']) -> Float[Tensor, 'pair 1 height width']:
    # Of two channels; the general norm over a strided axis takes a hundred times as long.
    return torch.hypot(flow[:, :1], flow[:, 1:])


def _direction(
    features: Float[Tensor, 'pair channel height width'],
) -> Float[Tensor, 'pair channel height width']:
    """Without a corner at 0, where the gradient of a plain quotient has no bound."""
    squared_length = features.square().sum(dim=1, keepdim=True)
    return features * (squared_length + MIN_SQUARED_LENGTH).rsqrt()
