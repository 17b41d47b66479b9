"""One step of learning: a pure function of its number, its batch and the weights before it."""

from __future__ import annotations

import copy
import math
from pathlib import Path

import torch
from torch import nn, Tensor

from depth_nodes.errors import CheckpointError
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.networks.small_depth import SmallDepth
from depth_nodes.training.batch import Batch, network_image
from depth_nodes.training.config import OptimizerConfig, TrainingConfig
from depth_nodes.training.objective import Objective
from depth_nodes.training.process_group import ProcessGroup

# More steps than a training has; torch looks at the lower 32 bits of a seed alone.
RANK_STRIDE = 10_000_019


class Learner:
    """A network that learns, the running average of its weights, and its optimiser.

    Args:
        config: everything that decides the weights.
        group: processes that share each step; all of them have the same weights.

    Raises:
        CheckpointError: the initial weights cannot be read or are of another network.
    """

    def __init__(self, config: TrainingConfig, group: ProcessGroup) -> None:
        self.config = config
        self.group = group
        self.objective = Objective(config.objective, config.canonical, group.mean)
        torch.manual_seed(config.seed)
        self.network = _initial_network(config).to(group.device)
        # In place: mypy knows no `Module.to(memory_format=...)`, and it returns the same module.
        for value in self.network.parameters():
            if value.ndim == 4:
                value.data = value.data.contiguous(memory_format=torch.channels_last)
        self.averaged = copy.deepcopy(self.network).eval()
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(),
            lr=config.optimizer.learning_rate,
            weight_decay=config.optimizer.weight_decay,
        )

    @property
    def networks(self) -> dict[str, nn.Module]:
        """The networks whose weights make up the state, by name."""
        return {'network': self.network, 'averaged': self.averaged}

    def learn(self, batch: Batch, step: int, progress: float) -> dict[str, Tensor]:
        """Learns from one batch; returns the terms of the loss.

        Args:
            batch: this process's views.
            step: number of the step, from 0.
            progress: share of the training that is done.
        """
        # Seeding each step keeps the branch drop the same whether or not the run was resumed.
        torch.manual_seed(self.config.seed + 1 + step + RANK_STRIDE * self.group.rank)
        self._set_mode(progress)
        settings = self.config.optimizer
        for group in self.optimizer.param_groups:
            group['lr'] = learning_rate(settings, progress)
        device = self.group.device
        batch = batch.mapped(lambda tensor: tensor.to(device, non_blocking=True))
        with torch.autocast(device.type, torch.bfloat16, enabled=self._is_rounded):
            output = self.network(network_image(batch.image))
        loss, terms = self.objective(output, batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._average_over_processes()
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), settings.max_gradient_norm)
        self.optimizer.step()
        # Early weights are far from the end: a short memory first, the full one later.
        self._average_over_time(min(settings.ema_decay, (1 + step) / (10 + step)))
        return {**terms, 'gradient_norm': norm}

    @property
    def _is_rounded(self) -> bool:
        if self.config.precision == 'auto':
            return self.group.device.type == 'cuda'
        return self.config.precision == 'bfloat16'

    def _set_mode(self, progress: float) -> None:
        self.network.train()
        self.network.set_drop_probability(self.config.max_drop_probability * progress)
        if self.config.has_frozen_norms:
            for module in self.network.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()

    def _average_over_processes(self) -> None:
        """Gradients of the whole step, and the running statistics of the batch norms."""
        gradients = [value.grad for value in self.network.parameters() if value.grad is not None]
        buffers = [value for value in self.network.buffers() if value.is_floating_point()]
        self.group.average(gradients + buffers)

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


def _initial_network(config: TrainingConfig) -> SmallDepth:
    network = SmallDepth(config.network)
    if config.initial_checkpoint:
        start = load_checkpoint(Path(config.initial_checkpoint)).network
        try:
            network.load_state_dict(start.state_dict())
        except RuntimeError as error:
            raise CheckpointError(
                f'{config.initial_checkpoint} holds another network than "network" describes'
            ) from error
    return network
