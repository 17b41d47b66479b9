"""Image encoders of timm, by name; timm belongs to the laboratory and is imported on use."""

from __future__ import annotations

from functools import cache
import logging
from types import ModuleType
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from jaxtyping import Float
import torch
from torch import library, nn, Tensor

from depth_nodes.errors import BackendError, ConfigError, first_line
from depth_nodes.networks.blocks.sparse import Conv1x1

HUB_TIMEOUT_S = 5.0
WEIGHTS_FILE = 'model.safetensors'
# Height and width at which features are tried: the smallest side, and odd multiples of 32.
PROBE_SIZE_PX = (96, 160)
# What timm raises of settings and images that a model does not take.
REFUSALS = (AssertionError, IndexError, RuntimeError, TypeError, ValueError)

logger = logging.getLogger(__name__)


def create_backbone(
    name: str, *, in_channels: int = 3, num_levels: int | None = None, is_pretrained: bool = False
) -> nn.Module:
    """A timm model that gives its features level by level, as a list from fine to coarse.

    `num_levels` leaves the coarser ones out.

    Pretrained weights come from the hub or from its cache; without either they are random, and a
    warning says so.

    Raises:
        BackendError: timm cannot be imported.
        ConfigError: timm has no such model, or none that gives features.
    """
    timm = load_timm()
    if not timm.is_model(name):
        raise ConfigError(f"timm has no model '{name}'; timm.list_models() lists them")
    options: dict[str, Any] = {'features_only': True, 'in_chans': in_channels}
    if num_levels is not None:
        options['out_indices'] = tuple(range(num_levels))
    source = _weights_source(timm, name) if is_pretrained else None
    try:
        backbone = _created(timm, name, source, options)
    except REFUSALS as error:
        raise ConfigError(
            f"timm's '{name}' gives no features by level ({first_line(error)}); choose another "
            'backbone'
        ) from error
    _replace_strided_pointwise(backbone)
    return backbone


def channels_of(backbone: nn.Module) -> tuple[int, ...]:
    """Channels of a backbone's features, from fine to coarse."""
    info: Any = backbone.feature_info
    return tuple(info.channels())


def strides_of(backbone: nn.Module) -> tuple[int, ...]:
    """Strides of a backbone's features, from fine to coarse."""
    info: Any = backbone.feature_info
    return tuple(info.reduction())


def feature_sizes(
    backbone: nn.Module, name: str, image_shape: tuple[int, int, int]
) -> list[tuple[int, int]]:
    """(height, width) of the features of an image of (channels, height, width), by level.

    They are those of a black image in evaluation mode, which moves no weight and no statistic.

    Raises:
        ConfigError: the backbone, named `name`, takes no image of that size, or gives features of
            another form than batch, stated channels, height and width.
    """
    is_training = backbone.training
    image = next(backbone.parameters()).new_zeros(1, *image_shape)
    size = 'x'.join(str(side) for side in image_shape[1:])
    try:
        with torch.no_grad():
            features = backbone.eval()(image)
    except REFUSALS as error:
        raise ConfigError(
            f"timm's '{name}' takes no image of {size} px ({first_line(error)}); choose another "
            'backbone, one for images of any size'
        ) from error
    finally:
        backbone.train(is_training)
    channels = tuple(one.shape[1] if one.ndim == 4 else 0 for one in features)
    if channels != channels_of(backbone):
        raise ConfigError(
            f"the features of timm's '{name}' are not channels first; choose another backbone"
        )
    return [(one.shape[2], one.shape[3]) for one in features]


def is_in_blocks(backbone: nn.Module) -> bool:
    """Whether `first_features` and `further_features` can run it, as they can EfficientNets."""
    named: Any = backbone
    has_parts = all(hasattr(named, part) for part in ('conv_stem', 'bn1', 'blocks'))
    return has_parts and getattr(named, 'feature_hooks', True) is None


def first_features(
    backbone: nn.Module, image: Float[Tensor, 'batch 3 height width'], num_levels: int
) -> list[Float[Tensor, 'batch _channel _height _width']]:
    """The finest features of a backbone in blocks, without computing the others."""
    named: Any = backbone
    stem = named.bn1(named.conv_stem(image))
    ends = _block_ends(named)[:num_levels]
    features = [stem] if ends[0] == 0 else []
    return features + _through_blocks(named, stem, 0, ends)


