"""How a network learns from previous frames: what it is shown of them, and what is added."""

from __future__ import annotations

from collections.abc import Iterable

from jaxtyping import Bool, Float
import torch
from torch import Tensor
import torch.nn.functional as F

from depth_nodes.errors import ConfigError
from depth_nodes.geometry.cost_volume import depth_of_plane, lowest_cost_plane, plane_of_depth
from depth_nodes.losses.matching import plane_cross_entropy
from depth_nodes.losses.photometric import weighted_mean
from depth_nodes.networks.depth_network import (
    DepthFeatures,
    DepthNetwork,
    DepthOutput,
    Prediction,
)
from depth_nodes.networks.multi_frame_depth import (
    Matching,
    MultiFrameDepth,
    PreviousFrames,
    STRIDE,
)
from depth_nodes.training.batch import Batch, network_image
from depth_nodes.training.config import TrainingConfig
from depth_nodes.training.posed_pairs import MotionEstimate, posed_pairs
from depth_nodes.training.precision import rounding
from depth_nodes.training.source_config import SourceConfig
from depth_nodes.training.whole_view import padded

# Ratio of the volume's depth to the single frame's beyond which ManyDepth trusts the latter.
MAX_DISAGREEMENT = 2.0


def previous_frames(batch: Batch) -> PreviousFrames:
    """The earlier neighbour of each view, where there is one of known pose."""
    count = len(batch.image)
    image = network_image(batch.image)
    pose = torch.eye(4, device=image.device).repeat(count, 1, 1)
    if batch.neighbours is not None:
        is_used = batch.neighbours.is_earlier & batch.neighbours.is_pose_known
        row = batch.neighbours.row[is_used]
        image = image.index_copy(0, row, network_image(batch.neighbours.image[is_used]))
        pose = pose.index_copy(0, row, batch.neighbours.neighbour_from_view[is_used])
    return PreviousFrames(image[:, None], pose[:, None], batch.intrinsics)


def predicted(network: DepthNetwork, batch: Batch) -> Prediction:
    """What a network says of views, and of the frames before them where it looks at these.

    Views may have any size; the prediction is of the padded one.
    """
    image = padded(network_image(batch.image))
    if not isinstance(network, MultiFrameDepth):
        return network.predict(image)
    previous = previous_frames(batch)
    earlier = padded(previous.image.flatten(0, 1))[:, None]
    return network.predict_matched(image, previous._replace(image=earlier))[0]


def require_previous(path: str, network: DepthNetwork, sources: Iterable[SourceConfig]) -> None:
    """Refuses a teacher of several frames that would be shown single ones alone.

    Raises:
        ConfigError: no source has a neighbour_step.
    """
    if isinstance(network, MultiFrameDepth) and not any(one.neighbour_step for one in sources):
        raise ConfigError(
            f'{path} looks at the frame before, and no source has any; give one a neighbour_step'
        )


