"""Rigid transforms as 4 x 4 matrices, called `target_from_source`."""

from __future__ import annotations

import math

from jaxtyping import Float
import torch
from torch import Tensor


def pose_from_rotation_vector(
    rotation: Float[Tensor, 'batch 3'], translation: Float[Tensor, 'batch 3']
) -> Float[Tensor, 'batch 4 4']:
    """The transform that turns by `rotation` (axis times angle [rad]) and then moves.

    The formula of Rodrigues, R = I + sin(a)/a C + (1 - cos(a))/a^2 C^2 with C the cross product
    by the rotation vector of length a. Its gradient is smooth at no rotation, where a pose
    network starts.
    """
    cross = _cross_matrix(rotation)
    angle = torch.linalg.vector_norm(rotation, dim=1)[:, None, None]
    # torch.sinc(x) is sin(pi x) / (pi x). Half the angle, because 1 - cos would cancel.
    first = torch.sinc(angle / math.pi)
    second = 0.5 * torch.sinc(angle / (2 * math.pi)).square()
    identity = torch.eye(3, device=rotation.device, dtype=rotation.dtype)
    return _pose(identity + first * cross + second * (cross @ cross), translation)


def inverted_pose(pose: Float[Tensor, 'batch 4 4']) -> Float[Tensor, 'batch 4 4']:
    """`source_from_target` of a rigid `target_from_source`."""
    turned_back = pose[:, :3, :3].mT
    return _pose(turned_back, -(turned_back @ pose[:, :3, 3:])[..., 0])


def _pose(
    rotation: Float[Tensor, 'batch 3 3'], translation: Float[Tensor, 'batch 3']
) -> Float[Tensor, 'batch 4 4']:
    last_row = torch.eye(4, device=rotation.device, dtype=rotation.dtype)[3:]
    upper = torch.cat((rotation, translation[..., None]), dim=2)
    return torch.cat((upper, last_row.expand(len(rotation), 1, 4)), dim=1)


def _cross_matrix(vector: Float[Tensor, 'batch 3']) -> Float[Tensor, 'batch 3 3']:
    x, y, z = vector.unbind(1)
    zero = torch.zeros_like(x)
    rows = (zero, -z, y, z, zero, -x, -y, x, zero)
    return torch.stack(rows, dim=1).view(-1, 3, 3)
