"""Learning from how views of one scene look: the base loss L of FA-Depth (arXiv 2405.10885).

The paper names four terms, in the manner of CbwLoss and SC-SfMLearner, and leaves their equations
and weights open; these are a reconstruction.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from jaxtyping import Float
import torch
from torch import Tensor
import torch.nn.functional as F

from depth_nodes.errors import ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.geometry.direct_alignment import AlignmentConfig
from depth_nodes.geometry.warp import sample_at, Warp, warp
from depth_nodes.losses.consistency import depth_difference, feature_difference, flow_agreement
from depth_nodes.losses.photometric import photometric_error, weighted_mean
from depth_nodes.losses.smoothness import edge_aware_smoothness
from depth_nodes.networks.depth_network import Prediction
from depth_nodes.networks.pose_network import PoseNetworkConfig
from depth_nodes.training.batch import Batch, network_image
from depth_nodes.training.limits import require_at_least, require_head_weights
from depth_nodes.training.posed_pairs import aligned_pairs, Pairs
from depth_nodes.training.precision import at_least_float32

TERMS = ('photometric', 'structure', 'feature', 'smoothness', 'motion')
# Of the encoder's first features, which still show texture. Every second of them is compared:
# neighbours say nearly the same, and their many channels would take half the time of a step.
FEATURE_STRIDE, COMPARED_STRIDE = 2, 4


@dataclass(frozen=True, kw_only=True)
class SelfSupervisionConfig:
    """Weights of the terms; used where a source has neighbours.

    Attributes:
        is_on: false leaves all of it out; neighbours then only serve `multi_frame_depth`, and the
            views of a guiding teacher.
        photometric_weight: of the difference in looks between a view and its warped neighbour.
        structure_weight: of the relative difference of their depths.
        feature_weight: of the difference of their features at stride 2.
        smoothness_weight: of depth steps where the image has none.
        motion_weight: of the distance between estimated poses and refined ones, in widths of the
            image; teaches the pose network.
        head_weights: of the outputs at full, half and quarter resolution, each compared at its
            own.
        has_auto_mask: whether pixels are left out that look as much like the neighbour without
            any warp, as those do that move along with the camera (Godard et al., ICCV 2019).
        pose_network: what estimates the poses that a folder does not have.
        alignment: how these are refined. Its stiffness is that of the beginning and falls to 0
            by the middle of the training, when depth is known.
    """

    is_on: bool = True
    photometric_weight: float = 1.0
    structure_weight: float = 0.05
    feature_weight: float = 0.1
    smoothness_weight: float = 0.05
    motion_weight: float = 3.0
    head_weights: tuple[float, ...] = (0.5, 0.25, 0.25)
    has_auto_mask: bool = False
    pose_network: PoseNetworkConfig = field(default_factory=PoseNetworkConfig)
    alignment: AlignmentConfig = field(default_factory=AlignmentConfig)

    def __post_init__(self) -> None:
        """Refuses weights that push an error up, or that leave looks aside."""
        require_at_least(self, 0, *(f'{term}_weight' for term in TERMS))
        if not self.photometric_weight:
            raise ConfigError('photometric_weight is 0, and nothing else tells depth; raise it')
        require_head_weights(self)


class SelfSupervision:
    """The loss of a batch with neighbours, with its terms by name for the learning curves.

    Args:
        config: weights of the terms.
        canonical: the camera that the network predicts for.
    """

    def __init__(self, config: SelfSupervisionConfig, canonical: CanonicalCamera) -> None:
        self.config = config
        self.canonical = canonical

    @property
    def terms(self) -> list[str]:
        """Names of the terms of every loss."""
        return [name for name in TERMS if name != 'feature' or self._has_features]

    @property
    def _has_features(self) -> bool:
        # They are compared at the depth of the full resolution.
        return self.config.feature_weight > 0 and self.config.head_weights[0] > 0

    def __call__(
        self, prediction: Prediction, batch: Batch, pairs: Pairs, progress: float = 0.0
    ) -> tuple[Float[Tensor, ''], dict[str, Float[Tensor, '']]]:
        """The weighted sum of the terms over all pairs, both ways, and all heads.

        It weighs as much as the share of views that have neighbours.

        Args:
            prediction: of the views, then of the neighbours.
            batch: with neighbours.
            pairs: what `posed_pairs` says of the batch.
            progress: share of the training that is done.
        """
        neighbours = batch.neighbours
        assert neighbours is not None, 'the caller asks only where there are neighbours'
        images = torch.cat([network_image(batch.image), network_image(neighbours.image)])
        focal = torch.cat([batch.focal_px, batch.focal_px[neighbours.row]])
        depths = [
            self.canonical.depth_from_canonical(
                1 / self.canonical.inverse_depth_from_sigmoid(head), focal
            )
            for head in prediction.output
        ]
        alignment = self.config.alignment
        stiffness = alignment.rotation_stiffness * max(1 - 2 * progress, 0)
        alignment = replace(alignment, rotation_stiffness=stiffness)
        pairs, motion = aligned_pairs(pairs, images, depths[0], alignment)
        compared = pairs.target.unique()
        terms: dict[str, list[Tensor]] = {'motion': [motion]}
        for index, weight in enumerate(self.config.head_weights):
            if index > 0:
                images, pairs = F.avg_pool2d(images, 2), pairs.halved()
            if weight == 0:
                continue
            # Features have one resolution, so they are compared once, by the best depth.
            is_first = index == 0 and self._has_features
            features = at_least_float32(prediction.features.encoder[0]) if is_first else None
            found = self._terms(images, depths[index], features, pairs)
            found['smoothness'] = edge_aware_smoothness(
                1 / depths[index][compared], images[compared]
            )
            for name, value in found.items():
                share = 1.0 if name == 'feature' else weight
                terms.setdefault(name, []).append(share * value)
        sums = {name: torch.stack(terms[name]).sum() for name in self.terms}
        weights = {name: getattr(self.config, f'{name}_weight') for name in sums}
        loss = torch.stack([weights[name] * value for name, value in sums.items()]).sum()
        share = len(neighbours.row.unique()) / len(batch.image)
        return share * loss, {name: value.detach() for name, value in sums.items()}

    def _terms(
        self,
        images: Float[Tensor, 'batch 3 height width'],
        depth: Float[Tensor, 'batch 1 height width'],
        features: Float[Tensor, 'batch channel _height _width'] | None,
        pairs: Pairs,
    ) -> dict[str, Float[Tensor, '']]:
        poses = pairs.source_from_target(depth)
        found = warp(depth[pairs.target], pairs.intrinsics, pairs.intrinsics, poses)
        # The reverse of each pair stands half the list away.
        reverse_flow = found.shift_px.detach().roll(len(found.shift_px) // 2, dims=0)
        seen = torch.cat([images[pairs.source], depth[pairs.source], reverse_flow], dim=1)
        image, source_depth, back = sample_at(seen, found.position_px).split([3, 1, 2], dim=1)
        structure = depth_difference(found.depth_m, source_depth)
        target_image = images[pairs.target]
        error = photometric_error(target_image, image)
        is_used = found.is_inside
        if self.config.has_auto_mask:
            unwarped = photometric_error(target_image, images[pairs.source])
            is_used = is_used & (error < unwarped)
        # Moving objects have flows that do not cancel, hidden ones depths that do not agree.
        weight = is_used * flow_agreement(found.shift_px, back) * (1 - structure.detach())
        terms = {
            'photometric': weighted_mean(error, weight),
            'structure': weighted_mean(structure, is_used.to(structure.dtype)),
        }
        if features is not None:
            terms['feature'] = _feature_term(features, pairs, found, weight)
        return terms


def _feature_term(
    features: Float[Tensor, 'batch channel half_height half_width'],
    pairs: Pairs,
    found: Warp,
    weight: Float[Tensor, 'pair 1 height width'],
) -> Float[Tensor, '']:
    """Features of stride s lie on every s-th pixel, from the first one on."""
    every = COMPARED_STRIDE // FEATURE_STRIDE
    position = found.position_px[..., ::COMPARED_STRIDE, ::COMPARED_STRIDE] / FEATURE_STRIDE
    sampled = sample_at(features[pairs.source], position)
    compared = features[..., ::every, ::every][pairs.target]
    difference = feature_difference(compared, sampled)
    return weighted_mean(difference, weight[..., ::COMPARED_STRIDE, ::COMPARED_STRIDE])
