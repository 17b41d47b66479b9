"""Coarse maps of Depth Anything V2 (arXiv 2406.09414), where `transformers` is installed.

Neither that package nor the weights belong to this one. The small network's weights are under
Apache-2.0, those of the larger ones are for non-commercial use.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaxtyping import Float
from torch import nn, Tensor
import torch.nn.functional as F

from depth_nodes.errors import CheckpointError, first_line
from depth_nodes.networks.blocks import backbone
from depth_nodes.networks.patch_refiner_v2.coarse_maps import CoarseMaps
from depth_nodes.networks.patch_refiner_v2.layers import resized

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def load_depth_anything(source: str) -> nn.Module:
    """The network in a folder, or of a name of the hub whose files are on this machine.

    Raises:
        CheckpointError: the package or the weights are missing, or the weights are of another
            network.
    """
    backbone.load_timm()  # and with it torchvision, which transformers could not import by itself
    try:
        from transformers import DepthAnythingForDepthEstimation
    except ImportError as error:
        raise CheckpointError(
            f'Depth Anything V2 needs the package transformers ({first_line(error)}); run: '
            'pip install transformers'
        ) from error
    try:
        network = DepthAnythingForDepthEstimation.from_pretrained(source, local_files_only=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise CheckpointError(
            f'no weights of Depth Anything V2 in {source} ({first_line(error)}); run: '
            f'hf download {source}'
        ) from error
    return network.eval()


def coarse_maps_from_depth_anything(
    network: nn.Module,
    image: Float[Tensor, 'image 3 height width'],
    reference_depth: Float[Tensor, 'image 1 reference_height reference_width'] | None = None,
) -> CoarseMaps:
    """The map before the head, paths 1 to 4 and the coarsest features; depth.

    Args:
        network: of `load_depth_anything`.
        image: RGB in [0, 1]; sides are multiples of 14.
        reference_depth: what a network without metres is fitted to, in inverse depth; such as the
            tracked depth of another one. Without effect on one with metres.

    Raises:
        CheckpointError: the network has no metres, and there is nothing to fit it to.
    """
    config: Any = network.config
    has_metres = config.depth_estimation_type == 'metric'
    if not has_metres and reference_depth is None:
        raise CheckpointError(
            'this Depth Anything V2 knows no metres; take one of the metric ones, or give a '
            'reference depth'
        )
    features, said = _features_and_output(network, image)
    if has_metres:
        return CoarseMaps(features, said)
    assert reference_depth is not None
    return CoarseMaps(features, _fitted_depth(said, reference_depth))


def _features_and_output(
    network: Any, image: Float[Tensor, 'image 3 height width']
) -> tuple[tuple[Tensor, ...], Tensor]:
    """Features from fine to coarse, the first at the image's size; and what the head says."""
    kept: dict[str, Any] = {}

    def keeper(name: str) -> Callable[..., None]:
        def keep(_module: nn.Module, _inputs: Any, output: Any) -> None:
            kept[name] = output

        return keep

    parts = {
        'before': network.head.conv1,
        'paths': network.neck,
        'coarsest': network.neck.convs[-1],
    }
    hooks = [part.register_forward_hook(keeper(name)) for name, part in parts.items()]
    mean, std = (image.new_tensor(value).view(3, 1, 1) for value in (MEAN, STD))
    try:
        said = network((image - mean) / std).predicted_depth[:, None]
    finally:
        for hook in hooks:
            hook.remove()
    full = resized(kept['before'], image.shape[-2:])
    return (full, *kept['paths'][::-1], kept['coarsest']), said


def _fitted_depth(
    relative: Float[Tensor, 'image 1 height width'],
    reference_depth: Float[Tensor, 'image 1 reference_height reference_width'],
) -> Float[Tensor, 'image 1 height width']:
    """1 / (a x + b), by least squares in inverse depth; no farther than the reference is."""
    size = relative.shape[-2:]
    reference = F.interpolate(reference_depth, size, mode='bilinear', align_corners=False)
    inverse = (1 / reference).flatten(1)
    x = relative.flatten(1)
    x_mean, inverse_mean = x.mean(1, keepdim=True), inverse.mean(1, keepdim=True)
    covariance = ((x - x_mean) * (inverse - inverse_mean)).mean(1, keepdim=True)
    variance = (x - x_mean).square().mean(1, keepdim=True)
    fitted = inverse_mean + covariance / variance.clamp(min=1e-12) * (x - x_mean)
    farthest = inverse.amin(dim=1, keepdim=True)
    return 1 / fitted.maximum(farthest).view_as(relative)
