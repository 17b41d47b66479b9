"""Plane sweep: how alike two views look for each depth that a pixel might have.

Following ManyDepth (Watson et al., arXiv 2104.14540, section 3.2): the features of a previous
frame are warped onto the current ones as if everything lay on a plane of depth d_k, for each of
the planes; the cost of a plane is the mean absolute difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from jaxtyping import Bool, Float
import torch
from torch import Tensor

from depth_nodes.geometry.warp import projected, Projection, sample_at

Spacing = Literal['inverse', 'linear']
# Planes that are warped at once: all of them would hold a hundred copies of the features.
PLANES_AT_ONCE = 8


class CostVolume(NamedTuple):
    """Costs of the planes, 0 where the plane's point is seen from no other frame."""

    cost: Float[Tensor, 'batch plane height width']
    is_known: Bool[Tensor, 'batch plane height width']


def plane_depths(
    nearest: Float[Tensor, ''], farthest: Float[Tensor, ''], num_planes: int, spacing: Spacing
) -> Float[Tensor, ' plane']:
    """Depths of the planes from near to far, evenly spaced in depth or in inverse depth."""
    share = torch.linspace(0, 1, num_planes, device=nearest.device, dtype=nearest.dtype)
    if spacing == 'linear':
        return torch.lerp(nearest, farthest, share)
    return 1 / torch.lerp(1 / nearest, 1 / farthest, share)


def plane_sweep(
    features: Float[Tensor, 'batch channel height width'],
    previous: Float[Tensor, 'batch channel height width'],
    by: Projection,
    depth_m: Float[Tensor, 'batch plane'],
) -> CostVolume:
    """The cost volume of pairs of views.

    Args:
        features: of the current frames, in float32.
        previous: of the frames that they are compared with.
        by: the projection from the pixels of `features` to those of `previous`.
        depth_m: the planes of each pair.
    """
    chunks = [
        _swept(features, previous, by, planes) for planes in depth_m.split(PLANES_AT_ONCE, dim=1)
    ]
    costs, are_known = zip(*chunks, strict=True)
    return CostVolume(torch.cat(costs, dim=1), torch.cat(are_known, dim=1))


def mean_volume(volumes: Sequence[CostVolume]) -> CostVolume:
    """The mean over several previous frames, each where it knows the plane."""
    if len(volumes) == 1:
        return volumes[0]
    count = torch.stack([volume.is_known for volume in volumes]).sum(dim=0)
    total = torch.stack([volume.cost for volume in volumes]).sum(dim=0)
    return CostVolume(total / count.clamp(min=1), count > 0)


def with_unknown_as_worst(volume: CostVolume) -> Float[Tensor, 'batch plane height width']:
    """The costs, those of unknown planes being as high as the highest of their pixel."""
    worst = volume.cost.amax(dim=1, keepdim=True)
    return torch.where(volume.is_known, volume.cost, worst)


def confidence_mask(
    volume: CostVolume, min_known_share: float = 1.0
) -> Bool[Tensor, 'batch 1 height width']:
    """Pixels whose minimum is believed: so many of their planes are known; ManyDepth asks all."""
    num_planes = volume.is_known.shape[1]
    return channel_sum(volume.is_known.float()) >= min_known_share * num_planes


def channel_sum(
    values: Float[Tensor, 'batch channel height width'],
) -> Float[Tensor, 'batch 1 height width']:
    """The sum, as a matrix product: ONNX Runtime's is several times as fast as its reduction."""
    batch, num_channels, height, width = values.shape
    ones = values.new_ones(1, num_channels)
    return (ones @ values.flatten(2)).view(batch, 1, height, width)


def lowest_cost_plane(volume: CostVolume) -> Float[Tensor, 'batch 1 height width']:
    """Number of the known plane with the lowest cost, between planes where a parabola says so.

    Pixels without any known plane have 0.
    """
    cost = torch.where(volume.is_known, volume.cost, torch.inf)
    best = cost.argmin(dim=1, keepdim=True)
    inner = best.clamp(1, max(cost.shape[1] - 2, 1))
    left, middle, right = (cost.gather(1, inner + step) for step in (-1, 0, 1))
    curvature = left - 2 * middle + right
    step = 0.5 * (left - right) / curvature
    is_parabola = (inner == best) & (curvature > 0) & curvature.isfinite()
    return best + torch.where(is_parabola, step, 0.0)


def plane_of_depth(
    depth_m: Float[Tensor, 'batch 1 height width'], planes_m: Float[Tensor, 'batch plane']
) -> Float[Tensor, 'batch 1 height width']:
    """The number of the plane at a depth, with its fraction; planes lie from near to far.

    Nearer than the first one or farther than the last one, the straight line goes on in inverse
    depth.
    """
    inverse, planes = 1 / depth_m, 1 / planes_m
    flipped = planes.flip(1).contiguous()
    last = planes.shape[1] - 1
    above = torch.searchsorted(flipped, inverse.flatten(1).contiguous()).view_as(depth_m)
    upper = (last - above).clamp(0, last - 1)
    near, far = (_entries(planes, upper + step) for step in (0, 1))
    return upper + (near - inverse) / (near - far)


def depth_of_plane(
    number: Float[Tensor, 'batch 1 height width'], planes_m: Float[Tensor, 'batch plane']
) -> Float[Tensor, 'batch 1 height width']:
    """The depth [m] of a plane's number with its fraction, the reverse of `plane_of_depth`."""
    lower = number.floor().clamp(0, planes_m.shape[1] - 2)
    near, far = (_entries(1 / planes_m, lower.long() + step) for step in (0, 1))
    return 1 / torch.lerp(near, far, number - lower)


def _entries(planes: Tensor, index: Tensor) -> Tensor:
    return planes.gather(1, index.flatten(1)).view(index.shape)


def _swept(
    features: Float[Tensor, 'batch channel height width'],
    previous: Float[Tensor, 'batch channel height width'],
    by: Projection,
    depth_m: Float[Tensor, 'batch plane'],
) -> tuple[Float[Tensor, 'batch plane height width'], Bool[Tensor, 'batch plane height width']]:
    """The planes at once: those of an image lie below each other in one tall grid."""
    batch, num_planes = depth_m.shape
    height, width = features.shape[-2:]
    repeated = Projection(*(one.repeat_interleave(num_planes, dim=0) for one in by))
    depth = depth_m.reshape(-1, 1, 1, 1).expand(-1, 1, height, width)
    found = projected(depth, repeated)
    position = found.position_px.view(batch, num_planes, 2, height, width).transpose(1, 2)
    stacked = position.reshape(batch, 2, num_planes * height, width)
    sampled = sample_at(previous, stacked, outside='zeros')
    planes = sampled.view(batch, -1, num_planes, height, width)
    total = channel_sum((planes - features[:, :, None]).abs().flatten(2, 3))
    cost = total.view(batch, num_planes, height, width) / features.shape[1]
    is_known = found.is_inside.view(batch, num_planes, height, width)
    return torch.where(is_known, cost, 0.0), is_known
