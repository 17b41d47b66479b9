"""Attention-guided feature selection of RPrDepth (arXiv 2408.00361, section 3.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.data.sample import Sample
from depth_nodes.errors import ConfigError
from depth_nodes.networks.prior.bank import PriorBank
from depth_nodes.training.whole_view import padded_image, whole_view


@runtime_checkable
class Attentive(Protocol):
    """A network with a prior bank."""

    config: Any
    fusion: Any

    def attention_mass(
        self, image: Float[Tensor, 'batch 3 height width']
    ) -> Float[Tensor, ' entry']:
        """What each entry weighs, a mean over the pixels."""


def with_candidates(student: nn.Module, bank: PriorBank, device: torch.device) -> Attentive:
    """The student, on a device and in evaluation mode, with another bank of any number of entries.

    Raises:
        ConfigError: it has no bank, or one with features of another kind.
    """
    if not isinstance(student, Attentive):
        raise ConfigError('the student has no prior; give a network that learnt with a bank')
    num_entries, bank_channels = bank.features.shape
    if student.config.bank_channels != bank_channels:
        raise ConfigError(
            f'the student knows features of {student.config.bank_channels} channels, the bank '
            f'has {bank_channels}; give the bank that it learnt with, or what it was drawn from'
        )
    other = type(student)(replace(student.config, num_entries=num_entries))
    parameters = {name for name, _ in student.fusion.named_parameters(prefix='fusion')}
    learnt = {
        name: value
        for name, value in student.state_dict().items()
        if not name.startswith('fusion.') or name in parameters
    }
    other.load_state_dict(learnt, strict=False)
    other.fusion.take_over(bank)
    network: Attentive = other.to(device).eval()
    return network


@torch.inference_mode()
def mean_attention(
    student: Attentive, frames: Iterable[Sample], size: tuple[int, int]
) -> Float[Tensor, ' entry']:
    """W: the mean over frames, fitted into `size` = (height, width), of what each entry weighs."""
    device = student.fusion.features.device
    masses = [
        student.attention_mass(padded_image(whole_view(frame, *size)).to(device))
        for frame in frames
    ]
    return torch.stack(masses).mean(dim=0).cpu()
