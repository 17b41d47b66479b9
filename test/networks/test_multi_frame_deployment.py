"""What the exported network of several frames is made of; `test/runtime` runs the file."""

from dataclasses import replace

import pytest
from tiny_networks import TINY_MULTI_FRAME_DEPTH
import torch

from depth_nodes.networks.multi_frame_deployment import DeployedMultiFrameDepth
from depth_nodes.networks.multi_frame_depth import MultiFrameDepth


@pytest.mark.parametrize('single', ['small_depth', 'hqdec_v2'])
def test_the_fused_network_runs_in_two_parts(single):
    network = MultiFrameDepth(replace(TINY_MULTI_FRAME_DEPTH, single=single)).eval()
    deployed = DeployedMultiFrameDepth(network)
    image = torch.rand(1, 3, 96, 128)
    with torch.inference_mode():
        fine = deployed.single.fine_features(image)
        assert [level.shape[2:] for level in fine] == [(48, 64), (24, 32)]
        found = deployed.single.from_fine(fine)
        assert torch.equal(found, deployed.single(image))
        torch.testing.assert_close(found, network(image).full)


def test_a_camera_moves_from_a_quarter_of_a_pixel_on():
    """f t / (4 d), with the nearest plane at d = f / 512 at first."""
    network = MultiFrameDepth(TINY_MULTI_FRAME_DEPTH)
    poses = torch.eye(4).repeat(4, 1, 1)
    poses[1, :2, :2] = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
    poses[2, :3, 3] = torch.tensor([0.0, 0.99 / 512, 0.0])
    poses[3, :3, 3] = torch.tensor([0.0, 0.0, -1.01 / 512])
    assert network.moves(poses).tolist() == [False, False, False, True]
