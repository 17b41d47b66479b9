"""How a network learns to use a prior bank, and from the teacher itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from depth_nodes.errors import ConfigError
from depth_nodes.training.limits import require_at_least
from depth_nodes.training.view_size import scaled_size


@dataclass(frozen=True, kw_only=True)
class GuidedConfig:
    """The rich-resource guided loss of RPrDepth: alpha L_vp + beta L_c + L_aux.

    The paper does not give its weights.

    Attributes:
        teacher: checkpoint that views are shown to in larger; empty leaves the loss out.
        scale: size of what the teacher sees over that of the views.
        view_weight: alpha, of views rebuilt at the teacher's size, where poses are recorded.
        consistency_weight: beta, of the gradients of inverse depth.
        retrieval_weight: of the retrieved depth, where there is a bank.
    """

    teacher: str = ''
    scale: float = 1.5
    view_weight: float = 1.0
    consistency_weight: float = 0.1
    retrieval_weight: float = 1.0

    def __post_init__(self) -> None:
        """Refuses teachers that see less, and weights that push away from them."""
        require_at_least(self, 1, 'scale')
        require_at_least(self, 0, 'view_weight', 'consistency_weight', 'retrieval_weight')

    @property
    def drawn_scale(self) -> float:
        """Size at which batches are drawn, relative to what the network learns at."""
        return self.scale if self.teacher else 1.0


@dataclass(frozen=True, kw_only=True)
class PriorConfig:
    """What a network with a prior learns with.

    Attributes:
        bank: file of the bank.
        is_network_frozen: whether the fusion alone learns, so that it and the bank go with the
            network as it is.
        guided: the loss from the teacher.
    """

    bank: str = ''
    is_network_frozen: bool = False
    guided: GuidedConfig = field(default_factory=GuidedConfig)


def require_prior(config: Any) -> None:
    """Refuses trainings whose prior does not fit the rest of their settings.

    Args:
        config: a `TrainingConfig`, whole.

    Raises:
        ConfigError: a bank without a network for it, a network without its bank, a frozen network
            without weights, or a teacher that would see other proportions.
    """
    prior: PriorConfig = config.prior
    if bool(prior.bank) != config.has_prior:
        raise ConfigError(
            f'architecture is {config.architecture} and prior.bank {prior.bank!r}; give a bank to '
            'a network with a prior, and to no other'
        )
    if prior.is_network_frozen and not (config.has_prior and config.initial_checkpoint):
        raise ConfigError(
            'prior.is_network_frozen needs a network with a prior and an initial_checkpoint'
        )
    if prior.guided.teacher and 'hr' in config.pyramid.levels:
        raise ConfigError('prior.guided.teacher and the level hr exclude each other; drop one')
    _require_sizes(prior.guided, config.view_sizes)


def _require_sizes(guided: GuidedConfig, view_sizes: Iterable[tuple[int, int]]) -> None:
    for size in view_sizes:
        larger = (size[0] * guided.drawn_scale, size[1] * guided.drawn_scale)
        if scaled_size(size, guided.drawn_scale) != larger:
            raise ConfigError(
                f'view size {size[0]}x{size[1]} times prior.guided.scale {guided.scale} is '
                f'{larger[0]:g}x{larger[1]:g}; choose sides that are multiples of 32 at both'
            )