def further_features(
    backbone: nn.Module, level: Float[Tensor, 'batch channel height width'], num_levels: int
) -> list[Float[Tensor, 'batch _channel _height _width']]:
    """The features after the first levels, of which `level` is the last."""
    named: Any = backbone
    ends = _block_ends(named)
    return _through_blocks(named, level, ends[num_levels - 1], ends[num_levels:])


def _block_ends(backbone: Any) -> list[int]:
    """How many blocks there are up to each level."""
    return sorted(backbone._stage_out_idx)


def _through_blocks(backbone: Any, level: Tensor, first: int, ends: list[int]) -> list[Tensor]:
    features = []
    for index in range(first, ends[-1]):
        level = backbone.blocks[index](level)
        if index + 1 in ends:
            features.append(level)
    return features


def _created(
    timm: ModuleType, name: str, source: dict[str, str] | None, options: dict[str, Any]
) -> nn.Module:
    if source is not None:
        try:
            return timm.create_model(
                name, pretrained=True, pretrained_cfg_overlay=source, **options
            )
        except OSError as error:
            _warn_of_random_weights(name, first_line(error))
    return timm.create_model(name, pretrained=False, **options)


def _replace_strided_pointwise(backbone: nn.Module) -> None:
    """Has strided 1x1 filters slice their image first, which is the same function.

    Torch writes their gradient past its end on CPUs, in channels-last order and of few channels.
    """
    for module in backbone.modules():
        is_pointwise = type(module) is nn.Conv2d and module.kernel_size == (1, 1)
        is_plain = is_pointwise and module.padding == (0, 0) and module.groups == 1
        if is_plain and module.stride != (1, 1):
            module.__class__ = Conv1x1


def _weights_source(timm: ModuleType, name: str) -> dict[str, str] | None:
    """What replaces timm's own entry: a file in the cache, nothing, or None: to be had nowhere."""
    import huggingface_hub

    config = timm.get_pretrained_cfg(name)
    repository = getattr(config, 'hf_hub_id', None)
    if not repository:
        _warn_of_random_weights(name, 'timm knows none')
        return None
    cached = huggingface_hub.try_to_load_from_cache(repository, WEIGHTS_FILE)
    if isinstance(cached, str):
        return {'file': cached}
    endpoint = huggingface_hub.constants.ENDPOINT
    # The hub's client tries an unreachable server for three quarters of a minute.
    if not _is_reachable(endpoint):
        _warn_of_random_weights(name, f'{endpoint} is out of reach')
        return None
    return {}


def _is_reachable(url: str) -> bool:
    try:
        with urlopen(Request(url, method='HEAD'), timeout=HUB_TIMEOUT_S):
            return True
    except HTTPError:
        return True
    except OSError:
        return False


def _warn_of_random_weights(name: str, reason: str) -> None:
    logger.warning('no pretrained weights of %s (%s): its weights are random', name, reason)


@cache
def load_timm() -> ModuleType:
    """Timm, after what it takes to import it beside torch's CPU wheels.

    Raises:
        BackendError: it cannot be imported.
    """
    try:
        return _imported_timm()
    except ImportError as error:
        raise BackendError(
            f"a backbone needs the extra `train` ({error}); run: pip install 'depth_nodes[train]'"
        ) from error


def _imported_timm() -> ModuleType:
    try:
        import timm
    except RuntimeError as error:
        if 'torchvision::nms' not in str(error):
            raise
        _declare_torchvision_operators()
        import timm
    return timm


@cache
def _declare_torchvision_operators() -> library.Library:
    """Declares, without computing, what torchvision's compiled part would have declared.

    PyPI's torchvision, which timm needs, cannot load that part beside torch's CPU wheels, and its
    import ends at the first operator of it that it finds undeclared. No backbone calls any.
    """
    declared = library.Library('torchvision', 'FRAGMENT')
    for operator in ('nms', 'qnms'):
        declared.define(f'{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
    return declared
