"""Three frames of a rendered drive as a batch, and what a network would say that knows it all."""

import numpy as np
from tiny_drive import tiny_drive
import torch

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.depth_network import DepthFeatures, DepthOutput, Prediction
from depth_nodes.networks.pose_network import PoseNetworkConfig
from depth_nodes.training.batch import Batch, Neighbours

CANONICAL = CanonicalCamera()
TINY_POSE = PoseNetworkConfig(backbone='tf_mobilenetv3_small_minimal_100')
FRAMES = tiny_drive(3)
SKY_M = 60.0


def drive_batch(is_pose_known=True):
    """The middle frame of three, with the others as its neighbours."""
    images = [torch.from_numpy(frame.image).permute(2, 0, 1) for frame in FRAMES]
    poses = [frame.world_from_camera for frame in FRAMES]
    relative = np.stack([np.linalg.inv(poses[other]) @ poses[1] for other in (0, 2)])
    known = torch.from_numpy(relative).float() if is_pose_known else torch.eye(4).repeat(2, 1, 1)
    return Batch(
        image=images[1][None],
        depth_m=torch.zeros(1, 1, *images[1].shape[1:]),
        intrinsics=torch.from_numpy(FRAMES[0].camera.matrix).float()[None],
        is_metric=torch.tensor([False]),
        has_sky=torch.tensor([False]),
        neighbours=Neighbours(
            row=torch.tensor([0, 0]),
            image=torch.stack([images[0], images[2]]),
            neighbour_from_view=known,
            is_pose_known=torch.tensor([is_pose_known] * 2),
            is_earlier=torch.tensor([True, False]),
        ),
    )


def drive_prediction(factor=1.0):
    """What a network would say that knows all depths, or all of them times a factor."""
    depths = np.stack([FRAMES[index].depth_m for index in (1, 0, 2)])
    depth = torch.from_numpy(np.where(depths > 0, depths, SKY_M)).float()[:, None] * factor
    focal = torch.tensor(FRAMES[0].camera.fx_px).float()
    inverse = 1 / CANONICAL.canonical_from_depth(depth, focal)
    least, most = 1 / CANONICAL.max_depth_m, 1 / CANONICAL.min_depth_m
    full = (inverse - least) / (most - least)
    output = DepthOutput(full, full[..., ::2, ::2], full[..., ::4, ::4])
    features = torch.rand(3, 4, full.shape[-2] // 2, full.shape[-1] // 2)
    return Prediction(output, DepthFeatures((features,), ()))
