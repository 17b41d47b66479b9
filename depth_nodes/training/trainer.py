"""The training loop: it reads, learns, validates, writes, and goes on where it was stopped."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
import logging
import math
from pathlib import Path
import time

import torch
from torch import nn, Tensor

from depth_nodes.errors import ConfigError
from depth_nodes.networks.checkpoints import checkpoint_metadata, save_checkpoint
from depth_nodes.training.checkpointing import load_state, save_state
from depth_nodes.training.kind import subject_of
from depth_nodes.training.learner import MappedBatch
from depth_nodes.training.process_group import ProcessGroup
from depth_nodes.training.progress_bar import ProgressBar
from depth_nodes.training.recorder import Recorder
from depth_nodes.training.run_config import RunConfig
from depth_nodes.training.sampler import BatchReader
from depth_nodes.training.sources import FrameSource

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
    """Trains a network, and keeps an average of its weights.

    Args:
        config: everything that decides the weights; its type says what is learnt.
        sources: frames to learn from.
        validation: held-out frames with depth.
        run: where to write, and for how long to train.
        group: processes that share the work; alone by default.
    """

    def __init__(
        self,
        config: RunConfig,
        sources: list[FrameSource],
        validation: list[FrameSource],
        run: TrainingRun,
        group: ProcessGroup | None = None,
    ) -> None:
        self.config = config
        self.run = run
        self.group = group or ProcessGroup()
        self.source_names = [source.name for source in sources]
        self.num_frames = sum(len(source.samples) for source in sources)
        subject = subject_of(config, sources, validation, self.group)
        self.sampler, self.learner, self.validate = subject
        self.step = 0
        self.elapsed_s = 0.0
        run.output.mkdir(parents=True, exist_ok=True)
        if self._state_path.is_file():
            self._resume()

    def train(self) -> Path:
        """Runs to the end of the schedule; returns the path of the averaged weights."""
        started = time.monotonic() - self.elapsed_s
        with (
            BatchReader(self.read_batch, self.config.num_reader_threads) as reader,
            self._recorder() as recorder,
            ProgressBar(self.config.name, is_shown=self.group.is_first) as bar,
        ):
            while self.progress < 1:
                terms = self.learner.learn(reader.batch(self.step), self.step, self.progress)
                self.step += 1
                # One clock for all, or some would wait for others that have stopped.
                self.elapsed_s = self.group.from_first(time.monotonic() - started)
                if self.step % RECORD_INTERVAL == 0:
                    values = self._values(terms)
                    _require_finite(values['loss'], self.step)
                    _record(recorder, self.step, {**values, 'elapsed_s': self.elapsed_s})
                    bar.show(self.progress, values['loss'], self.step, self.elapsed_s)
                if self.step % self.config.validation_interval == 0:
                    self._validate(recorder)
                if self.step % self.config.checkpoint_interval == 0:
                    self.save()
            if self.step % self.config.validation_interval:
                self._validate(recorder)
        self.save()
        return self._weights_path

    @property
    def progress(self) -> float:
        """Share of the training that is done, by time where there is a budget, else by steps."""
        return self._progress_at(self.step)

    def _progress_at(self, step: int) -> float:
        if self.run.budget_minutes > 0:
            return self.elapsed_s / (60 * self.run.budget_minutes)
        return step / self.config.num_steps

    def read_batch(self, step: int) -> MappedBatch:
        """The batch of a step; under a time budget its mix of sources is that of the moment."""
        batch = self.sampler.batch(step, self._progress_at(step))
        return batch.mapped(Tensor.pin_memory) if self.group.device.type == 'cuda' else batch

    def _recorder(self) -> AbstractContextManager[Recorder | None]:
        return Recorder(self.run.output, self.step) if self.group.is_first else nullcontext()

    def _values(self, terms: Mapping[str, Tensor]) -> dict[str, float]:
        means = self.group.mean(torch.stack(list(terms.values())))
        return dict(zip(terms, means.tolist(), strict=True))

    def _validate(self, recorder: Recorder | None) -> None:
        if recorder is not None and (scores := self.validate()):
            recorder.record(self.step, scores)
            logger.info('step %d: %s', self.step, _in_words(scores))

    @property
    def _state_path(self) -> Path:
        return self.run.output / STATE_FILE

    @property
    def _weights_path(self) -> Path:
        return self.run.output / f'{self.config.name}.safetensors'

    def save(self) -> None:
        """Writes the state to go on from, and the averaged weights; the first process alone."""
        if not self.group.is_first:
            return
        # Before the last good state is written over; losses are looked at now and then alone.
        _require_finite(_sum_of_weights(self.learner.averaged), self.step)
        progress = {'step': self.step, 'elapsed_s': self.elapsed_s}
        save_state(
            self._state_path,
            self.learner.networks,
            self.learner.optimizer,
            progress,
            self.config.lasting_settings,
        )
        for name, checkpoint in self.learner.checkpoints().items():
            own = {
                'name': name,
                'license': self.config.license,
                'training_data': self._training_data,
                'frames': self.num_frames,
                'steps': self.step,
            }
            whole = replace(checkpoint, metadata=own | checkpoint.metadata)
            save_checkpoint(self.run.output / f'{name}.safetensors', whole)

    @cached_property
    def _training_data(self) -> list[str]:
        """What these weights know: the sources, and what others knew that they learnt from."""
        names = list(self.source_names)
        for path in self.config.known_checkpoints:
            names += checkpoint_metadata(Path(path)).get('training_data', [path])
        return list(dict.fromkeys((*names, *self.config.known_backbones)))

    def _resume(self) -> None:
        progress = load_state(
            self._state_path,
            self.learner.networks,
            self.learner.optimizer,
            self.config.lasting_settings,
        )
        self.step = int(progress['step'])
        self.elapsed_s = progress['elapsed_s']
        logger.info('resumed at step %d', self.step)


def _require_finite(value: float, step: int) -> None:
    """Of a loss, or of a sum of weights."""
    if not math.isfinite(value):
        raise ConfigError(
            f'the training has diverged: {value} at step {step}; choose a lower '
            'optimizer.learning_rate and another --output'
        )


def _sum_of_weights(network: nn.Module) -> float:
    return float(
        sum(
            value.detach().abs().mean()
            for value in network.state_dict().values()
            if value.is_floating_point()
        )
    )


def _record(recorder: Recorder | None, step: int, values: Mapping[str, float]) -> None:
    if recorder is not None:
        recorder.record(step, values)


def _in_words(scores: dict[str, float]) -> str:
    return ', '.join(f'{name} {value:.3f}' for name, value in scores.items())