class MultiFrameLearning:
    """What is special in learning from previous frames.

    Args:
        config: of the training.
        network: that learns; the range of its planes follows what it says.
        estimate: of the motion to neighbours of unknown pose; None: those are left aside.
    """

    def __init__(
        self, config: TrainingConfig, network: MultiFrameDepth, estimate: MotionEstimate | None
    ) -> None:
        self.config = config.multi_frame
        self.canonical = config.canonical
        self.network = network
        self.estimate = estimate
        self._precision = config.precision

    def predict(self, batch: Batch) -> tuple[Prediction, Matching]:
        """What the network says of the views, and what their comparison came to."""
        image = network_image(batch.image)
        previous = self._augmented(previous_frames(self._posed(batch)), image)
        with rounding(self._precision, image.device):
            prediction, matching = self.network.predict_matched(image, previous)
        self.network.follow_range(self._depth_m(prediction.output, batch), batch.focal_px)
        return prediction, matching

    def loss(
        self, prediction: Prediction, matching: Matching, batch: Batch
    ) -> tuple[Float[Tensor, ''], dict[str, Float[Tensor, '']]]:
        """The weighted sum of the terms that other networks have not, and the terms by name.

        Args:
            prediction: of the views, first of all.
            matching: of the views.
            batch: the views.
        """
        terms = {'matching': self._matching_term(matching, batch)}
        loss = self.config.matching_weight * terms['matching']
        if self.config.consistency_weight:
            terms['single_frame'] = self._single_frame_term(prediction, matching, batch)
            loss = loss + self.config.consistency_weight * terms['single_frame']
        return loss, {name: term.detach() for name, term in terms.items()}

    @torch.no_grad()
    def _posed(self, batch: Batch) -> Batch:
        """Poses of all neighbours; estimated ones are in mean depths of what one frame tells."""
        neighbours = batch.neighbours
        if self.estimate is None or neighbours is None or neighbours.is_pose_known.all():
            return batch
        pairs = posed_pairs(batch, neighbours, self.estimate)
        # Of both directions of each pair; the depth of the views is enough for the first ones.
        poses = pairs.source_from_target(self._single_m(batch))[: len(neighbours.row)]
        known = torch.ones_like(neighbours.is_pose_known)
        return batch._replace(
            neighbours=neighbours._replace(neighbour_from_view=poses, is_pose_known=known)
        )

    def _augmented(
        self, previous: PreviousFrames, image: Float[Tensor, 'batch 3 height width']
    ) -> PreviousFrames:
        """ManyDepth's two: a scene that moves along, and no previous frame."""
        draws = torch.rand(2, len(image), 1, 1, 1).to(image.device)
        is_static = draws[0] < self.config.static_probability
        is_missing = draws[1] < self.config.missing_probability
        identity = torch.eye(4, device=image.device)
        return previous._replace(
            image=torch.where(is_static[..., None], image[:, None], previous.image),
            previous_from_current=torch.where(
                is_missing, identity, previous.previous_from_current
            ),
        )

    def _matching_term(self, matching: Matching, batch: Batch) -> Float[Tensor, '']:
        depth = batch.depth_m[..., ::STRIDE, ::STRIDE]
        is_used = (depth > 0) & matching.is_believed & batch.is_metric[:, None, None, None]
        plane = plane_of_depth(torch.where(depth > 0, depth, 1.0), matching.planes_m)
        return plane_cross_entropy(self.network.log_probability(matching), plane, is_used)

    def _single_frame_term(
        self, prediction: Prediction, matching: Matching, batch: Batch
    ) -> Float[Tensor, '']:
        teacher_m = self._single_m(batch)
        doubt = unreliable(matching, teacher_m[..., ::STRIDE, ::STRIDE])
        views = DepthOutput(*(head[: len(batch.image)] for head in prediction.output))
        error = (self._depth_m(views, batch) / teacher_m).log().abs()
        return weighted_mean(error, F.interpolate(doubt.float(), scale_factor=STRIDE))

    @torch.no_grad()
    def _single_m(self, batch: Batch) -> Float[Tensor, 'batch 1 height width']:
        """What the network says of each view alone."""
        image = network_image(batch.image)
        with rounding(self._precision, image.device):
            output = self.network.predict(image).output
        return self._depth_m(output, batch)

    def _depth_m(self, output: DepthOutput, batch: Batch) -> Float[Tensor, 'batch 1 height width']:
        inverse_depth = self.canonical.inverse_depth_from_sigmoid(output.full)
        return self.canonical.depth_from_canonical(1 / inverse_depth, batch.focal_px)


def unreliable(
    matching: Matching, single_m: Float[Tensor, 'batch 1 height width']
) -> Bool[Tensor, 'batch 1 height width']:
    """Where the volume is not believed, or its minimum is far from the single frame's depth."""
    ratio = single_m / depth_of_plane(lowest_cost_plane(matching.volume), matching.planes_m)
    agrees = (ratio < MAX_DISAGREEMENT) & (ratio > 1 / MAX_DISAGREEMENT)
    return ~(matching.is_believed & agrees)


def joined(views: Prediction, neighbours: Prediction) -> Prediction:
    """One prediction of both, the views first."""
    output = (torch.cat(pair) for pair in zip(views.output, neighbours.output, strict=True))
    features = (
        tuple(torch.cat(pair) for pair in zip(*levels, strict=True))
        for levels in zip(views.features, neighbours.features, strict=True)
    )
    return Prediction(DepthOutput(*output), DepthFeatures(*features))
