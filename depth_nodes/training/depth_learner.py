"""How a depth network learns from a batch: level by level of the pyramid."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.networks.blocks.etm import fold_etm, set_branch_drop
from depth_nodes.networks.checkpoints import Checkpoint
from depth_nodes.networks.depth_network import DepthNetwork, Prediction
from depth_nodes.networks.multi_frame_depth import Matching, MultiFrameDepth
from depth_nodes.training.batch import Batch, network_image
from depth_nodes.training.batch_transforms import resized_batch
from depth_nodes.training.config import TrainingConfig
from depth_nodes.training.criterion import Criterion
from depth_nodes.training.initial_network import initial_network
from depth_nodes.training.learner import Learner
from depth_nodes.training.multi_frame import joined, MultiFrameLearning, require_previous
from depth_nodes.training.precision import rounding
from depth_nodes.training.prior.guided_loss import GuidedLoss
from depth_nodes.training.prior.prior_network import prior_metadata
from depth_nodes.training.process_group import ProcessGroup
from depth_nodes.training.pyramid import (
    consistency_terms,
    Level,
    level_batch,
    reference_of,
    sliced,
)
from depth_nodes.training.view_size import scaled_size


class Current(NamedTuple):
    """What was said at the current resolution, which the other levels are held against."""

    reference: Prediction
    focal_px: Float[Tensor, 'batch 1 1 1']


class DepthLearner(Learner[Batch]):
    """A depth network that learns, and a pose network where sources have neighbours.

    Args:
        config: everything that decides the weights.
        group: processes that share each step; all of them have the same weights.

    Raises:
        CheckpointError: the initial or the teacher's weights cannot be read, or the initial ones
            are of another network.
        ConfigError: one of them predicts for another camera, or a teacher of several frames has
            no source to see any.
    """

    config: TrainingConfig
    network: DepthNetwork
    averaged: DepthNetwork

    def __init__(self, config: TrainingConfig, group: ProcessGroup) -> None:
        torch.manual_seed(config.seed)
        network = initial_network(config)
        self.criterion = Criterion(config, group)
        self._metadata = {}
        if config.has_prior:
            self._metadata = prior_metadata(config.prior, config.initial_checkpoint)
        self.guided = None
        guided = config.prior.guided
        if guided.teacher:
            self.guided = GuidedLoss(guided, config.canonical, group.device, config.precision)
            require_previous(guided.teacher, self.guided.teacher, config.sources)
        pose = self.criterion.pose_network
        super().__init__(config, group, network, {} if pose is None else {'pose': pose})
        self.multi_frame = None
        if isinstance(network, MultiFrameDepth):
            estimate = None if pose is None else self.criterion.estimate_motion
            self.multi_frame = MultiFrameLearning(config, network, estimate)

    def checkpoints(self) -> dict[str, Checkpoint]:
        """The averaged weights, with the sums of filters written down."""
        config = self.config
        checkpoint = Checkpoint(
            network=fold_etm(self.averaged),
            network_name=config.architecture,
            canonical=config.canonical,
            metadata=self._metadata,
        )
        return {config.name: checkpoint}

    def add_gradients(
        self, batch: Batch, progress: float, random: torch.Generator
    ) -> dict[str, Tensor]:
        """Adds up the gradients level by level, so that only one level is in memory at a time."""
        terms: dict[str, Tensor] = {}
        current: Current | None = None
        rich, batch = batch, self._as_learnt(batch)
        for level in self.config.pyramid.all_levels:
            views = level_batch(batch, level, self.config.pyramid, random)
            found, said = self._learn_level(views, rich, level, progress, current)
            if level == 'cr':
                current, terms = said, found
            else:
                terms['loss'] = terms['loss'] + found['loss']
                terms |= {f'{level}/{name}': value for name, value in found.items()}
        return terms

    def _learn_level(
        self, views: Batch, rich: Batch, level: Level, progress: float, current: Current | None
    ) -> tuple[dict[str, Tensor], Current | None]:
        """Adds the gradients of one level; returns its terms, and at `cr` what was said."""
        pyramid = self.config.pyramid
        prediction, matching = self._predict(views)
        loss, terms = self.criterion(prediction, views, level, progress)
        if self.guided is not None and level == 'cr':
            guided, found = self.guided(sliced(prediction, len(views.image)), views, rich)
            loss, terms = loss + guided, terms | found
        if self.multi_frame is not None and matching is not None:
            added, found = self.multi_frame.loss(prediction, matching, views)
            loss, terms = loss + added, {**terms, **found}
        distance = None
        if current is not None:
            distance = consistency_terms(
                sliced(prediction, len(views.image)),
                current.reference,
                level,
                views.focal_px / current.focal_px,
                self.config.canonical,
            )
            terms |= {f'consistency_{name}': one for name, one in distance._asdict().items()}
        total = pyramid.weights(level).total(loss, distance)
        total.backward()
        said = None
        if level == 'cr' and pyramid.levels:
            said = Current(reference_of(prediction, len(views.image)), views.focal_px)
        return {name: one.detach() for name, one in {**terms, 'loss': total}.items()}, said

    def _as_learnt(self, batch: Batch) -> Batch:
        """The batch at the size that the network learns at, where a teacher sees more of it."""
        height, width = batch.image.shape[-2:]
        scale = self.config.prior.guided.drawn_scale
        return resized_batch(batch, scaled_size((height, width), 1 / scale))

    def _predict(self, batch: Batch) -> tuple[Prediction, Matching | None]:
        """What the network says of the views, then of the neighbours that they are compared with.

        Of several frames it says it of the views alone.
        """
        others = batch.neighbours if self.config.has_neighbours else None
        if self.multi_frame is not None:
            views, matching = self.multi_frame.predict(batch)
            if others is None:
                return views, matching
            with rounding(self.config.precision, self.group.device):
                alone = self.network.predict(network_image(others.image))
            return joined(views, alone), matching
        images = [network_image(batch.image)]
        if others is not None:
            images.append(network_image(others.image))
        with rounding(self.config.precision, self.group.device):
            return self.network.predict(torch.cat(images)), None

    def set_mode(self, progress: float) -> None:
        """Drops branches more and more; of a frozen network none."""
        super().set_mode(progress)
        if self.config.prior.is_network_frozen:
            self.network.eval()
            return
        self.network.set_drop_probability(self.config.max_drop_probability * progress)
        set_branch_drop(self.network, self.config.etm.branch_drop * progress)
        if self.config.has_frozen_norms:
            # Those of the pose network, which starts at random, have nothing to keep.
            for module in self.network.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()

    def rate_factor(self, name: str) -> float:
        """A network that is frozen leaves learning to its fusion."""
        is_kept = name.startswith('network.') and not name.startswith('network.fusion.')
        return 0.0 if self.config.prior.is_network_frozen and is_kept else 1.0
