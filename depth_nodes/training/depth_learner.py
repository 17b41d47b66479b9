"""How a depth network learns from a batch: level by level of the pyramid."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.errors import ConfigError
from depth_nodes.networks.blocks.etm import add_etm, fold_etm, set_branch_drop
from depth_nodes.networks.checkpoints import Checkpoint, load_checkpoint
from depth_nodes.networks.depth_network import DepthNetwork, Prediction
from depth_nodes.networks.registry import NETWORKS
from depth_nodes.training.batch import Batch, network_image
from depth_nodes.training.config import TrainingConfig
from depth_nodes.training.criterion import Criterion
from depth_nodes.training.learner import Learner, start_from
from depth_nodes.training.precision import rounding
from depth_nodes.training.process_group import ProcessGroup
from depth_nodes.training.pyramid import (
    consistency_terms,
    Level,
    level_batch,
    reference_of,
    sliced,
)


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
        ConfigError: one of them predicts for another camera.
    """

    config: TrainingConfig
    network: DepthNetwork

    def __init__(self, config: TrainingConfig, group: ProcessGroup) -> None:
        torch.manual_seed(config.seed)
        network = _initial_network(config)
        self.criterion = Criterion(config, group)
        pose = self.criterion.pose_network
        super().__init__(config, group, network, {} if pose is None else {'pose': pose})

    def checkpoints(self) -> dict[str, Checkpoint]:
        """The averaged weights, with the sums of filters written down."""
        checkpoint = Checkpoint(
            network=fold_etm(self.averaged),
            network_name=self.config.architecture,
            canonical=self.config.canonical,
        )
        return {self.config.name: checkpoint}

    def add_gradients(
        self, batch: Batch, progress: float, random: torch.Generator
    ) -> dict[str, Tensor]:
        """Adds up the gradients level by level, so that only one level is in memory at a time."""
        terms: dict[str, Tensor] = {}
        current: Current | None = None
        for level in self.config.pyramid.all_levels:
            views = level_batch(batch, level, self.config.pyramid, random)
            found, said = self._learn_level(views, level, progress, current)
            if level == 'cr':
                current, terms = said, found
            else:
                terms['loss'] = terms['loss'] + found['loss']
                terms |= {f'{level}/{name}': value for name, value in found.items()}
        return terms

    def _learn_level(
        self, views: Batch, level: Level, progress: float, current: Current | None
    ) -> tuple[dict[str, Tensor], Current | None]:
        """Adds the gradients of one level; returns its terms, and at `cr` what was said."""
        pyramid = self.config.pyramid
        prediction = self._predict(views)
        loss, terms = self.criterion(prediction, views, level, progress)
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

    def _predict(self, batch: Batch) -> Prediction:
        """What the network says of the views, then of their neighbours."""
        images = [network_image(batch.image)]
        if batch.neighbours is not None:
            images.append(network_image(batch.neighbours.image))
        with rounding(self.config.precision, self.group.device):
            return self.network.predict(torch.cat(images))

    def set_mode(self, progress: float) -> None:
        """Drops branches more and more."""
        super().set_mode(progress)
        self.network.set_drop_probability(self.config.max_drop_probability * progress)
        set_branch_drop(self.network, self.config.etm.branch_drop * progress)
        if self.config.has_frozen_norms:
            # Those of the pose network, which starts at random, have nothing to keep.
            for module in self.network.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()


def _initial_network(config: TrainingConfig) -> DepthNetwork:
    network = NETWORKS[config.architecture].network(config.network_config)
    if config.initial_checkpoint:
        start = load_checkpoint(Path(config.initial_checkpoint))
        if start.canonical != config.canonical:
            raise ConfigError(
                f'{config.initial_checkpoint} predicts for {start.canonical}, not for '
                f'{config.canonical}; set "canonical" to the former'
            )
        start_from(network, config.initial_checkpoint, start.network)
    add_etm(network, config.etm, is_preserved=bool(config.initial_checkpoint))
    return network
