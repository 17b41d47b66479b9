"""What the training of a patch refiner is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from depth_nodes.data.transforms import AugmentationConfig
from depth_nodes.errors import ConfigError
from depth_nodes.networks.patch_refiner_v2.config import PatchRefinerConfig
from depth_nodes.training.limits import require_at_least, require_positive, require_share
from depth_nodes.training.run_config import RunConfig
from depth_nodes.training.view_size import MIN_SIDE_PX, STRIDE

LabelLoss = Literal['silog', 'absolute']
DetailLoss = Literal['ssigm', 'local_ssigm', 'ranking']


@dataclass(frozen=True, kw_only=True)
class DetailConfig:
    """Detail and scale disentangling: edges from a refiner that learnt from rendered frames.

    Attributes:
        teacher: checkpoint of that refiner, which saw the same coarse network; empty leaves the
            loss out.
        weight: of the losses below together, beside SILog on the labels.
        losses: what holds the depth against the teacher's: gradients matched over whole tiles or
            in small windows, or the order of pairs of points.
        max_depth_m: how far the teacher is believed.
    """

    teacher: str = ''
    weight: float = 0.8
    losses: tuple[DetailLoss, ...] = ('ssigm', 'local_ssigm', 'ranking')
    max_depth_m: float = 80.0

    def __post_init__(self) -> None:
        """Refuses a teacher that is not listened to."""
        require_positive(self, 'weight', 'max_depth_m')
        if not self.losses or len(set(self.losses)) < len(self.losses):
            raise ConfigError(f'losses are {self.losses}; name at least one, and each once')


@dataclass(frozen=True, kw_only=True)
class RefinerConfig(RunConfig):
    """One training of a patch refiner, whole.

    Attributes:
        architecture: the network that learns.
        network: its encoder, widths and ablations.
        coarse: checkpoint of the depth network that it refines.
        coarse_size: (height, width) of that network's input. Frames are fitted into it, and what
            is left is filled with their last row or column.
        tile_size: (height, width) of the tiles, at the resolution of the frames.
        min_frame_scale: frames are shrunk to a size between this share of their own and the whole,
            so that tiles show more and less of a scene, as those of smaller and larger cameras do.
        tiles_per_frame: tiles of each frame in a batch, which share its coarse maps.
        edge_share: share of the tiles that are drawn around an edge in depth; the others are
            drawn around any pixel of known depth. Edges are rare, and what a refiner is for: ours.
        label_loss: SILog as in the paper, or the absolute error of log depth, which leaves fewer
            edges as ramps (ours).
        gradient_weight: of matching the gradients of log depth beside it (ours; 0 in the paper).
        noisy_pretraining: share of the training, its first, in which the coarse network is
            replaced by noise and tiles are whole frames, as resized as they come.
        encoder_rate: learning rate of the encoder over that of the rest.
        coarse_rate: the same of the coarse network; 0 leaves it as it is.
        detail: edges for frames whose labels have none.
    """

    lasting: ClassVar[tuple[str, ...]] = (
        'architecture',
        'coarse',
        'coarse_size',
        *(f'network.{name}' for name in PatchRefinerConfig.lasting),
    )
    architecture: Literal['patch_refiner_v2'] = 'patch_refiner_v2'
    network: PatchRefinerConfig = field(default_factory=PatchRefinerConfig)
    coarse: str = 'models/small_depth.safetensors'
    coarse_size: tuple[int, int] = (192, 352)
    tile_size: tuple[int, int] = (384, 512)
    min_frame_scale: float = 1.0
    tiles_per_frame: int = 1
    edge_share: float = 0.0
    label_loss: LabelLoss = 'silog'
    gradient_weight: float = 0.0
    noisy_pretraining: float = 0.0
    encoder_rate: float = 1.0
    coarse_rate: float = 0.0
    detail: DetailConfig = field(default_factory=DetailConfig)
    augmentation: AugmentationConfig = field(
        default_factory=lambda: AugmentationConfig(max_zoom=1.0)
    )

    def __post_init__(self) -> None:
        """Refuses sizes that the networks cannot take as well."""
        super().__post_init__()
        require_at_least(self, 1, 'tiles_per_frame')
        require_at_least(self, 0, 'coarse_rate', 'gradient_weight')
        require_positive(self, 'encoder_rate')
        require_share(self, 'noisy_pretraining')
        if not 0 < self.min_frame_scale <= 1:
            raise ConfigError(
                f'min_frame_scale is {self.min_frame_scale}; choose more than 0, at most 1'
            )
        if not 0 <= self.edge_share <= 1:
            raise ConfigError(f'edge_share is {self.edge_share}; choose 0 to 1')
        if self.augmentation.max_zoom != 1:
            raise ConfigError(
                'tiles are as large as in their frame; set augmentation.max_zoom to 1'
            )
        if self.detail.teacher and self.noisy_pretraining:
            raise ConfigError(
                'a teacher is for a refiner that has learnt; set noisy_pretraining to 0 and give '
                'an initial_checkpoint'
            )
        for name, least in (('coarse_size', MIN_SIDE_PX), ('tile_size', STRIDE)):
            size = getattr(self, name)
            if any(side % STRIDE or side < least for side in size):
                raise ConfigError(
                    f'{name} is {size}: sides must be multiples of {STRIDE}, at least {least}'
                )
        for source in (*self.sources, *self.validation):
            if source.supervision not in ('auto', 'metric') or source.neighbour_step:
                raise ConfigError(
                    'a refiner learns from depth alone; leave supervision and neighbour_step of '
                    'its sources as they are'
                )

    @property
    def known_checkpoints(self) -> tuple[str, ...]:
        """What it starts from, the coarse network and the teacher."""
        paths = (self.initial_checkpoint, self.coarse, self.detail.teacher)
        return tuple(path for path in paths if path)

    @property
    def known_backbones(self) -> tuple[str, ...]:
        """The encoder."""
        return (self.network.encoder,) if self.network.is_pretrained else ()
