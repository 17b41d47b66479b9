"""MultiFrameDepth: ManyDepth (Watson et al., arXiv 2104.14540) around a network of one frame.

A cost volume over the previous frames at stride 4 adds to the features of the single-frame
network, which goes on as before. Where the volume says nothing, nothing is added: without a
previous frame, or without motion, the network is the single-frame one bit by bit.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, NamedTuple

from jaxtyping import Bool, Float
import torch
from torch import nn, Tensor

from depth_nodes.errors import ConfigError
from depth_nodes.geometry.cost_volume import (
    channel_sum,
    confidence_mask,
    CostVolume,
    mean_volume,
    plane_depths,
    plane_sweep,
    Spacing,
    with_unknown_as_worst,
)
from depth_nodes.geometry.warp import projection
from depth_nodes.networks.blocks.sparse import in_full_precision
from depth_nodes.networks.depth_network import DepthNetwork, DepthOutput, Prediction
from depth_nodes.networks.hqdec_v2 import HqDecV2, HqDecV2Config
from depth_nodes.networks.small_depth import SmallDepth, SmallDepthConfig

STRIDE = 4
# Shift [px at stride 4] of a point on the nearest plane, below which a camera counts as standing.
MIN_PARALLAX_PX = 0.25
RANGE_MEMORY, RANGE_MARGIN, RANGE_TAIL = 0.99, 1.1, 0.02
# Depth over focal length [m/px] before any training: 0.5 m and 60 m at 256 px.
INITIAL_RANGE = (0.5 / 256, 60.0 / 256)


@dataclass(frozen=True, kw_only=True)
class MatchingConfig:
    """How frames are compared.

    Attributes:
        width: channels of the compared features.
        num_planes: depths that are tried.
        spacing: planes evenly apart in inverse depth, or in depth as in ManyDepth.
        min_known_share: share of its planes that a pixel must see in a previous frame to be
            believed; ManyDepth asks for all, which a forward drive leaves to few pixels.
    """

    width: int = 16
    num_planes: int = 96
    spacing: Spacing = 'inverse'
    min_known_share: float = 0.5

    def __post_init__(self) -> None:
        """Refuses numbers that leave nothing to compare."""
        if self.width < 1 or self.num_planes < 3:
            raise ConfigError(
                f'width {self.width} must be 1 or more, num_planes {self.num_planes} 3 or more'
            )
        if not 0 < self.min_known_share <= 1:
            raise ConfigError(
                f'min_known_share is {self.min_known_share}; choose more than 0, at most 1'
            )


@dataclass(frozen=True, kw_only=True)
class MultiFrameDepthConfig:
    """The network of one frame, and how frames are compared.

    Attributes:
        single: which network it is built around.
        small_depth: its widths and depths where it is `small_depth`.
        hqdec_v2: the same where it is `hqdec_v2`.
        matching: of the cost volume.
        lasting: what gives weights their meaning, and does not show in their shapes.
    """

    lasting: ClassVar[tuple[str, ...]] = ('single', 'matching.spacing')
    single: Literal['small_depth', 'hqdec_v2'] = 'small_depth'
    small_depth: SmallDepthConfig = field(default_factory=SmallDepthConfig)
    hqdec_v2: HqDecV2Config = field(default_factory=HqDecV2Config)
    matching: MatchingConfig = field(default_factory=MatchingConfig)

    @property
    def single_config(self) -> SmallDepthConfig | HqDecV2Config:
        """The configuration of the network of one frame."""
        return self.small_depth if self.single == 'small_depth' else self.hqdec_v2


class PreviousFrames(NamedTuple):
    """Frames of the same camera that were taken before.

    Attributes:
        image: RGB in [0, 1], of the size of the current one.
        previous_from_current: poses [m]; no translation says nothing about depth, so the identity
            stands for a frame that is missing or of unknown pose.
        intrinsics: of all of them.
    """

    image: Float[Tensor, 'batch frame 3 height width']
    previous_from_current: Float[Tensor, 'batch frame 4 4']
    intrinsics: Float[Tensor, 'batch 3 3']


class Matching(NamedTuple):
    """What the comparison came to, at stride 4.

    Attributes:
        volume: mean L1 distance of features.
        is_believed: pixels whose volume reaches the network.
        planes_m: depths of the planes [m], from near to far.
    """

    volume: CostVolume
    is_believed: Bool[Tensor, 'batch 1 height width']
    planes_m: Float[Tensor, 'batch plane']


class MultiFrameDepth(DepthNetwork):
    """A network of one frame, a matching head, and what brings the cost volume in.

    Attributes:
        single: the network of one frame.
        nearest_m_per_px: range of the planes, as depth over focal length, so that a plane means
            the same canonical depth on any camera; follows what is predicted in training.
        farthest_m_per_px: the same.
    """

    nearest_m_per_px: Tensor
    farthest_m_per_px: Tensor

    def __init__(self, config: MultiFrameDepthConfig) -> None:
        super().__init__()
        # As HQDecv2 has it: checkpoints never ask the hub.
        self.config = replace(config, hqdec_v2=replace(config.hqdec_v2, is_pretrained=False))
        self.single = _single_network(config)
        channels, matching = self.single.fine_channels, config.matching
        self.match = nn.Sequential(
            nn.Conv2d(channels, 2 * matching.width, 3, padding=1),
            nn.ELU(),
            nn.Conv2d(2 * matching.width, matching.width, 3, padding=1),
        )
        last = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(last.weight)
        assert last.bias is not None
        nn.init.zeros_(last.bias)
        self.reduce = nn.Sequential(
            nn.Conv2d(channels + matching.num_planes, channels, 1), nn.ELU(), last
        )
        for name, limit in zip(('nearest', 'farthest'), INITIAL_RANGE, strict=True):
            self.register_buffer(f'{name}_m_per_px', torch.tensor(limit))

    def predict(self, image: Float[Tensor, 'batch 3 height width']) -> Prediction:
        """Of the image alone."""
        return self.single.predict(image)

    def forward(
        self,
        image: Float[Tensor, 'batch 3 height width'],
        previous: PreviousFrames | None = None,
    ) -> DepthOutput:
        """Of the image, and of previous frames where there are any."""
        if previous is None:
            return self.predict(image).output
        return self.predict_matched(image, previous)[0].output

    def predict_matched(
        self, image: Float[Tensor, 'batch 3 height width'], previous: PreviousFrames
    ) -> tuple[Prediction, Matching]:
        """The prediction, and what the comparison with the previous frames came to."""
        *finer, level = self.single.fine_features(image)
        fused, matching = self.fused(level, previous)
        return self.single.predict_from_fine([*finer, fused]), matching

    def fused(
        self, level: Float[Tensor, 'batch channel height width'], previous: PreviousFrames
    ) -> tuple[Float[Tensor, 'batch channel height width'], Matching]:
        """Features at stride 4 with what the comparison adds to them, and the comparison."""
        matching = self._matching(level, previous)
        added = self.reduce(torch.cat([level, self._probability(matching)], dim=1))
        return torch.where(matching.is_believed, level + added, level), matching

    def moves(self, previous_from_current: Float[Tensor, 'batch 4 4']) -> Bool[Tensor, ' batch']:
        """Whether the camera has moved far enough to say anything about depth."""
        shift_m = torch.linalg.vector_norm(previous_from_current[:, :3, 3], dim=1)
        # On the nearest plane, a sideways step t moves a point by f t / d.
        return shift_m / (STRIDE * self.nearest_m_per_px) >= MIN_PARALLAX_PX

    @torch.no_grad()
    def follow_range(self, depth_m: Tensor, focal_px: Float[Tensor, 'batch 1 1 1']) -> None:
        """Moves the range of the planes towards what was predicted, some margin included."""
        pixels = (depth_m.float() / focal_px)[..., ::STRIDE, ::STRIDE].flatten(1)
        nearest, farthest = (pixels.quantile(tail, dim=1) for tail in (RANGE_TAIL, 1 - RANGE_TAIL))
        self.nearest_m_per_px.lerp_(nearest.min() / RANGE_MARGIN, 1 - RANGE_MEMORY)
        self.farthest_m_per_px.lerp_(farthest.max() * RANGE_MARGIN, 1 - RANGE_MEMORY)

    def set_drop_probability(self, residual: float) -> None:
        """That of the network of one frame."""
        self.single.set_drop_probability(residual)

    def log_probability(self, matching: Matching) -> Float[Tensor, 'batch plane height width']:
        """Of each plane: the costs have a level and a contrast of their own in every pixel."""
        return (-self._distance(matching)).log_softmax(dim=1)

    def _probability(self, matching: Matching) -> Float[Tensor, 'batch plane height width']:
        # ONNX Runtime's own softmax over this dimension costs 5 % of a whole frame's time more.
        distance = self._distance(matching)
        likelihood = (distance.amin(dim=1, keepdim=True) - distance).exp()
        return likelihood / channel_sum(likelihood)

    def _distance(self, matching: Matching) -> Float[Tensor, 'batch plane height width']:
        return self.config.matching.width * with_unknown_as_worst(matching.volume)

    def _matching(
        self, level: Float[Tensor, 'batch channel height width'], previous: PreviousFrames
    ) -> Matching:
        # As in ManyDepth: gradients of the previous frames' encoder would take its memory again.
        with torch.no_grad():
            earlier = self.single.fine_features(previous.image.flatten(0, 1))[-1]
        # The 8 bits of bfloat16 would not tell neighbouring planes apart.
        compared, features = (in_full_precision(self.match, one) for one in (earlier, level))
        with torch.autocast(level.device.type, enabled=False):
            return self._swept(features, compared, previous)

    def _swept(
        self,
        features: Float[Tensor, 'batch channel height width'],
        earlier: Float[Tensor, 'image channel height width'],
        previous: PreviousFrames,
    ) -> Matching:
        # Features of stride s lie on every s-th pixel, from the first one on.
        rows = previous.intrinsics
        intrinsics = torch.cat((rows[:, :2] / STRIDE, rows[:, 2:]), dim=1)
        config = self.config.matching
        planes = plane_depths(
            self.nearest_m_per_px, self.farthest_m_per_px, config.num_planes, config.spacing
        )
        planes_m = planes * previous.intrinsics[:, 0, :1]
        volumes = []
        of_frames = earlier.unflatten(0, previous.image.shape[:2]).unbind(1)
        for one, pose in zip(of_frames, previous.previous_from_current.unbind(1), strict=True):
            volume = plane_sweep(features, one, projection(intrinsics, intrinsics, pose), planes_m)
            moves = self.moves(pose)[:, None, None, None]
            volumes.append(CostVolume(volume.cost * moves, volume.is_known & moves))
        volume = mean_volume(volumes)
        return Matching(volume, confidence_mask(volume, config.min_known_share), planes_m)


def _single_network(config: MultiFrameDepthConfig) -> SmallDepth | HqDecV2:
    if config.single == 'small_depth':
        return SmallDepth(config.small_depth)
    network = HqDecV2(config.hqdec_v2)
    network.require_parts()
    return network
