"""What every training has, whatever network learns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from operator import attrgetter
import re
from typing import Any, ClassVar, Literal

from depth_nodes.data.transforms import AugmentationConfig
from depth_nodes.errors import ConfigError
from depth_nodes.training.limits import require_at_least, require_positive, require_share
from depth_nodes.training.source_config import SourceConfig

# What torch takes, less the steps that are added to it.
MAX_SEED = 2**62
FILE_STEM = re.compile(r'\w[\w.-]*')


@dataclass(frozen=True, kw_only=True)
class OptimizerConfig:
    """AdamW under a one-cycle learning rate: linear warm-up, cosine to zero.

    `warm_up` is a share of the training; `ema_decay` of the averaged weights that are shipped.
    """

    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warm_up: float = 0.03
    max_gradient_norm: float = 1.0
    ema_decay: float = 0.999

    def __post_init__(self) -> None:
        """Refuses settings that diverge or stand still."""
        require_positive(self, 'learning_rate', 'max_gradient_norm')
        require_at_least(self, 0, 'weight_decay')
        require_share(self, 'warm_up', 'ema_decay')


@dataclass(frozen=True, kw_only=True)
class RunConfig(ABC):
    """What every training has, whatever network learns.

    Attributes:
        lasting: what gives the weights their meaning, and does not show in their shapes.
        name: name of the model that comes out.
        license: terms of the weights, as the training data allow them.
        data_root: folder of the sequence folders.
        kept_root: folder that keeps rendered frames, and depth that took long to make, from one
            training to the next.
        sources: where the batches come from; every batch mixes all of them.
        validation: held-out recordings for the learning curve.
        batch_size: frames in a batch, of each process where several train together.
        num_steps: length of the training; a time budget replaces it.
        initial_checkpoint: weights to start from; empty starts from scratch.
        device: `auto` is a GPU where there is one.
        precision: of the network's features; `auto` is bfloat16 on a GPU, float32 on a CPU.
        num_reader_threads: threads that make batches while the network trains.
        validation_interval: steps between validations.
        checkpoint_interval: steps between saved states.
        seed: of weights, batches and augmentation.
        augmentation: how views differ from their frames.
        optimizer: the steps.
    """

    lasting: ClassVar[tuple[str, ...]]
    name: str
    license: str
    data_root: str
    sources: tuple[SourceConfig, ...]
    kept_root: str = 'runs/kept'
    validation: tuple[SourceConfig, ...] = ()
    batch_size: int = 8
    num_steps: int = 10_000
    initial_checkpoint: str = ''
    device: Literal['auto', 'cpu', 'cuda'] = 'auto'
    precision: Literal['auto', 'float32', 'bfloat16'] = 'auto'
    num_reader_threads: int = 1
    validation_interval: int = 500
    checkpoint_interval: int = 250
    seed: int = 0
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)

    def __post_init__(self) -> None:
        """Refuses trainings that never end or begin, or learn from nothing."""
        intervals = ('validation_interval', 'checkpoint_interval')
        require_at_least(self, 1, 'batch_size', 'num_steps', 'num_reader_threads', *intervals)
        require_at_least(self, 0, 'seed')
        if self.seed > MAX_SEED:
            raise ConfigError(f'seed is {self.seed}; choose at most {MAX_SEED}')
        if self.name == 'state' or not FILE_STEM.fullmatch(self.name):
            raise ConfigError(
                f'name is {self.name!r}; it names a file, so write letters, digits, "_", "-" and '
                '".", and not "state"'
            )
        if not self.sources:
            raise ConfigError('a training needs at least one entry in "sources"')
        if not any(source.weight for source in self.sources):
            raise ConfigError('every weight in "sources" starts at 0; start one above 0')
        if not any(source.final_weight != 0 for source in self.sources):
            raise ConfigError('every final_weight in "sources" is 0; leave one above 0')

    @property
    def lasting_settings(self) -> dict[str, Any]:
        """What may not change when a training is resumed, by its name in the file."""
        return {name: attrgetter(name)(self) for name in self.lasting}

    @property
    @abstractmethod
    def known_checkpoints(self) -> tuple[str, ...]:
        """Checkpoints that the weights learn from, by starting there or by listening to them."""

    @property
    @abstractmethod
    def known_backbones(self) -> tuple[str, ...]:
        """Backbones that start from weights of the hub."""
