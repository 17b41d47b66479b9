"""The supervised objective: canonical depth against labels of several kinds, at every head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jaxtyping import Bool, Float
import torch
from torch import Tensor
import torch.nn.functional as F

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.losses.affine import affine_error
from depth_nodes.losses.gradient_matching import count_pairs, gradient_matching_loss
from depth_nodes.losses.scale_invariant import scale_invariant_log_loss
from depth_nodes.networks.depth_network import DepthOutput
from depth_nodes.training.batch import Batch
from depth_nodes.training.limits import (
    require_at_least,
    require_head_weights,
    require_positive,
)


@dataclass(frozen=True, kw_only=True)
class ObjectiveConfig:
    """Weights of the loss terms; 0 leaves a term out.

    `head_weights` are those of the outputs at full, half and quarter resolution. `sky_weight` is
    that of sky which is said to be nearer than `sky_depth_m`: the runtime's `max_depth_m` and a
    margin, so that sky comes out beyond range.
    """

    scale_weight: float = 0.5
    gradient_weight: float = 0.5
    sky_weight: float = 0.0
    sky_depth_m: float = 200.0
    head_weights: tuple[float, ...] = (1.0, 0.5, 0.25)

    def __post_init__(self) -> None:
        """Refuses weights that push the error up, or none at all."""
        require_at_least(self, 0, 'scale_weight', 'gradient_weight', 'sky_weight')
        require_positive(self, 'sky_depth_m')
        require_head_weights(self)


class Objective:
    """Loss of a batch, with its terms by name for the learning curves.

    Args:
        config: weights of the terms.
        canonical: the camera that the network predicts for.
        mean_over_processes: of a tensor of counts. With it, the mean of the processes' losses is
            the loss of all their views in one batch.
    """

    def __init__(
        self,
        config: ObjectiveConfig,
        canonical: CanonicalCamera,
        mean_over_processes: Callable[[Tensor], Tensor] = lambda counts: counts,
    ) -> None:
        self.config = config
        self.canonical = canonical
        self.mean_over_processes = mean_over_processes

    def __call__(
        self, output: DepthOutput, batch: Batch
    ) -> tuple[Float[Tensor, ''], dict[str, Float[Tensor, '']]]:
        """Scale-invariant log loss, gradient matching and sky of each head at the image's size."""
        truth = self.canonical.canonical_from_depth(batch.depth_m, batch.focal_px)
        log_truth = truth.clamp(self.canonical.min_depth_m, self.canonical.max_depth_m).log()
        is_valid = _is_valid(batch)
        num_pairs = self.mean_over_processes(count_pairs(is_valid))
        scale_weight = self.config.scale_weight * batch.is_metric
        scale_terms, gradient_terms, sky_terms = [], [], []
        for weight, sigmoid_output in zip(self.config.head_weights, output, strict=True):
            # Inverse depth is what may be interpolated: planes are affine in it.
            inverse_depth = self.canonical.inverse_depth_from_sigmoid(sigmoid_output)
            if inverse_depth.shape[-2:] != is_valid.shape[-2:]:
                inverse_depth = F.interpolate(
                    inverse_depth, size=is_valid.shape[-2:], mode='bilinear', align_corners=False
                )
            error = _error(inverse_depth, log_truth, batch)
            scale_terms.append(weight * scale_invariant_log_loss(error, is_valid, scale_weight))
            gradient_terms.append(weight * gradient_matching_loss(error, is_valid, num_pairs))
            sky_terms.append(weight * self._sky_term(inverse_depth, batch))
        scale_term = torch.stack(scale_terms).sum()
        gradient_term = torch.stack(gradient_terms).sum()
        sky_term = torch.stack(sky_terms).sum()
        loss = scale_term + self.config.gradient_weight * gradient_term
        loss = loss + self.config.sky_weight * sky_term
        terms = {
            'loss': loss,
            'scale_invariant': scale_term,
            'gradient_matching': gradient_term,
            'sky': sky_term,
        }
        return loss, {name: term.detach() for name, term in terms.items()}

    def _sky_term(
        self, inverse_depth: Float[Tensor, 'batch 1 height width'], batch: Batch
    ) -> Float[Tensor, '']:
        """How much too near sky is, ln(sky_depth_m) - ln(depth) over all pixels; ours.

        Farther than that is as good: sky has no depth, it has to be beyond all that does.
        """
        nearest = self.canonical.canonical_from_depth(self.config.sky_depth_m, batch.focal_px)
        too_near = (inverse_depth * nearest.clamp(max=self.canonical.max_depth_m)).log().relu()
        is_sky = batch.has_sky[:, None, None, None] & (batch.depth_m == 0)
        return torch.where(is_sky, too_near, 0.0).mean()


def _is_valid(batch: Batch) -> Bool[Tensor, 'batch 1 height width']:
    is_valid = batch.depth_m > 0
    if batch.affine is not None:
        is_valid[batch.affine.row] = batch.affine.disparity_px > 0
    return is_valid


def _error(
    inverse_depth: Float[Tensor, 'batch 1 height width'],
    log_truth: Float[Tensor, 'batch 1 height width'],
    batch: Batch,
) -> Float[Tensor, 'batch 1 height width']:
    """The error of ln(depth), or for affine labels what stands for it."""
    log_error = -inverse_depth.log() - log_truth
    if batch.affine is None:
        return log_error
    row, disparity = batch.affine
    return log_error.index_copy(0, row, affine_error(inverse_depth[row], disparity, disparity > 0))
