"""The motion between two views of known depth, from their pixels alone.

Direct image alignment (Lucas and Kanade 1981; Kerl et al., ICRA 2013; inside the training of a
depth network: Wang et al., arXiv 1712.00175): the pose at which the neighbour, sampled where the
view's points fall, looks like the view. Gauss-Newton over the six numbers of a motion, from coarse
to fine images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from jaxtyping import Float
import torch
from torch import Tensor
import torch.nn.functional as F

from depth_nodes.errors import ConfigError
from depth_nodes.geometry.camera import points_from_depth, resized_intrinsics
from depth_nodes.geometry.pose import pose_from_rotation_vector
from depth_nodes.geometry.warp import sample_at, warp

# Of the window whose mean brightness is taken away: exposure changes from frame to frame.
WINDOW_PX = 9
DAMPING = 1e-3


@dataclass(frozen=True, kw_only=True)
class AlignmentConfig:
    """How long and how finely is looked.

    Attributes:
        strides: of the images, from coarse to fine, powers of two.
        num_iterations: of Gauss-Newton, at each of them; 0 leaves poses as they are.
        huber: difference of brightness in 0..1 from which pixels pull no harder.
        rotation_stiffness: how much no rotation is believed, over what the pixels say. Where depth
            is not known well, a turn looks much like a move.
    """

    strides: tuple[int, ...] = (4, 2)
    num_iterations: int = 6
    huber: float = 0.03
    rotation_stiffness: float = 1.0

    def __post_init__(self) -> None:
        """Refuses strides that are none, and negative numbers."""
        if not self.strides or min(self.strides) < 1 or self.num_iterations < 0:
            raise ConfigError(
                f'strides {self.strides} must be 1 or more, and num_iterations '
                f'{self.num_iterations} 0 or more'
            )
        if not 0 < self.huber < 1:
            raise ConfigError(f'huber is {self.huber}; choose more than 0, below 1')


class _Level(NamedTuple):
    view: Float[Tensor, 'pair 1 height width']
    neighbour: Float[Tensor, 'pair 3 height width']
    depth: Float[Tensor, 'pair 1 height width']
    points: Float[Tensor, 'pair 3 height width']
    intrinsics: Float[Tensor, 'pair 3 3']


@torch.no_grad()
def aligned_pose(
    views: tuple[Float[Tensor, 'pair 3 height width'], Float[Tensor, 'pair 3 height width']],
    depth: Float[Tensor, 'pair 1 height width'],
    intrinsics: Float[Tensor, 'pair 3 3'],
    neighbour_from_view: Float[Tensor, 'pair 4 4'],
    config: AlignmentConfig | None = None,
) -> Float[Tensor, 'pair 4 4']:
    """The refined pose; the given one where refining makes the views look less alike.

    Args:
        views: the view and its neighbour, RGB in 0..1.
        depth: of the view, above 0, in any unit; translations are in the same.
        intrinsics: of both.
        neighbour_from_view: where to start, within a few pixels at the coarsest stride.
        config: how long and how finely is looked.
    """
    config = config or AlignmentConfig()
    pose = neighbour_from_view
    for stride in config.strides:
        level = _level(views, depth, intrinsics, stride)
        start = pose
        first = _error(level, pose, config.huber)
        for _ in range(config.num_iterations):
            rotation, translation = _update(level, pose, config).split(3, dim=1)
            pose = pose_from_rotation_vector(rotation, translation) @ pose
        is_better = (_error(level, pose, config.huber) < first)[:, None, None]
        pose = torch.where(is_better, pose, start)
    return pose


def _small_rotation(pose: Float[Tensor, 'pair 4 4']) -> Float[Tensor, 'pair 3']:
    """The rotation vector, for angles whose sine is the angle."""
    skew = (pose[:, :3, :3] - pose[:, :3, :3].mT) / 2
    return torch.stack([skew[:, 2, 1], skew[:, 0, 2], skew[:, 1, 0]], dim=1)


def _level(views: tuple[Tensor, Tensor], depth: Tensor, intrinsics: Tensor, stride: int) -> _Level:
    view, neighbour = (
        _flattened(F.avg_pool2d(image.mean(dim=1, keepdim=True), stride)) for image in views
    )
    across = F.pad(neighbour[..., 2:] - neighbour[..., :-2], (1, 1)) / 2
    down = F.pad(neighbour[..., 2:, :] - neighbour[..., :-2, :], (0, 0, 1, 1)) / 2
    # Inverse depth is what may be averaged: planes are affine in it.
    coarse = 1 / F.avg_pool2d(1 / depth, stride)
    scaled = resized_intrinsics(intrinsics, 1 / stride, 1 / stride)
    return _Level(
        view,
        torch.cat([neighbour, across, down], dim=1),
        coarse,
        points_from_depth(coarse, scaled),
        scaled,
    )


def _flattened(gray: Float[Tensor, 'pair 1 height width']) -> Float[Tensor, 'pair 1 height width']:
    side = WINDOW_PX // 2
    mean = F.avg_pool2d(F.pad(gray, [side] * 4, mode='replicate'), WINDOW_PX, stride=1)
    return gray - mean


def _error(level: _Level, pose: Tensor, huber: float) -> Float[Tensor, ' pair']:
    residual, _, is_inside = _residual(level, pose)
    cost = F.huber_loss(residual, torch.zeros_like(residual), reduction='none', delta=huber)
    # Pixels that leave the image cost as much as a bad one, or all would be sent away.
    return torch.where(is_inside, cost, huber**2).mean(dim=(1, 2, 3))


def _residual(level: _Level, pose: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    found = warp(level.depth, level.intrinsics, level.intrinsics, pose)
    sampled, gradient = sample_at(level.neighbour, found.position_px).split([1, 2], dim=1)
    return sampled - level.view, gradient, found.is_inside


def _update(level: _Level, pose: Tensor, config: AlignmentConfig) -> Float[Tensor, 'pair 6']:
    """One step of Gauss-Newton: a rotation vector and a translation."""
    residual, gradient, is_inside = _residual(level, pose)
    jacobian = _jacobian(level, pose, gradient).flatten(2)
    weight = is_inside * (config.huber / residual.abs().clamp(min=config.huber))
    weighted = jacobian * weight.flatten(2)
    hessian = weighted @ jacobian.mT
    slope = (weighted @ residual.flatten(2).mT)[..., 0]
    diagonal = hessian.diagonal(dim1=1, dim2=2)
    stiffness = config.rotation_stiffness * diagonal[:, :3]
    slope = slope + F.pad(stiffness * _small_rotation(pose), (0, 3))
    ridge = DAMPING * diagonal + F.pad(stiffness, (0, 3)) + 1e-9
    return -torch.linalg.solve(hessian + torch.diag_embed(ridge), slope[..., None])[..., 0]


def _jacobian(level: _Level, pose: Tensor, gradient: Tensor) -> Float[Tensor, 'pair 6 h w']:
    """How brightness changes with a rotation and a translation of the neighbour's points."""
    points = level.points
    moved = (pose[:, :3, :3] @ points.flatten(2) + pose[:, :3, 3:]).view_as(points)
    x, y, z = moved.split(1, dim=1)
    z = z.clamp(min=1e-3)
    x, y = x / z, y / z
    focal_x, focal_y = level.intrinsics[:, 0, 0], level.intrinsics[:, 1, 1]
    across = gradient[:, :1] * focal_x[:, None, None, None]
    down = gradient[:, 1:] * focal_y[:, None, None, None]
    ahead = -(across * x + down * y)
    return torch.cat(
        [
            ahead * y - down,
            across - ahead * x,
            down * x - across * y,
            across / z,
            down / z,
            ahead / z,
        ],
        dim=1,
    )
