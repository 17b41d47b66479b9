"""One step of learning: a pure function of its number, its batch and the weights before it."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import NamedTuple

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.errors import CheckpointError, ConfigError
from depth_nodes.networks.blocks.etm import add_etm, set_branch_drop
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.networks.depth_network import DepthNetwork, Prediction
from depth_nodes.networks.registry import NETWORKS
from depth_nodes.training.batch import Batch, network_image
from depth_nodes.training.config import OptimizerConfig, TrainingConfig
from depth_nodes.training.criterion import Criterion
from depth_nodes.training.precision import rounding
from depth_nodes.training.process_group import ProcessGroup
from depth_nodes.training.pyramid import (
    consistency_terms,
    Level,
    level_batch,
    reference_of,
    sliced,
)

# More steps than a training has; torch looks at the lower 32 bits of a seed alone.
RANK_STRIDE = 10_000_019


class Current(NamedTuple):
    """What was said at the current resolution, which the other levels are held against."""

    reference: Prediction
    focal_px: Float[Tensor, 'batch 1 1 1']


class Learner:
    """A network that learns, the running average of its weights, and its optimiser.

    Args:
        config: everything that decides the weights.
        group: processes that share each step; all of them have the same weights.

    Raises:
        CheckpointError: the initial or the teacher's weights cannot be read, or the initial ones
            are of another network.
        ConfigError: one of them predicts for another camera.
    """

    def __init__(self, config: TrainingConfig, group: ProcessGroup) -> None:
        self.config = config
        self.group = group
        torch.manual_seed(config.seed)
        self.network = _initial_network(config).to(group.device)
        # In place: mypy knows no `Module.to(memory_format=...)`, and it returns the same module.
        for value in self.network.parameters():
            if value.ndim == 4:
                value.data = value.data.contiguous(memory_format=torch.channels_last)
        self.averaged = copy.deepcopy(self.network).eval()
        self.criterion = Criterion(config, group)
        self.optimizer = torch.optim.AdamW(
            self._parameters,
            lr=config.optimizer.learning_rate,
            weight_decay=config.optimizer.weight_decay,
        )

    @property
    def networks(self) -> dict[str, nn.Module]:
        """The networks whose weights make up the state, by name."""
        return {**self._learning, 'averaged': self.averaged}

    @property
    def _learning(self) -> dict[str, nn.Module]:
        pose = self.criterion.pose_network
        return {'network': self.network} | ({} if pose is None else {'pose': pose})

    @property
    def _parameters(self) -> list[nn.Parameter]:
        return [value for one in self._learning.values() for value in one.parameters()]

    def learn(self, batch: Batch, step: int, progress: float) -> dict[str, Tensor]:
        """Learns from one batch at every level of the pyramid; returns the terms of the loss.

        Args:
            batch: this process's views, at the size of the largest level.
            step: number of the step, from 0.
            progress: share of the training that is done.
        """
        # Seeding each step keeps the branch drop the same whether or not the run was resumed.
        seed = self.config.seed + 1 + step + RANK_STRIDE * self.group.rank
        torch.manual_seed(seed)
        self._set_mode(progress)
        settings = self.config.optimizer
        for group in self.optimizer.param_groups:
            group['lr'] = learning_rate(settings, progress)
        device = self.group.device
        batch = batch.mapped(lambda tensor: tensor.to(device, non_blocking=True))
        self.optimizer.zero_grad(set_to_none=True)
        terms = self._add_gradients(batch, progress, torch.Generator().manual_seed(seed))
        self._average_over_processes()
        norm = nn.utils.clip_grad_norm_(self._parameters, settings.max_gradient_norm)
        self.optimizer.step()
        # Early weights are far from the end: a short memory first, the full one later.
        self._average_over_time(min(settings.ema_decay, (1 + step) / (10 + step)))
        return {**terms, 'gradient_norm': norm}

    def _add_gradients(
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

    def _set_mode(self, progress: float) -> None:
        self.network.set_drop_probability(self.config.max_drop_probability * progress)
        set_branch_drop(self.network, self.config.etm.branch_drop * progress)
        for network in self._learning.values():
            network.train()
        if self.config.has_frozen_norms:
            # Those of the pose network, which starts at random, have nothing to keep.
            for module in self.network.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()

    def _average_over_processes(self) -> None:
        """Gradients of the whole step, and the running statistics of the batch norms."""
        if self.group.size > 1:
            # Whose batch has no neighbour of unknown pose still sends as much as the others.
            for value in self._parameters:
                if value.grad is None:
                    value.grad = torch.zeros_like(value)
        gradients = [value.grad for value in self._parameters if value.grad is not None]
        buffers = [value for one in self._learning.values() for value in one.buffers()]
        self.group.average(gradients + [one for one in buffers if one.is_floating_point()])

    @torch.no_grad()
    def _average_over_time(self, decay: float) -> None:
        averaged, current = self.averaged.state_dict(), self.network.state_dict()
        for name, value in current.items():
            if value.dtype.is_floating_point:
                averaged[name].lerp_(value, 1 - decay)
            else:
                averaged[name].copy_(value)


def learning_rate(settings: OptimizerConfig, progress: float) -> float:
    """One cycle: linear warm-up, cosine to zero."""
    if progress < settings.warm_up:
        return settings.learning_rate * (progress + 1e-3) / (settings.warm_up + 1e-3)
    rest = min((progress - settings.warm_up) / (1 - settings.warm_up), 1)
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * rest))


def _initial_network(config: TrainingConfig) -> DepthNetwork:
    network = NETWORKS[config.architecture].network(config.network_config)
    if config.initial_checkpoint:
        start = load_checkpoint(Path(config.initial_checkpoint))
        if start.canonical != config.canonical:
            raise ConfigError(
                f'{config.initial_checkpoint} predicts for {start.canonical}, not for '
                f'{config.canonical}; set "canonical" to the former'
            )
        try:
            network.load_state_dict(start.network.state_dict())
        except RuntimeError as error:
            raise CheckpointError(
                f'{config.initial_checkpoint} holds another network than the settings describe'
            ) from error
    add_etm(network, config.etm, is_preserved=bool(config.initial_checkpoint))
    return network
