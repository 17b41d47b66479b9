"""What a training is made of; YAML files in `config/training` fill these dataclasses."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import ClassVar, Literal

from depth_nodes.errors import ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.blocks.etm import EtmConfig
from depth_nodes.networks.diffnet.diffnet import DiffNetConfig
from depth_nodes.networks.hqdec_v2 import HqDecV2Config
from depth_nodes.networks.multi_frame_depth import MultiFrameDepthConfig
from depth_nodes.networks.prior.diffnet_prior import DiffNetPriorConfig
from depth_nodes.networks.prior.small_prior import SmallDepthPriorConfig
from depth_nodes.networks.small_depth import SmallDepthConfig
from depth_nodes.training.function_approximation import ApproximationConfig
from depth_nodes.training.limits import require_share
from depth_nodes.training.multi_frame_config import MultiFrameConfig
from depth_nodes.training.objective import ObjectiveConfig
from depth_nodes.training.prior.config import PriorConfig, require_prior
from depth_nodes.training.pyramid import check_view_size, PyramidConfig
from depth_nodes.training.run_config import RunConfig
from depth_nodes.training.self_supervision import SelfSupervisionConfig
from depth_nodes.training.view_size import MIN_SIDE_PX, STRIDE

LASTING_SETTINGS = (
    'architecture',
    'canonical.focal_px',
    'canonical.min_depth_m',
    'canonical.max_depth_m',
    *(f'diffnet.{name}' for name in DiffNetConfig.lasting),
    'etm.branches',
    'etm.dropped_gain',
    *(f'hqdec_v2.{name}' for name in HqDecV2Config.lasting),
    *(f'multi_frame.{name}' for name in MultiFrameDepthConfig.lasting),
    'self_supervision.pose_network.backbone',
    'self_supervision.pose_network.rotation_scale',
    'self_supervision.pose_network.translation_scale',
)
NetworkConfig = SmallDepthConfig | HqDecV2Config | DiffNetConfig | MultiFrameDepthConfig


@dataclass(frozen=True, kw_only=True)
class TrainingConfig(RunConfig):
    """One training of a depth network, whole.

    Attributes:
        view_sizes: (height, width) of the batches, drawn anew for each.
        max_drop_probability: what the branch drop grows to.
        has_frozen_norms: whether batch norms keep the statistics of the initial weights.
        architecture: the network that learns.
        network: its widths and depths where it is `small_depth` or `small_depth_prior`.
        hqdec_v2: the same where it is `hqdec_v2`.
        diffnet: the same where it is `diffnet` or `diffnet_prior`.
        multi_frame: what it is around one of the first two where it is `multi_frame_depth`.
        canonical: the camera that it predicts for.
        objective: what labels weigh.
        etm: what each filter is the sum of while it learns.
        self_supervision: what the looks of neighbouring frames weigh.
        pyramid: levels at which each batch is learnt.
        approximation: the larger network that is listened to.
        prior: the bank that is looked up, and the teacher that knows more.
    """

    lasting: ClassVar[tuple[str, ...]] = LASTING_SETTINGS
    view_sizes: tuple[tuple[int, int], ...] = ((192, 256), (160, 320), (128, 416))
    max_drop_probability: float = 0.1
    has_frozen_norms: bool = False
    architecture: Literal[
        'small_depth',
        'hqdec_v2',
        'diffnet',
        'small_depth_prior',
        'diffnet_prior',
        'multi_frame_depth',
    ] = 'small_depth'
    network: SmallDepthConfig = field(default_factory=SmallDepthConfig)
    hqdec_v2: HqDecV2Config = field(default_factory=HqDecV2Config)
    diffnet: DiffNetConfig = field(default_factory=DiffNetConfig)
    multi_frame: MultiFrameConfig = field(default_factory=MultiFrameConfig)
    canonical: CanonicalCamera = field(default_factory=CanonicalCamera)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    etm: EtmConfig = field(default_factory=EtmConfig)
    self_supervision: SelfSupervisionConfig = field(default_factory=SelfSupervisionConfig)
    pyramid: PyramidConfig = field(default_factory=PyramidConfig)
    approximation: ApproximationConfig = field(default_factory=ApproximationConfig)
    prior: PriorConfig = field(default_factory=PriorConfig)

    def __post_init__(self) -> None:
        """Refuses sizes that the network cannot take as well."""
        super().__post_init__()
        require_share(self, 'max_drop_probability')
        self._require_view_sizes()
        require_prior(self)
        if not self.self_supervision.is_on and not self.has_labels:
            raise ConfigError('nothing is learnt from: no source has labels, and is_on is false')

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
    def network_config(self) -> NetworkConfig:
        """The configuration of the network that learns, whose bank decides its own size."""
        configs: dict[str, NetworkConfig] = {
            'small_depth': self.network,
            'hqdec_v2': self.hqdec_v2,
            'diffnet': self.diffnet,
            'small_depth_prior': SmallDepthPriorConfig(**asdict(self.network)),
            'diffnet_prior': DiffNetPriorConfig(**asdict(self.diffnet)),
            'multi_frame_depth': MultiFrameDepthConfig(
                single=self.multi_frame.single,
                small_depth=self.network,
                hqdec_v2=self.hqdec_v2,
                matching=self.multi_frame.matching,
            ),
        }
        return configs[self.architecture]

    @property
    def has_prior(self) -> bool:
        """Whether the network looks a bank up."""
        return self.architecture.endswith('_prior')

    @property
    def drawn_scale(self) -> float:
        """Size at which batches are drawn, relative to what the network learns at."""
        return self.pyramid.drawn_scale * self.prior.guided.drawn_scale

    @property
    def known_checkpoints(self) -> tuple[str, ...]:
        """What it starts from, the larger networks, and a bank."""
        paths = (
            *(self.initial_checkpoint, self.approximation.teacher),
            *(self.prior.guided.teacher, self.prior.bank),
        )
        return tuple(path for path in paths if path)

    @property
    def known_backbones(self) -> tuple[str, ...]:
        """That of HQDecv2 or DIFFNet."""
        config = self.network_config
        if isinstance(config, MultiFrameDepthConfig):
            config = config.single_config
        if isinstance(config, (HqDecV2Config, DiffNetConfig)) and config.is_pretrained:
            return (config.backbone,)
        return ()

    @property
    def has_labels(self) -> bool:
        """Whether anything is learnt from depth or disparity."""
        return any(source.supervision != 'none' for source in self.sources)

    @property
    def has_neighbours(self) -> bool:
        """Whether anything is learnt from how neighbouring frames look."""
        is_on = self.self_supervision.is_on
        return is_on and any(source.neighbour_step for source in self.sources)
