"""The training loop: a step is a pure function of its number, so a resumed run never stopped."""

from __future__ import annotations

import copy
from dataclasses import dataclass
import logging
import math
from pathlib import Path
import time

import torch
from torch import nn
from tqdm import tqdm

from depth_nodes.errors import CheckpointError, ConfigError
from depth_nodes.networks.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from depth_nodes.networks.small_depth import SmallDepth
from depth_nodes.training.checkpointing import load_state, save_state
from depth_nodes.training.config import TrainingConfig
from depth_nodes.training.objective import Objective
from depth_nodes.training.recorder import Recorder
from depth_nodes.training.sources import BatchSampler, FrameSource
from depth_nodes.training.validation import validate

STATE_FILE = 'state.safetensors'
RECORD_INTERVAL = 20
logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class TrainingRun:
    """Where a training writes, and how long it may take (0: `num_steps` decides)."""

    output: Path
    budget_minutes: float = 0.0

    def __post_init__(self) -> None:
        """Refuses times that never end or never begin."""
        if not 0 <= self.budget_minutes < math.inf:
            raise ConfigError(
                f'the budget is {self.budget_minutes} minutes; choose 0 (none) or more'
            )


class Trainer:
    """Trains SmallDepth on frames with metric depth, and keeps an average of its weights."""

    def __init__(
        self,
        config: TrainingConfig,
        sources: list[FrameSource],
        validation: list[FrameSource],
        run: TrainingRun,
    ) -> None:
        self.config = config
        self.run = run
        self.sampler = BatchSampler(sources, config)
        self.validation = validation
        self.objective = Objective(config.objective, config.canonical)
        torch.manual_seed(config.seed)
        self.network = _initial_network(config)
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
        self.step = 0
        self.elapsed_s = 0.0
        run.output.mkdir(parents=True, exist_ok=True)
        if self._state_path.is_file():
            self._resume()

    def train(self) -> Path:
        """Runs to the end of the schedule; returns the path of the averaged weights."""
        started = time.monotonic() - self.elapsed_s
        with (
            Recorder(self.run.output) as recorder,
            tqdm(total=100, unit='%', desc=self.config.name, mininterval=10) as bar,
        ):
            while self.progress < 1:
                terms = self._train_step()
                self.step += 1
                self.elapsed_s = time.monotonic() - started
                if self.step % RECORD_INTERVAL == 0:
                    recorder.record(self.step, {**terms, 'elapsed_s': self.elapsed_s})
                    bar.set_postfix(loss=f'{terms["loss"]:.3f}', step=self.step)
                    bar.update(round(min(100 * self.progress, 100) - bar.n, 1))
                if self.step % self.config.validation_interval == 0:
                    self._validate(recorder)
                if self.step % self.config.checkpoint_interval == 0:
                    self._save()
            self._validate(recorder)
        self._save()
        return self._weights_path

    @property
    def progress(self) -> float:
        """Share of the training that is done, by time where there is a budget, else by steps."""
        if self.run.budget_minutes > 0:
            return self.elapsed_s / (60 * self.run.budget_minutes)
        return self.step / self.config.num_steps

    def _train_step(self) -> dict[str, float]:
        # Seeding each step keeps the branch drop the same whether or not the run was resumed.
        torch.manual_seed(self.config.seed + 1 + self.step)
        progress = self.progress
        self.network.train()
        self.network.set_drop_probability(self.config.max_drop_probability * progress)
        for group in self.optimizer.param_groups:
            group['lr'] = self._learning_rate(progress)
        batch = self.sampler.batch(self.step)
        loss, terms = self.objective(self.network(batch.image), batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        settings = self.config.optimizer
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), settings.max_gradient_norm)
        self.optimizer.step()
        self._average()
        return {**terms, 'gradient_norm': norm.item()}

    def _learning_rate(self, progress: float) -> float:
        settings = self.config.optimizer
        if progress < settings.warm_up:
            return settings.learning_rate * (progress + 1e-3) / (settings.warm_up + 1e-3)
        rest = min((progress - settings.warm_up) / (1 - settings.warm_up), 1)
        return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * rest))

    @torch.no_grad()
    def _average(self) -> None:
        # Early weights are far from the end: a short memory first, the full one later.
        decay = min(self.config.optimizer.ema_decay, (1 + self.step) / (10 + self.step))
        averaged, current = self.averaged.state_dict(), self.network.state_dict()
        for name, value in current.items():
            if value.dtype.is_floating_point:
                averaged[name].lerp_(value, 1 - decay)
            else:
                averaged[name].copy_(value)

    def _validate(self, recorder: Recorder) -> None:
        if self.validation:
            scores = validate(self.averaged, self.validation, self.config.canonical)
            recorder.record(self.step, scores)
            logger.info('step %d: %s', self.step, _in_words(scores))

    @property
    def _state_path(self) -> Path:
        return self.run.output / STATE_FILE

    @property
    def _weights_path(self) -> Path:
        return self.run.output / f'{self.config.name}.safetensors'

    def _save(self) -> None:
        networks = {'network': self.network, 'averaged': self.averaged}
        progress = {'step': self.step, 'elapsed_s': self.elapsed_s}
        save_state(self._state_path, networks, self.optimizer, progress)
        checkpoint = Checkpoint(
            network=self.averaged,
            network_name='small_depth',
            canonical=self.config.canonical,
            metadata={
                'name': self.config.name,
                'license': self.config.license,
                'training_data': [source.name for source in self.sampler.sources],
                'steps': self.step,
            },
        )
        save_checkpoint(self._weights_path, checkpoint)

    def _resume(self) -> None:
        networks = {'network': self.network, 'averaged': self.averaged}
        progress = load_state(self._state_path, networks, self.optimizer)
        self.step = int(progress['step'])
        self.elapsed_s = progress['elapsed_s']
        logger.info('resumed at step %d', self.step)


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


def _in_words(scores: dict[str, float]) -> str:
    return ', '.join(f'{name} {value:.3f}' for name, value in scores.items())
