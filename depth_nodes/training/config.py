"""What a training is made of; YAML files in `config/training` fill these dataclasses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from operator import attrgetter
import re
from typing import Any, ClassVar, Literal

from depth_nodes.data.transforms import AugmentationConfig
from depth_nodes.errors import ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.blocks.etm import EtmConfig
from depth_nodes.networks.hqdec_v2 import HqDecV2Config
from depth_nodes.networks.small_depth import SmallDepthConfig
from depth_nodes.training.function_approximation import ApproximationConfig
from depth_nodes.training.limits import (
    require_at_least,
    require_head_weights,
    require_positive,
    require_share,
)
from depth_nodes.training.pyramid import check_view_size, PyramidConfig
from depth_nodes.training.self_supervision import SelfSupervisionConfig
from depth_nodes.training.view_size import MIN_SIDE_PX, STRIDE

# What torch takes, less the steps that are added to it.
MAX_SEED = 2**62
FILE_STEM = re.compile(r'\w[\w.-]*')
MAX_WEIGHT = 1e9
LASTING_SETTINGS = (
    'architecture',
    'canonical.focal_px',
    'canonical.min_depth_m',
    'canonical.max_depth_m',
    'etm.branches',
    'etm.dropped_gain',
    'hqdec_v2.backbone',
    'hqdec_v2.context_heads',
    'self_supervision.pose_network.backbone',
    'self_supervision.pose_network.rotation_scale',
    'self_supervision.pose_network.translation_scale',
)
Supervision = Literal['metric', 'scale_invariant', 'affine', 'none']


@dataclass(frozen=True, kw_only=True)
class SourceConfig:
    """Frames to learn from: a sequence folder below `data_root`, or rendered scenes.

    Attributes:
        sequence: folder name; empty for rendered scenes.
        first_frame: index of the first frame to use.
        num_frames: how many frames to use; 0 is all that follow.
        camera_height_m: of a car's camera over its road; lets a drive without poses and depth be
            labelled by the motion between its frames.
        render: domain of rendered scenes, `room`, `street` or `yard`; empty for a recording.
        num_scenes: how many scenes to render.
        views_per_scene: views drawn in each scene.
        frame_size: (height, width) of rendered frames.
        seed: seed of the first scene.
        weight: share of this source in every batch, relative to the others'.
        final_weight: what `weight` changes to, linearly over the training; none leaves it.
        supervision: what its labels are good for: depth in metres, depth up to an image's scale,
            or inverse depth up to an image's scale and offset; `auto` takes the labels as the
            recording describes them, `none` leaves them aside.
        neighbour_step: frames between a frame and the two that it is compared with by their
            looks, self-supervised; 0 leaves that out. The right image of a pair is compared too.
        poses: whether these comparisons take the recorded poses where there are any, or have all
            of them estimated by the pose network.
    """

    sequence: str = ''
    first_frame: int = 0
    num_frames: int = 0
    camera_height_m: float = 0.0
    render: Literal['', 'room', 'street', 'yard'] = ''
    num_scenes: int = 0
    views_per_scene: int = 4
    frame_size: tuple[int, int] = (240, 416)
    seed: int = 0
    weight: float = 1.0
    final_weight: float | None = None
    supervision: Literal['auto', 'metric', 'scale_invariant', 'affine', 'none'] = 'auto'
    neighbour_step: int = 0
    poses: Literal['recorded', 'estimated'] = 'recorded'

    def __post_init__(self) -> None:
        """A source is either recorded or rendered."""
        if bool(self.sequence) == bool(self.render):
            raise ConfigError('a source needs either "sequence" or "render", and not both')
        require_at_least(self, 0, 'first_frame', 'num_frames', 'camera_height_m', 'seed')
        require_at_least(self, 1 if self.render else 0, 'num_scenes', 'views_per_scene')
        require_at_least(self, 0, 'weight', 'neighbour_step')
        if min(self.frame_size) < 1:
            raise ConfigError(f'frame_size is {self.frame_size}; choose a height and a width [px]')
        if self.neighbour_step:
            self._require_clips()
        elif self.supervision == 'none':
            raise ConfigError('supervision "none" teaches nothing; give a neighbour_step above 0')
        elif self.poses == 'estimated':
            raise ConfigError('poses are estimated of neighbours alone; give a neighbour_step')
        if self.final_weight is not None:
            require_at_least(self, 0, 'final_weight')
        if max(self.weight, self.final_weight or 0) > MAX_WEIGHT:
            raise ConfigError(f'a weight is above {MAX_WEIGHT:g}; choose less')
        if not self.weight and not self.final_weight:
            raise ConfigError(f'weight is {self.weight}; choose more than 0, or leave the source')

    def _require_clips(self) -> None:
        if self.render and self.neighbour_step >= self.views_per_scene:
            raise ConfigError(
                f'neighbour_step is {self.neighbour_step} and a scene has {self.views_per_scene} '
                'views, so none has a neighbour; raise views_per_scene'
            )


@dataclass(frozen=True, kw_only=True)
class ObjectiveConfig:
    """Weights of the loss terms; 0 leaves a term out.

    `head_weights` are those of the outputs at full, half and quarter resolution. `sky_weight` is
    that of sky which is said to be nearer than `sky_depth_m`: the runtime's `max_depth_m` and a
    margin, so that sky comes out beyond range.
    """

    scale_weight: float = 0.5
    gradient_weight: float = 0.5
    sky_weight: float = 0.0
    sky_depth_m: float = 200.0
    head_weights: tuple[float, ...] = (1.0, 0.5, 0.25)

    def __post_init__(self) -> None:
        """Refuses weights that push the error up, or none at all."""
        require_at_least(self, 0, 'scale_weight', 'gradient_weight', 'sky_weight')
        require_positive(self, 'sky_depth_m')
        require_head_weights(self)


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


@dataclass(frozen=True, kw_only=True)
class TrainingConfig(RunConfig):
    """One training of a depth network, whole.

    Attributes:
        view_sizes: (height, width) of the batches, drawn anew for each.
        max_drop_probability: what the branch drop grows to.
        has_frozen_norms: whether batch norms keep the statistics of the initial weights.
        architecture: the network that learns.
        network: its widths and depths where it is `small_depth`.
        hqdec_v2: the same where it is `hqdec_v2`.
        canonical: the camera that it predicts for.
        objective: what labels weigh.
        etm: what each filter is the sum of while it learns.
        self_supervision: what the looks of neighbouring frames weigh.
        pyramid: levels at which each batch is learnt.
        approximation: the larger network that is listened to.
    """

    lasting: ClassVar[tuple[str, ...]] = LASTING_SETTINGS
    view_sizes: tuple[tuple[int, int], ...] = ((192, 256), (160, 320), (128, 416))
    max_drop_probability: float = 0.1
    has_frozen_norms: bool = False
    architecture: Literal['small_depth', 'hqdec_v2'] = 'small_depth'
    network: SmallDepthConfig = field(default_factory=SmallDepthConfig)
    hqdec_v2: HqDecV2Config = field(default_factory=HqDecV2Config)
    canonical: CanonicalCamera = field(default_factory=CanonicalCamera)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    etm: EtmConfig = field(default_factory=EtmConfig)
    self_supervision: SelfSupervisionConfig = field(default_factory=SelfSupervisionConfig)
    pyramid: PyramidConfig = field(default_factory=PyramidConfig)
    approximation: ApproximationConfig = field(default_factory=ApproximationConfig)

    def __post_init__(self) -> None:
        """Refuses sizes that the network cannot take as well."""
        super().__post_init__()
        require_share(self, 'max_drop_probability')
        self._require_view_sizes()

    def _require_view_sizes(self) -> None:
        if not self.view_sizes:
            raise ConfigError('a training needs at least one entry in "view_sizes"')
        for height, width in self.view_sizes:
            if height % STRIDE or width % STRIDE or min(height, width) < MIN_SIDE_PX:
                raise ConfigError(
                    f'view size {height}x{width}: sides must be multiples of {STRIDE}, at least '
                    f'{MIN_SIDE_PX}'
                )
            check_view_size((height, width), self.pyramid)

    @property
    def network_config(self) -> SmallDepthConfig | HqDecV2Config:
        """The configuration of the network that learns."""
        configs: dict[str, SmallDepthConfig | HqDecV2Config] = {
            'small_depth': self.network,
            'hqdec_v2': self.hqdec_v2,
        }
        return configs[self.architecture]

    @property
    def known_checkpoints(self) -> tuple[str, ...]:
        """What it starts from, and the larger network."""
        paths = (self.initial_checkpoint, self.approximation.teacher)
        return tuple(path for path in paths if path)

    @property
    def known_backbones(self) -> tuple[str, ...]:
        """That of HQDecv2."""
        is_asked = self.architecture == 'hqdec_v2' and self.hqdec_v2.is_pretrained
        return (self.hqdec_v2.backbone,) if is_asked else ()

    @property
    def has_labels(self) -> bool:
        """Whether anything is learnt from depth or disparity."""
        return any(source.supervision != 'none' for source in self.sources)

    @property
    def has_neighbours(self) -> bool:
        """Whether anything is learnt from how neighbouring frames look."""
        return any(source.neighbour_step for source in self.sources)
