"""What there is to train: a depth network, or a refiner of depth."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from depth_nodes.config_loader import config_from_mapping, overridden, read_yaml
from depth_nodes.errors import ConfigError
from depth_nodes.training.config import TrainingConfig
from depth_nodes.training.depth_learner import DepthLearner
from depth_nodes.training.learner import Learner, MappedBatch
from depth_nodes.training.process_group import ProcessGroup
from depth_nodes.training.refiner.config import RefinerConfig
from depth_nodes.training.refiner.fitted_depth import FittedDepth
from depth_nodes.training.refiner.frames import open_source
from depth_nodes.training.refiner.learner import RefinerLearner
from depth_nodes.training.refiner.tile_sampler import TileSampler
from depth_nodes.training.refiner.validation import validate_refinement
from depth_nodes.training.run_config import RunConfig
from depth_nodes.training.sampler import BatchSampler
from depth_nodes.training.source_config import SourceConfig
from depth_nodes.training.sources import FrameSource, load_source
from depth_nodes.training.validation import validate


@runtime_checkable
class Sampler(Protocol):
    """Where batches come from."""

    def batch(self, step: int, progress: float) -> MappedBatch:
        """That of a step, when this share of the training is done."""


class Subject(NamedTuple):
    """What the training loop turns."""

    sampler: Sampler
    learner: Learner[Any]
    validate: Callable[[], dict[str, float]]


def load_training_config(path: Path, overrides: Iterable[str] = ()) -> RunConfig:
    """The training in a YAML file, whose `architecture` says of which kind it is.

    Raises:
        ConfigError: the file cannot be read, or a setting is unknown or out of range.
    """
    values = overridden(read_yaml(path), overrides)
    is_refiner = values.get('architecture') == 'patch_refiner_v2'
    kind = RefinerConfig if is_refiner else TrainingConfig
    return config_from_mapping(kind, values, source=str(path))


def load_frames(config: RunConfig) -> tuple[list[FrameSource], list[FrameSource]]:
    """The frames to learn from and to validate on, rendered where they are not kept yet.

    Raises:
        CheckpointError: the coarse network of a refiner cannot be read.
        InputError: a folder is missing, or none of its frames can be learnt from.
    """
    roots = Path(config.data_root), Path(config.kept_root)
    load: Callable[[SourceConfig], FrameSource]
    if isinstance(config, RefinerConfig):
        fit = FittedDepth(Path(config.coarse), config.coarse_size)
        load = partial(open_source, data_root=roots[0], kept_root=roots[1], fit=fit)
    else:
        load = partial(load_source, data_root=roots[0], kept_root=roots[1])
    return [load(one) for one in config.sources], [load(one) for one in config.validation]


def subject_of(
    config: RunConfig,
    sources: list[FrameSource],
    validation: list[FrameSource],
    group: ProcessGroup,
) -> Subject:
    """The parts of a training.

    Raises:
        CheckpointError: weights that it starts from or listens to cannot be read.
        ConfigError: these do not belong to the settings, or validation frames have no depth.
    """
    if isinstance(config, RefinerConfig):
        refiner = RefinerLearner(config, group)
        return Subject(
            TileSampler(sources, config, group.rank),
            refiner,
            lambda: validate_refinement(refiner.averaged, validation, config),
        )
    assert isinstance(config, TrainingConfig)
    for source in validation:
        if source.supervision in ('affine', 'none'):
            raise ConfigError(f'{source.name} has no depth to validate on; name another recording')
    first_view = group.rank * config.batch_size
    height_px = max(height for height, _ in config.view_sizes)
    learner = DepthLearner(config, group)
    return Subject(
        BatchSampler(sources, config, first_view, config.drawn_scale),
        learner,
        lambda: validate(learner.averaged, validation, config.canonical, height_px),
    )
