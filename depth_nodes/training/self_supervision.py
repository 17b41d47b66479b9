"""Learning from how views of one scene look: the base loss L of FA-Depth (arXiv 2405.10885).

The paper names four terms, in the manner of CbwLoss and SC-SfMLearner, and leaves their equations
and weights open; these are a reconstruction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
import math
from typing import NamedTuple

from jaxtyping import Bool, Float, Int
import torch
from torch import Tensor
import torch.nn.functional as F

from depth_nodes.errors import ConfigError
from depth_nodes.geometry.camera import pixel_grid, resized_intrinsics
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.geometry.pose import inverted_pose, pose_from_rotation_vector
from depth_nodes.geometry.warp import sample_at, Warp, warp
from depth_nodes.losses.consistency import depth_difference, feature_difference, flow_agreement
from depth_nodes.losses.photometric import photometric_error, weighted_mean
from depth_nodes.losses.smoothness import edge_aware_smoothness
from depth_nodes.networks.depth_network import NUM_HEADS, Prediction
from depth_nodes.networks.pose_network import PoseNetwork, PoseNetworkConfig
from depth_nodes.training.batch import Batch, Neighbours, network_image
from depth_nodes.training.limits import require_at_least
from depth_nodes.training.precision import at_least_float32

TERMS = ('photometric', 'structure', 'feature', 'smoothness')
# Of the encoder's first features, which still show texture. Every second of them is compared:
# neighbours say nearly the same, and their many channels would take half the time of a step.
FEATURE_STRIDE, COMPARED_STRIDE = 2, 4


@dataclass(frozen=True, kw_only=True)
class SelfSupervisionConfig:
    """Weights of the terms; used where a source has neighbours.

    Attributes:
        photometric_weight: of the difference in looks between a view and its warped neighbour.
        structure_weight: of the relative difference of their depths.
        feature_weight: of the difference of their features at stride 2.
        smoothness_weight: of depth steps where the image has none.
        head_weights: of the outputs at full, half and quarter resolution.
        has_auto_mask: whether pixels are left out that look as much like the neighbour without
            any warp, as those do that move along with the camera (Godard et al., ICCV 2019).
        pose_network: what estimates the poses that a folder does not have.
    """

    photometric_weight: float = 1.0
    structure_weight: float = 0.5
    feature_weight: float = 0.1
    smoothness_weight: float = 0.1
    head_weights: tuple[float, ...] = (1 / 3, 1 / 3, 1 / 3)
    has_auto_mask: bool = False
    pose_network: PoseNetworkConfig = field(default_factory=PoseNetworkConfig)

    def __post_init__(self) -> None:
        """Refuses weights that push an error up, or none at all."""
        require_at_least(self, 0, *(f'{term}_weight' for term in TERMS))
        weights = self.head_weights
        if len(weights) != NUM_HEADS or not all(0 <= one < math.inf for one in weights):
            raise ConfigError(f'head_weights are {weights}; give {NUM_HEADS}, each 0 or more')
        if sum(weights) == 0:
            raise ConfigError('head_weights are all 0; give at least one above 0')


class Pairs(NamedTuple):
    """Which image is compared with which, in both directions: pair i reversed is i + n/2.

    `target` and `source` count through the views and then the neighbours of a batch. The
    translation of a pose is in metres, or where it is estimated, in mean depths of its view.
    """

    target: Int[Tensor, ' pair']
    source: Int[Tensor, ' pair']
    neighbour_from_view: Float[Tensor, 'half 4 4']
    is_pose_known: Bool[Tensor, ' half']
    intrinsics: Float[Tensor, 'pair 3 3']

    def source_from_target(
        self, depth: Float[Tensor, 'image 1 height width']
    ) -> Float[Tensor, 'pair 4 4']:
        """The poses of all pairs in the units of these depths, one each for views and neighbours.

        Estimated translations grow with the depth, so that no scale of it looks better than
        another. In other units the loss falls while all depths grow, until nothing moves and
        nothing is learnt: a wrong motion of far things is seen less than that of near ones.
        """
        views = depth[self.target[: len(self.is_pose_known)]]
        unit = 1 / (1 / views).mean(dim=(1, 2, 3))
        unit = torch.where(self.is_pose_known, 1.0, unit)[:, None, None]
        rotation, translation = self.neighbour_from_view.split([3, 1], dim=2)
        scale = torch.cat([unit.expand(-1, 3, 1), torch.ones_like(unit)], dim=1)
        neighbour_from_view = torch.cat([rotation, translation * scale], dim=2)
        return torch.cat([neighbour_from_view, inverted_pose(neighbour_from_view)])


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
        self, prediction: Prediction, batch: Batch, pairs: Pairs
    ) -> tuple[Float[Tensor, ''], dict[str, Float[Tensor, '']]]:
        """The weighted sum of the terms over all pairs, both ways, and all heads.

        Args:
            prediction: of the views, then of the neighbours.
            batch: with neighbours.
            pairs: what `posed_pairs` says of the batch.
        """
        neighbours = batch.neighbours
        assert neighbours is not None, 'the caller asks only where there are neighbours'
        images = torch.cat([network_image(batch.image), network_image(neighbours.image)])
        focal = torch.cat([batch.focal_px, batch.focal_px[neighbours.row]])
        terms: dict[str, list[Tensor]] = {}
        for index, weight in enumerate(self.config.head_weights):
            if index > 0:
                images, pairs = F.avg_pool2d(images, 2), _halved(pairs)
            if weight == 0:
                continue
            inverse_depth = self.canonical.inverse_depth_from_sigmoid(prediction.output[index])
            depth = self.canonical.depth_from_canonical(1 / inverse_depth, focal)
            # Features have one resolution, so they are compared once, by the best depth.
            is_first = index == 0 and self._has_features
            features = at_least_float32(prediction.features.encoder[0]) if is_first else None
            found = self._terms(images, depth, features, pairs)
            found['smoothness'] = edge_aware_smoothness(inverse_depth, images)
            for name, value in found.items():
                share = 1.0 if name == 'feature' else weight
                terms.setdefault(name, []).append(share * value)
        sums = {name: torch.stack(values).sum() for name, values in terms.items()}
        weights = {name: getattr(self.config, f'{name}_weight') for name in sums}
        loss = torch.stack([weights[name] * value for name, value in sums.items()]).sum()
        return loss, {name: value.detach() for name, value in sums.items()}

    def _terms(
        self,
        images: Float[Tensor, 'batch 3 height width'],
        depth: Float[Tensor, 'batch 1 height width'],
        features: Float[Tensor, 'batch channel _height _width'] | None,
        pairs: Pairs,
    ) -> dict[str, Float[Tensor, '']]:
        poses = pairs.source_from_target(depth)
        found = warp(depth[pairs.target], pairs.intrinsics, pairs.intrinsics, poses)
        height, width = images.shape[-2:]
        flow = found.position_px - pixel_grid(height, width, depth)
        # The reverse of each pair stands half the list away.
        reverse_flow = flow.detach().roll(len(flow) // 2, dims=0)
        seen = torch.cat([images[pairs.source], depth[pairs.source], reverse_flow], dim=1)
        image, source_depth, back = sample_at(seen, found.position_px).split([3, 1, 2], dim=1)
        structure = depth_difference(found.depth_m, source_depth)
        target_image = images[pairs.target]
        error = photometric_error(target_image, image)
        is_used = found.is_inside
        if self.config.has_auto_mask:
            unwarped = photometric_error(target_image, images[pairs.source])
            is_used = is_used & (error < unwarped).detach()
        # Moving objects have flows that do not cancel, hidden ones depths that do not agree.
        weight = is_used * flow_agreement(flow, back) * (1 - structure.detach())
        terms = {
            'photometric': weighted_mean(error, weight),
            'structure': weighted_mean(structure, is_used.to(structure.dtype)),
        }
        if features is not None:
            terms['feature'] = _feature_term(features, pairs, found, weight)
        return terms


def _halved(pairs: Pairs) -> Pairs:
    return pairs._replace(intrinsics=resized_intrinsics(pairs.intrinsics, 0.5, 0.5))


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


def posed_pairs(batch: Batch, neighbours: Neighbours, pose_network: PoseNetwork) -> Pairs:
    """Every view with every neighbour of its own, and the reverse, at recorded or estimated poses.

    Args:
        batch: the views.
        neighbours: theirs.
        pose_network: asked where a pose is unknown.
    """
    num_views, num_pairs = len(batch.image), len(neighbours.row)
    number = num_views + torch.arange(num_pairs, device=neighbours.row.device)
    return Pairs(
        target=torch.cat([neighbours.row, number]),
        source=torch.cat([number, neighbours.row]),
        neighbour_from_view=_poses(batch, neighbours, pose_network),
        is_pose_known=neighbours.is_pose_known,
        intrinsics=batch.intrinsics[neighbours.row].repeat(2, 1, 1),
    )


def _poses(
    batch: Batch, neighbours: Neighbours, pose_network: PoseNetwork
) -> Float[Tensor, 'pair 4 4']:
    is_unknown = ~neighbours.is_pose_known
    if not is_unknown.any():
        return neighbours.neighbour_from_view
    views = network_image(batch.image[neighbours.row[is_unknown]])
    others = network_image(neighbours.image[is_unknown])
    # In the order of time, most cameras move forward: one sign less to find out.
    is_earlier = neighbours.is_earlier[is_unknown, None, None, None]
    first, second = torch.where(is_earlier, others, views), torch.where(is_earlier, views, others)
    later_from_earlier = pose_from_rotation_vector(*pose_network(first, second))
    estimated = torch.where(
        is_earlier[..., 0], inverted_pose(later_from_earlier), later_from_earlier
    )
    indices = is_unknown.nonzero()[:, 0]
    return neighbours.neighbour_from_view.index_copy(0, indices, estimated)
