"""Image encoders of timm, by name; timm belongs to the laboratory and is imported on use."""

from __future__ import annotations

from functools import cache
import logging
from types import ModuleType
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import torch
from torch import nn

from depth_nodes.errors import BackendError, ConfigError

HUB_TIMEOUT_S = 5.0
WEIGHTS_FILE = 'model.safetensors'

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
    timm = _timm()
    if not timm.is_model(name):
        raise ConfigError(f"timm has no model '{name}'; timm.list_models() lists them")
    options: dict[str, Any] = {'features_only': True, 'in_chans': in_channels}
    if num_levels is not None:
        options['out_indices'] = tuple(range(num_levels))
    source = _weights_source(timm, name) if is_pretrained else None
    try:
        if source is None:
            return timm.create_model(name, pretrained=False, **options)
        return timm.create_model(name, pretrained=True, pretrained_cfg_overlay=source, **options)
    except OSError as error:
        _warn_of_random_weights(name, str(error).splitlines()[0])
        return timm.create_model(name, pretrained=False, **options)
    except (AssertionError, IndexError, RuntimeError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(
            f"timm's '{name}' gives no features by level ({reason}); choose another backbone"
        ) from error


def channels_of(backbone: nn.Module) -> tuple[int, ...]:
    """Channels of a backbone's features, from fine to coarse."""
    info: Any = backbone.feature_info
    return tuple(info.channels())


def strides_of(backbone: nn.Module) -> tuple[int, ...]:
    """Strides of a backbone's features, from fine to coarse."""
    info: Any = backbone.feature_info
    return tuple(info.reduction())


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
def _timm() -> ModuleType:
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
def _declare_torchvision_operators() -> torch.library.Library:
    """Declares, without computing, what torchvision's compiled part would have declared.

    PyPI's torchvision, which timm needs, cannot load that part beside torch's CPU wheels, and its
    import ends at the first operator of it that it finds undeclared. No backbone calls any.
    """
    library = torch.library.Library('torchvision', 'FRAGMENT')
    for operator in ('nms', 'qnms'):
        library.define(f'{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
    return library
