"""The motion between two views, for learning depth from driving alone."""

from __future__ import annotations

from dataclasses import dataclass
import math

from jaxtyping import Float
import torch
from torch import nn, Tensor
import torch.nn.functional as F

from depth_nodes.errors import ConfigError
from depth_nodes.networks.blocks.backbone import (
    channels_of,
    create_backbone,
    feature_sizes,
    PROBE_SIZE_PX,
)
from depth_nodes.networks.blocks.sparse import in_full_precision
from depth_nodes.networks.depth_network import IMAGE_MEAN, IMAGE_STD

# Smaller, and nothing is left of the smallest views at the backbone's stride.
MIN_IMAGE_SCALE = 0.25


@dataclass(frozen=True, kw_only=True)
class PoseNetworkConfig:
    """What sees the two views, and the units of what it says.

    Attributes:
        backbone: name of a timm model.
        is_pretrained: whether the backbone starts from weights of the hub.
        translation_scale: translation in mean depths for an output of 1; small, so that training
            starts from views that nearly agree.
        rotation_scale: axis-angle [rad] for an output of 1.
        image_scale: size of the images that the backbone sees over the given one.
    """

    backbone: str = 'fbnetv3_b'
    is_pretrained: bool = False
    translation_scale: float = 0.05
    rotation_scale: float = 0.01
    image_scale: float = 1.0

    def __post_init__(self) -> None:
        """Refuses scales that leave no motion or no image."""
        for name in ('translation_scale', 'rotation_scale'):
            if not 0 < getattr(self, name) < math.inf:
                raise ConfigError(f'{name} is {getattr(self, name)}; choose more than 0')
        if not MIN_IMAGE_SCALE <= self.image_scale <= 1:
            raise ConfigError(f'image_scale is {self.image_scale}; choose {MIN_IMAGE_SCALE} to 1')


class PoseNetwork(nn.Module):
    """Both views in one backbone, one vector of motion for each place, their mean.

    FA-Depth (arXiv 2405.10885) takes FBNetV3 as the backbone; what follows it is a 1x1 filter.
    """

    def __init__(self, config: PoseNetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = create_backbone(
            config.backbone, in_channels=6, is_pretrained=config.is_pretrained
        )
        height, width = (int(side * config.image_scale) for side in PROBE_SIZE_PX)
        feature_sizes(self.backbone, config.backbone, (6, height, width))
        self.head = nn.Conv2d(channels_of(self.backbone)[-1], 6, 1)

    def forward(
        self,
        view: Float[Tensor, 'pair 3 height width'],
        neighbour: Float[Tensor, 'pair 3 height width'],
    ) -> tuple[Float[Tensor, 'pair 3'], Float[Tensor, 'pair 3']]:
        """Rotation (axis-angle, rad) and translation (of unknown scale); RGB in [0, 1]."""
        images = (torch.cat((view, neighbour), dim=1) - IMAGE_MEAN) / IMAGE_STD
        if self.config.image_scale < 1:
            images = F.interpolate(images, scale_factor=self.config.image_scale, mode='area')
        features = self.backbone(images)[-1]
        motion = in_full_precision(self.head, features).mean(dim=(2, 3))
        rotation, translation = motion.split(3, dim=1)
        return self.config.rotation_scale * rotation, self.config.translation_scale * translation
