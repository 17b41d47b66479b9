"""The motion between two views, for learning depth from driving alone."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
import torch
from torch import nn, Tensor
import torch.nn.functional as F

from depth_nodes.errors import ConfigError
from depth_nodes.networks.blocks.backbone import channels_of, create_backbone
from depth_nodes.networks.blocks.sparse import in_full_precision

IMAGE_MEAN, IMAGE_STD = 0.45, 0.225


@dataclass(frozen=True, kw_only=True)
class PoseNetworkConfig:
    """What sees the two views, and the units of what it says.

    Attributes:
        backbone: name of a timm model.
        is_pretrained: whether the backbone starts from weights of the hub.
        translation_scale: translation [1] for an output of 1; small, so that training starts
            from views that nearly agree.
        rotation_scale: axis-angle [rad] for an output of 1.
        image_scale: size of the images that the backbone sees over the given one.
    """

    backbone: str = 'fbnetv3_b'
    is_pretrained: bool = False
    translation_scale: float = 0.01
    rotation_scale: float = 0.01
    image_scale: float = 1.0

    def __post_init__(self) -> None:
        """Refuses scales that leave no motion or no image."""
        if not (self.translation_scale > 0 and self.rotation_scale > 0):
            raise ConfigError(
                f'translation_scale {self.translation_scale} and rotation_scale '
                f'{self.rotation_scale} must be above 0'
            )
        if not 0 < self.image_scale <= 1:
            raise ConfigError(f'image_scale {self.image_scale} must be above 0, at most 1')


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
