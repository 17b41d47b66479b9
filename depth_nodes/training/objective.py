"""The supervised objective: canonical depth against metric labels, at every head."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float
import torch
from torch import Tensor
import torch.nn.functional as F

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.losses.gradient_matching import gradient_matching_loss
from depth_nodes.losses.scale_invariant import scale_invariant_log_loss
from depth_nodes.networks.small_depth import SmallDepthOutput
from depth_nodes.training.config import ObjectiveConfig


class Batch(NamedTuple):
    """Views of one size; depth 0 is unknown."""

    image: Float[Tensor, 'batch 3 height width']
    depth_m: Float[Tensor, 'batch 1 height width']
    focal_px: Float[Tensor, 'batch 1 1 1']


class Objective:
    """Loss of a batch, with its terms by name for the learning curves."""

    def __init__(self, config: ObjectiveConfig, canonical: CanonicalCamera) -> None:
        self.config = config
        self.canonical = canonical

    def __call__(
        self, output: SmallDepthOutput, batch: Batch
    ) -> tuple[Float[Tensor, ''], dict[str, float]]:
        """Scale-invariant log loss plus gradient matching of each head at the image's size."""
        truth = self.canonical.canonical_from_depth(batch.depth_m, batch.focal_px)
        is_valid = batch.depth_m > 0
        log_truth = truth.clamp(self.canonical.min_depth_m, self.canonical.max_depth_m).log()
        size = batch.image.shape[-2:]
        scale_terms, gradient_terms = [], []
        for weight, sigmoid_output in zip(self.config.head_weights, output, strict=True):
            # Inverse depth is what may be interpolated: planes are affine in it.
            inverse_depth = self.canonical.inverse_depth_from_sigmoid(sigmoid_output)
            if inverse_depth.shape[-2:] != size:
                inverse_depth = F.interpolate(
                    inverse_depth, size=size, mode='bilinear', align_corners=False
                )
            log_error = -inverse_depth.log() - log_truth
            scale_terms.append(
                weight * scale_invariant_log_loss(log_error, is_valid, self.config.scale_weight)
            )
            gradient_terms.append(weight * gradient_matching_loss(log_error, is_valid))
        scale_term, gradient_term = (
            torch.stack(scale_terms).sum(),
            torch.stack(gradient_terms).sum(),
        )
        loss = scale_term + self.config.gradient_weight * gradient_term
        terms = {'scale_invariant': scale_term.item(), 'gradient_matching': gradient_term.item()}
        return loss, {'loss': loss.item(), **terms}
