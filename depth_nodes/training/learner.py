"""One step of learning: a pure function of its number, its batch and the weights before it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
import copy
import math
from operator import attrgetter
from typing import Any, Generic, Protocol, runtime_checkable, TypeVar

import torch
from torch import nn, Tensor

from depth_nodes.errors import CheckpointError
from depth_nodes.networks.checkpoints import Checkpoint
from depth_nodes.training.process_group import ProcessGroup
from depth_nodes.training.run_config import OptimizerConfig, RunConfig

# More steps than a training has; torch looks at the lower 32 bits of a seed alone.
RANK_STRIDE = 10_000_019


@runtime_checkable
class MappedBatch(Protocol):
    """What a step learns from: tensors that can be copied to a device."""

    def mapped(self, move: Callable[[Tensor], Tensor]) -> Any:
        """The batch with a function, such as a copy to a device, applied to its tensors."""


BatchT = TypeVar('BatchT', bound=MappedBatch)


class Learner(ABC, Generic[BatchT]):
    """A network that learns, the running average of its weights, and its optimiser.

    Args:
        config: of the steps, their seeds and their precision.
        group: processes that share each step; all of them have the same weights.
        network: whose average is kept; on the CPU, freshly made.
        others: networks that learn along, by name.
    """

    def __init__(
        self,
        config: RunConfig,
        group: ProcessGroup,
        network: nn.Module,
        others: Mapping[str, nn.Module],
    ) -> None:
        self.config = config
        self.group = group
        self.network = network.to(group.device)
        # In place: mypy knows no `Module.to(memory_format=...)`, and it returns the same module.
        for value in self.network.parameters():
            if value.ndim == 4:
                value.data = value.data.contiguous(memory_format=torch.channels_last)
        self.averaged = copy.deepcopy(self.network).eval()
        self._learning = {'network': self.network, **others}
        self.optimizer = torch.optim.AdamW(
            self._parameter_groups(), weight_decay=config.optimizer.weight_decay
        )

    @property
    def networks(self) -> dict[str, nn.Module]:
        """The networks whose weights make up the state, by name."""
        return {**self._learning, 'averaged': self.averaged}

    @abstractmethod
    def checkpoints(self) -> dict[str, Checkpoint]:
        """What the averaged weights are shipped as, by the name of the file."""

    @abstractmethod
    def add_gradients(
        self, batch: BatchT, progress: float, random: torch.Generator
    ) -> dict[str, Tensor]:
        """Adds the gradients of one step to the parameters; returns the terms of the loss.

        Args:
            batch: on the device.
            progress: share of the training that is done.
            random: of the CPU, seeded by the step.
        """

    def set_mode(self, progress: float) -> None:
        """Prepares the networks for a step."""
        for network in self._learning.values():
            network.train()

    def cycle_progress(self, progress: float) -> float:
        """Share of the current cycle of the learning rate that is done."""
        return progress

    def rate_factor(self, name: str) -> float:
        """Learning rate of a parameter, by name, over that of the settings; 0 freezes it."""
        return 1.0

    def learn(self, batch: BatchT, step: int, progress: float) -> dict[str, Tensor]:
        """Learns from one batch; returns the terms of the loss.

        Args:
            batch: this process's share.
            step: number of the step, from 0.
            progress: share of the training that is done.
        """
        # Seeding each step keeps what is random the same whether or not the run was resumed.
        seed = self.config.seed + 1 + step + RANK_STRIDE * self.group.rank
        torch.manual_seed(seed)
        self.set_mode(progress)
        settings = self.config.optimizer
        rate = learning_rate(settings, self.cycle_progress(progress))
        for group in self.optimizer.param_groups:
            group['lr'] = group['factor'] * rate
        device = self.group.device
        batch = batch.mapped(lambda tensor: tensor.to(device, non_blocking=True))
        self.optimizer.zero_grad(set_to_none=True)
        terms = self.add_gradients(batch, progress, torch.Generator().manual_seed(seed))
        self._average_over_processes()
        norm = nn.utils.clip_grad_norm_(self._parameters, settings.max_gradient_norm)
        self.optimizer.step()
        # Early weights are far from the end: a short memory first, the full one later.
        self._average_over_time(min(settings.ema_decay, (1 + step) / (10 + step)))
        return {**terms, 'gradient_norm': norm}

    @property
    def _parameters(self) -> list[nn.Parameter]:
        return [value for group in self.optimizer.param_groups for value in group['params']]

    def _parameter_groups(self) -> list[dict[str, Any]]:
        """The parameters that learn, by their share of the learning rate."""
        by_factor: dict[float, list[nn.Parameter]] = {}
        for prefix, network in self._learning.items():
            for name, value in network.named_parameters():
                factor = self.rate_factor(f'{prefix}.{name}')
                if factor > 0:
                    by_factor.setdefault(factor, []).append(value)
                else:
                    value.requires_grad_(False)
        return [{'params': values, 'factor': factor} for factor, values in by_factor.items()]

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


def start_from(
    network: nn.Module, path: str, start: nn.Module, own: Mapping[str, Tensor] | None = None
) -> None:
    """Takes over the weights of another network of the same make, but for what is its `own`.

    Raises:
        CheckpointError: it is none, or its settings give the same weights another meaning.
    """
    try:
        network.load_state_dict({**start.state_dict(), **(own or {})})
    except RuntimeError as error:
        raise CheckpointError(
            f'{path} holds another network than the settings describe'
        ) from error
    for name, part in network.named_modules():
        config = getattr(part, 'config', None)
        for setting in getattr(config, 'lasting', ()):
            known = attrgetter(setting)(start.get_submodule(name).config)
            value = attrgetter(setting)(config)
            if known != value:
                raise CheckpointError(
                    f'{path} has learnt with {setting} {known}, not {value}; set it to the former '
                    'or start from other weights'
                )


def learning_rate(settings: OptimizerConfig, progress: float) -> float:
    """One cycle: linear warm-up, cosine to zero."""
    if progress < settings.warm_up:
        return settings.learning_rate * (progress + 1e-3) / (settings.warm_up + 1e-3)
    rest = min((progress - settings.warm_up) / (1 - settings.warm_up), 1)
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * rest))
