"""The pyramid loss of FA-Depth (arXiv 2405.10885), section III-C: one view at several levels.

The levels are the current resolution `cr`, which is always there, low and high resolution (`lr`,
`hr`), the mirror image (`flip`) and other colours (`color`). The loss (equations 20 to 22) is

    L = sum_k w_k L^k + sum_{k != cr} (f_k C(F^cr, F^k) + d_k C(disp^cr, disp^k))

Gradients are taken after each level and summed, so that the memory of one level is enough; C
therefore pulls level k towards what was said at `cr`, and not the other way round. Weights are
those of Table IX.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from jaxtyping import Float
import torch
from torch import Tensor
import torch.nn.functional as F

from depth_nodes.errors import ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.losses.distribution import axis_divergence
from depth_nodes.networks.depth_network import DepthFeatures, DepthOutput, Prediction
from depth_nodes.networks.prior.affinity import Retrieval
from depth_nodes.training.batch import Batch
from depth_nodes.training.batch_transforms import mirrored_batch, recolored_batch, resized_batch
from depth_nodes.training.limits import require_at_least
from depth_nodes.training.precision import at_least_float32
from depth_nodes.training.view_size import scaled_size

Level = Literal['cr', 'lr', 'hr', 'flip', 'color']
EXTRA_LEVELS = ('lr', 'hr', 'flip', 'color')
RESIZED_LEVELS = ('lr', 'hr')
MAX_HIGH_SCALE, MAX_COLOR_STRENGTH = 8.0, 10.0
# The paper's 96x320 of 128x416 is 2.6 % wider.
MAX_SQUASH = 1.03


class ConsistencyTerms(NamedTuple):
    """How far a level is from the current resolution, without a unit; 0 is the same."""

    features: Float[Tensor, '']
    inverse_depth: Float[Tensor, '']


@dataclass(frozen=True, kw_only=True)
class LevelWeights:
    """w, f and d of one level: of its own loss, and of its distance from `cr`."""

    loss: float
    features: float
    inverse_depth: float

    def __post_init__(self) -> None:
        """Refuses weights that push a loss up."""
        require_at_least(self, 0, 'loss', 'features', 'inverse_depth')

    def total(
        self, loss: Float[Tensor, ''], terms: ConsistencyTerms | None = None
    ) -> Float[Tensor, '']:
        """What a level adds to the loss of the step; `cr` has no terms of consistency."""
        if terms is None:
            return self.loss * loss
        distance = self.features * terms.features + self.inverse_depth * terms.inverse_depth
        return self.loss * loss + distance


CURRENT_WEIGHTS = LevelWeights(loss=1.0, features=0.0, inverse_depth=0.0)


@dataclass(frozen=True, kw_only=True)
class PyramidConfig:
    """Which levels there are beside `cr`, and what each of them weighs.

    Attributes:
        levels: of `lr`, `hr`, `flip` and `color`, in the order in which they are learnt.
        low_scale: size of `lr` relative to `cr`, before it is rounded to multiples of 32.
        high_scale: size of `hr` relative to `cr`, likewise.
        color_strength: how much `color` differs, 1 being a lot.
        lr: weights of this level; and so on.
    """

    levels: tuple[Literal['lr', 'hr', 'flip', 'color'], ...] = ()
    low_scale: float = 0.75
    high_scale: float = 1.5
    color_strength: float = 0.5
    lr: LevelWeights = LevelWeights(loss=0.5, features=1.0, inverse_depth=0.5)
    hr: LevelWeights = LevelWeights(loss=0.5, features=0.5, inverse_depth=0.1)
    flip: LevelWeights = LevelWeights(loss=1.0, features=0.1, inverse_depth=0.5)
    color: LevelWeights = LevelWeights(loss=1.0, features=0.1, inverse_depth=0.1)

    def __post_init__(self) -> None:
        """Refuses levels that there are not, or twice, and scales on the wrong side of 1."""
        if set(self.levels) - set(EXTRA_LEVELS) or len(set(self.levels)) < len(self.levels):
            raise ConfigError(
                f'levels are {", ".join(self.levels)}; choose from {", ".join(EXTRA_LEVELS)}, '
                'each once'
            )
        if not 0 < self.low_scale < 1:
            raise ConfigError(f'low_scale is {self.low_scale}; choose more than 0, below 1')
        if not 1 < self.high_scale <= MAX_HIGH_SCALE:
            raise ConfigError(
                f'high_scale is {self.high_scale}; choose more than 1, up to {MAX_HIGH_SCALE:g}'
            )
        if not 0 <= self.color_strength <= MAX_COLOR_STRENGTH:
            raise ConfigError(
                f'color_strength is {self.color_strength}; choose 0 to {MAX_COLOR_STRENGTH:g}'
            )

    @property
    def all_levels(self) -> tuple[Level, ...]:
        """The levels in the order in which they are learnt; the others are held against `cr`."""
        return ('cr', *self.levels)

    @property
    def drawn_scale(self) -> float:
        """Size at which batches are drawn, relative to `cr`: that of the largest level."""
        return self.high_scale if 'hr' in self.levels else 1.0

    def weights(self, level: Level) -> LevelWeights:
        """Weights of a level."""
        return CURRENT_WEIGHTS if level == 'cr' else getattr(self, level)


def check_view_size(view_size: tuple[int, int], config: PyramidConfig) -> None:
    """Refuses a size of `cr` whose levels, rounded to the stride, are squashed or no smaller.

    Canonical depth knows one focal length: where pixels are not square, metric labels are off.

    Args:
        view_size: (height, width) of `cr` [px].
        config: of the pyramid.

    Raises:
        ConfigError: a level's width over height is more than 3 % from the view's, or the level
            has the size of the view.
    """
    height, width = view_size
    for level, name in (('lr', 'low_scale'), ('hr', 'high_scale')):
        if level not in config.levels:
            continue
        size = level_size(view_size, level, config)
        squash = size[1] * height / (size[0] * width)
        if size == view_size or max(squash, 1 / squash) > MAX_SQUASH:
            fault = 'the same size' if size == view_size else 'another shape'
            raise ConfigError(
                f'view size {height}x{width}: its level {level} would be {size[0]}x{size[1]}, '
                f'{fault}; choose sides that are multiples of 128, which suit scales of 0.75 '
                f'and 1.5, or another pyramid.{name}'
            )


def level_size(view_size: tuple[int, int], level: Level, config: PyramidConfig) -> tuple[int, int]:
    """(height, width) of a level [px], where `cr` has `view_size`."""
    if level == 'lr':
        return scaled_size(view_size, config.low_scale)
    return scaled_size(view_size, config.high_scale if level == 'hr' else 1.0)


def level_batch(
    batch: Batch, level: Level, config: PyramidConfig, random: torch.Generator
) -> Batch:
    """The batch of one level.

    Args:
        batch: drawn at `drawn_scale` times the size of `cr`, which is the size of `hr` if any.
        level: which.
        config: of the pyramid.
        random: a generator of the CPU, for the colours.
    """
    height, width = batch.image.shape[-2:]
    # Rounding moved the drawn size by half a stride at most, so this is the size it came from.
    view_size = scaled_size((height, width), 1 / config.drawn_scale)
    resized = resized_batch(batch, level_size(view_size, level, config))
    if level == 'flip':
        return mirrored_batch(resized)
    if level == 'color':
        return recolored_batch(resized, config.color_strength, random)
    return resized


def sliced(prediction: Prediction, num_views: int) -> Prediction:
    """What a prediction says of its first images: of the views, without their neighbours."""
    output, features, retrieved = prediction
    return Prediction(
        DepthOutput(*(head[:num_views] for head in output)),
        DepthFeatures(*(tuple(one[:num_views] for one in side) for side in features)),
        None if retrieved is None else Retrieval(*(one[:num_views] for one in retrieved)),
    )


def reference_of(prediction: Prediction, num_views: int) -> Prediction:
    """What the other levels are held against: copies that keep no graph and no neighbours alive.

    The decoder's features, the largest of all, are not compared and left out.
    """
    output, (encoder, _), _ = sliced(prediction, num_views)
    return Prediction(
        DepthOutput(*(head.detach().clone() for head in output)),
        DepthFeatures(tuple(one.detach().clone() for one in encoder), ()),
    )


def consistency_terms(
    prediction: Prediction,
    reference: Prediction,
    level: Level,
    focal_ratio: Float[Tensor, 'batch 1 1 1'],
    canonical: CanonicalCamera,
) -> ConsistencyTerms:
    """C(F^cr, F^k) and C(disp^cr, disp^k), each the mean over its feature levels or heads.

    C is the mean absolute difference where the level shows the same pixels (`flip`, `color`), and
    a divergence of distributions along the axes where it does not (`lr`, `hr`).

    Args:
        prediction: at level k, of the views alone.
        reference: `reference_of` the prediction at `cr`.
        level: k.
        focal_ratio: focal length at k over that at `cr`.
        canonical: the camera that the network predicts for.
    """
    features = [
        _difference(at_least_float32(one), at_least_float32(other), level)
        for one, other in zip(prediction.features.encoder, reference.features.encoder, strict=True)
    ]
    inverse_depths = []
    for head, other in zip(prediction.output, reference.output, strict=True):
        truth = canonical.inverse_depth_from_sigmoid(at_least_float32(other))
        # One focal length for both, and values around 1: of metres a softmax would see nothing.
        mean = truth.mean(dim=(1, 2, 3), keepdim=True)
        inverse_depth = canonical.inverse_depth_from_sigmoid(at_least_float32(head)) / focal_ratio
        inverse_depths.append(_difference(inverse_depth / mean, truth / mean, level))
    return ConsistencyTerms(torch.stack(features).mean(), torch.stack(inverse_depths).mean())


def _difference(
    values: Float[Tensor, 'batch channel _height _width'],
    reference: Float[Tensor, 'batch channel height width'],
    level: Level,
) -> Float[Tensor, '']:
    if level in RESIZED_LEVELS:
        size = reference.shape[-2:]
        if values.shape[-2:] != size:
            values = F.interpolate(values, size=size, mode='bilinear', align_corners=False)
        return axis_divergence(values, reference)
    if level == 'flip':
        values = values.flip(-1)
    return (values - reference).abs().mean()
