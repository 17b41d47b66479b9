"""The function approximation loss of FA-Depth (arXiv 2405.10885), section III-E.

A small network takes over what a large one, which learns no more, says of the same image: where
along each row and column its features and its inverse depth are high.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jaxtyping import Bool, Float
import torch
from torch import Tensor
import torch.nn.functional as F

from depth_nodes.errors import ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.losses.distribution import axis_divergence
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.networks.depth_network import DepthNetwork, DepthOutput, Prediction
from depth_nodes.training.limits import require_at_least, require_positive
from depth_nodes.training.precision import at_least_float32, rounding


@dataclass(frozen=True, kw_only=True)
class ApproximationConfig:
    """The large network, and what its features and outputs weigh (Table XI).

    Attributes:
        teacher: checkpoint of the large network; empty leaves the loss out.
        encoder_weight: of each encoder level.
        decoder_weight: of each decoder level.
        output_weight: of each output.
        max_depth_m: how far the teacher is believed.
    """

    teacher: str = ''
    encoder_weight: float = 0.01
    decoder_weight: float = 0.01
    output_weight: float = 1.0
    max_depth_m: float = 80.0

    def __post_init__(self) -> None:
        """Refuses weights that push the student away, and a teacher that is never believed."""
        require_at_least(self, 0, 'encoder_weight', 'decoder_weight', 'output_weight')
        require_positive(self, 'max_depth_m')


class FunctionApproximation:
    """The loss (equation 28a) against a teacher that is frozen and in evaluation mode.

    Args:
        config: its `teacher` names a checkpoint.
        canonical: the camera that the student predicts for.
        device: where the teacher computes.
        precision: in which format it does so, as in `TrainingConfig`.

    Raises:
        CheckpointError: the teacher cannot be read.
        ConfigError: it predicts for another canonical camera.
    """

    def __init__(
        self,
        config: ApproximationConfig,
        canonical: CanonicalCamera,
        device: torch.device,
        precision: str = 'float32',
    ) -> None:
        checkpoint = load_checkpoint(Path(config.teacher))
        if checkpoint.canonical != canonical:
            raise ConfigError(
                f'the teacher {config.teacher} predicts for {checkpoint.canonical}, not for '
                f'{canonical}; set "canonical" to the teacher\'s'
            )
        assert isinstance(checkpoint.network, DepthNetwork)
        self.config = config
        self.canonical = canonical
        self.teacher: DepthNetwork = checkpoint.network.requires_grad_(False).to(device)
        self.precision = precision

    def __call__(
        self,
        image: Float[Tensor, 'batch 3 height width'],
        prediction: Prediction,
        focal_px: Float[Tensor, 'batch 1 1 1'],
    ) -> tuple[Float[Tensor, ''], dict[str, Float[Tensor, '']]]:
        """The loss, and its terms by name, weighted.

        Args:
            image: RGB in [0, 1].
            prediction: what the student says of it.
            focal_px: horizontal focal lengths at the image's size.
        """
        target = self._target(image)
        of_features = [
            weight * _feature_divergence(student, teacher)
            for weight, student, teacher in (
                (self.config.encoder_weight, prediction.features.encoder, target.features.encoder),
                (self.config.decoder_weight, prediction.features.decoder, target.features.decoder),
            )
        ]
        of_output = self._output_divergence(prediction.output, target.output, focal_px)
        terms = {
            'approximation_encoder': of_features[0],
            'approximation_decoder': of_features[1],
            'approximation_output': self.config.output_weight * of_output,
        }
        loss = torch.stack(list(terms.values())).sum()
        return loss, {name: term.detach() for name, term in terms.items()}

    # Not in inference mode: the student's gradient needs what the teacher said.
    @torch.no_grad()
    def _target(self, image: Float[Tensor, 'batch 3 height width']) -> Prediction:
        with rounding(self.precision, image.device):
            return self.teacher.predict(image)

    def _output_divergence(
        self, student: DepthOutput, teacher: DepthOutput, focal_px: Float[Tensor, 'batch 1 1 1']
    ) -> Float[Tensor, '']:
        divergences = []
        for head, target in zip(student, teacher, strict=True):
            believed = self.canonical.inverse_depth_from_sigmoid(at_least_float32(target))
            depth_m = self.canonical.depth_from_canonical(1 / believed, focal_px)
            is_near = depth_m < self.config.max_depth_m
            inverse_depth = self.canonical.inverse_depth_from_sigmoid(at_least_float32(head))
            # One unit for both, so that a wrong scale costs: that of the teacher.
            unit = _mean_where(is_near, believed)
            divergences.append(
                # Where the teacher is not believed, both are infinitely far: a row's distribution
                # would otherwise depend on what is behind the mask.
                axis_divergence(
                    torch.where(is_near, inverse_depth / unit, 0.0),
                    torch.where(is_near, believed / unit, 0.0),
                    is_near,
                )
            )
        return torch.stack(divergences).sum()


def _feature_divergence(student: Sequence[Tensor], teacher: Sequence[Tensor]) -> Tensor:
    """K of the mean over the channels (28c), which two networks have in different numbers."""
    divergences = []
    for features, target in zip(student, teacher, strict=True):
        mean, target_mean = (
            at_least_float32(one).mean(dim=1, keepdim=True) for one in (features, target)
        )
        size = mean.shape[-2:]
        if target_mean.shape[-2:] != size:
            target_mean = F.interpolate(
                target_mean, size=size, mode='bilinear', align_corners=False
            )
        divergences.append(axis_divergence(mean, target_mean))
    return torch.stack(divergences).sum()


def _mean_where(
    is_valid: Bool[Tensor, 'batch 1 height width'], values: Float[Tensor, 'batch 1 height width']
) -> Float[Tensor, 'batch 1 1 1']:
    """Mean of each image's valid pixels; 1 where it has none."""
    count = is_valid.sum(dim=(1, 2, 3), keepdim=True)
    total = torch.where(is_valid, values, 0.0).sum(dim=(1, 2, 3), keepdim=True)
    return torch.where(count > 0, total / count.clamp(min=1), 1.0)
