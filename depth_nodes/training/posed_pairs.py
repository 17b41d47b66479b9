"""Which images are compared with which, and how the camera moved between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from jaxtyping import Bool, Float, Int
import torch
from torch import Tensor
import torch.nn.functional as F

from depth_nodes.geometry.camera import resized_intrinsics
from depth_nodes.geometry.direct_alignment import aligned_pose, AlignmentConfig
from depth_nodes.geometry.pose import inverted_pose, pose_from_rotation_vector
from depth_nodes.geometry.warp import warp
from depth_nodes.training.batch import Batch, Neighbours, network_image

# Estimates rotation and translation from two images, as `PoseNetwork` does.
MotionEstimate = Callable[
    [Float[Tensor, 'pair 3 height width'], Float[Tensor, 'pair 3 height width']],
    tuple[Float[Tensor, 'pair 3'], Float[Tensor, 'pair 3']],
]
# Of the points whose positions tell poses apart; all of them would say the same.
MOTION_STRIDE = 4


class Pairs(NamedTuple):
    """Which image is compared with which, in both directions: pair i reversed is i + n/2.

    `target` and `source` count through the views and then the neighbours of a batch. The
    translation of a pose is in metres, or where it is estimated, in mean depths of its view.
    """

    target: Int[Tensor, ' pair']
    source: Int[Tensor, ' pair']
    neighbour_from_view: Float[Tensor, 'half 4 4']
    is_pose_known: Bool[Tensor, ' half']
    intrinsics: Float[Tensor, 'pair 3 3']

    def source_from_target(
        self, depth: Float[Tensor, 'image 1 height width']
    ) -> Float[Tensor, 'pair 4 4']:
        """The poses of all pairs in the units of these depths, one each for views and neighbours.

        Estimated translations grow with the depth, so that no scale of it looks better than
        another. In other units the loss falls while all depths grow, until nothing moves and
        nothing is learnt: a wrong motion of far things is seen less than that of near ones.
        """
        unit = mean_depth(depth[self.target[: len(self.is_pose_known)]])
        unit = torch.where(self.is_pose_known[:, None, None, None], 1.0, unit)[:, 0]
        rotation, translation = self.neighbour_from_view.split([3, 1], dim=2)
        scale = torch.cat([unit.expand(-1, 3, 1), torch.ones_like(unit)], dim=1)
        neighbour_from_view = torch.cat([rotation, translation * scale], dim=2)
        return torch.cat([neighbour_from_view, inverted_pose(neighbour_from_view)])

    def halved(self) -> Pairs:
        """The pairs of the images at half the size."""
        return self._replace(intrinsics=resized_intrinsics(self.intrinsics, 0.5, 0.5))


def posed_pairs(batch: Batch, neighbours: Neighbours, estimate: MotionEstimate) -> Pairs:
    """Every view with every neighbour of its own, and the reverse, at recorded or estimated poses.

    Args:
        batch: the views.
        neighbours: theirs.
        estimate: asked where a pose is unknown.
    """
    num_views, num_pairs = len(batch.image), len(neighbours.row)
    number = num_views + torch.arange(num_pairs, device=neighbours.row.device)
    return Pairs(
        target=torch.cat([neighbours.row, number]),
        source=torch.cat([number, neighbours.row]),
        neighbour_from_view=_poses(batch, neighbours, estimate),
        is_pose_known=neighbours.is_pose_known,
        intrinsics=batch.intrinsics[neighbours.row].repeat(2, 1, 1),
    )


def aligned_pairs(
    pairs: Pairs,
    images: Float[Tensor, 'image 3 height width'],
    depth: Float[Tensor, 'image 1 height width'],
    config: AlignmentConfig,
) -> tuple[Pairs, Float[Tensor, '']]:
    """The pairs with their estimated poses refined, and how far the estimates were off.

    The distance is between the places where both put the view's points, in widths of the image,
    the mean over points and pairs; its gradient reaches the estimate alone.

    Args:
        pairs: at poses from a network.
        images: views, then neighbours.
        depth: theirs, in any unit.
        config: how the poses are refined.
    """
    index = (~pairs.is_pose_known).nonzero()[:, 0]
    if len(index) == 0 or not config.num_iterations:
        return pairs, depth.new_zeros(())
    views = depth[pairs.target[index]].detach()
    views = views / mean_depth(views)
    intrinsics, estimated = pairs.intrinsics[index], pairs.neighbour_from_view[index]
    both = images[pairs.target[index]], images[pairs.source[index]]
    refined = aligned_pose(both, views, intrinsics, estimated.detach(), config)
    coarse = 1 / F.avg_pool2d(1 / views, MOTION_STRIDE)
    scaled = resized_intrinsics(intrinsics, 1 / MOTION_STRIDE, 1 / MOTION_STRIDE)
    place, truth = (
        warp(coarse, scaled, scaled, pose).position_px for pose in (estimated, refined)
    )
    poses = pairs.neighbour_from_view.detach().index_copy(0, index, refined)
    distance = (place - truth).abs().mean() / coarse.shape[-1]
    return pairs._replace(neighbour_from_view=poses), distance


def mean_depth(depth: Float[Tensor, 'image 1 height width']) -> Float[Tensor, 'image 1 1 1']:
    """The harmonic mean of each image's depths: near things are seen to move."""
    return 1 / (1 / depth).mean(dim=(1, 2, 3), keepdim=True)


def _poses(
    batch: Batch, neighbours: Neighbours, estimate: MotionEstimate
) -> Float[Tensor, 'pair 4 4']:
    is_unknown = ~neighbours.is_pose_known
    if not is_unknown.any():
        return neighbours.neighbour_from_view
    views = network_image(batch.image[neighbours.row[is_unknown]])
    others = network_image(neighbours.image[is_unknown])
    # In the order of time, most cameras move forward: one sign less to find out.
    is_earlier = neighbours.is_earlier[is_unknown, None, None, None]
    first, second = torch.where(is_earlier, others, views), torch.where(is_earlier, views, others)
    later_from_earlier = pose_from_rotation_vector(*estimate(first, second))
    estimated = torch.where(
        is_earlier[..., 0], inverted_pose(later_from_earlier), later_from_earlier
    )
    indices = is_unknown.nonzero()[:, 0]
    return neighbours.neighbour_from_view.index_copy(0, indices, estimated)
