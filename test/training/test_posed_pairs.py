"""Poses of pairs: recorded, estimated, refined."""

from dataclasses import replace

from drive_batch import CANONICAL, drive_batch, drive_prediction, FRAMES, TINY_POSE
import pytest
import torch

from depth_nodes.geometry.direct_alignment import AlignmentConfig
from depth_nodes.geometry.pose import pose_from_rotation_vector
from depth_nodes.networks.pose_network import PoseNetwork
from depth_nodes.training.batch import network_image
from depth_nodes.training.posed_pairs import aligned_pairs, mean_depth, posed_pairs
from depth_nodes.training.self_supervision import SelfSupervision, SelfSupervisionConfig

UNREFINED = AlignmentConfig(num_iterations=0)
FREE = AlignmentConfig(strides=(4, 2, 1), num_iterations=10, rotation_stiffness=0.0)


def true_depth():
    inverse = CANONICAL.inverse_depth_from_sigmoid(drive_prediction().output.full)
    return CANONICAL.depth_from_canonical(1 / inverse, torch.tensor(FRAMES[0].camera.fx_px))


def test_known_poses_are_taken_and_unknown_ones_estimated():
    network = PoseNetwork(TINY_POSE)
    known = drive_batch()
    pairs = posed_pairs(known, known.neighbours, network)
    depth = torch.full((3, 1, 72, 192), 5.0)
    poses = pairs.source_from_target(depth)
    assert torch.equal(poses[:2], known.neighbours.neighbour_from_view)
    # The second half is the way back.
    torch.testing.assert_close(
        poses[2:] @ poses[:2], torch.eye(4).repeat(2, 1, 1), atol=1e-5, rtol=0
    )
    assert pairs.target.tolist() == [0, 0, 1, 2]
    assert pairs.source.tolist() == [1, 2, 0, 0]
    unknown = drive_batch(is_pose_known=False)
    estimated = posed_pairs(unknown, unknown.neighbours, network).source_from_target(depth)
    assert estimated.requires_grad
    assert not torch.equal(estimated[0], torch.eye(4))


@pytest.mark.parametrize('alignment', [UNREFINED, AlignmentConfig()])
def test_at_estimated_poses_no_scale_of_all_depths_looks_better(alignment):
    network = PoseNetwork(TINY_POSE).eval()
    losses = []
    for factor in (0.5, 1.0, 3.0):
        batch = drive_batch(is_pose_known=False)
        pairs = posed_pairs(batch, batch.neighbours, network)
        prediction = drive_prediction(factor)
        settings = SelfSupervisionConfig(head_weights=(1.0, 0.0, 0.0), alignment=alignment)
        _, terms = SelfSupervision(settings, CANONICAL)(prediction, batch, pairs)
        losses.append([terms[name].item() for name in ('photometric', 'structure', 'smoothness')])
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    assert losses[2] == pytest.approx(losses[1], rel=1e-3)


def test_an_earlier_neighbour_is_shown_first_and_the_motion_turned_around():
    network = PoseNetwork(TINY_POSE).eval()
    batch = drive_batch(is_pose_known=False)
    view, earlier = batch.image, batch.neighbours.image[:1]
    rotation, translation = network(network_image(earlier), network_image(view))
    later_from_earlier = pose_from_rotation_vector(rotation, translation)
    found = posed_pairs(batch, batch.neighbours, network).neighbour_from_view[0]
    torch.testing.assert_close(found @ later_from_earlier[0], torch.eye(4), atol=1e-5, rtol=0)


def test_refined_poses_are_the_true_ones_and_teach_the_network():
    network = PoseNetwork(TINY_POSE)
    batch, depth = drive_batch(is_pose_known=False), true_depth()
    images = network_image(torch.cat([batch.image, batch.neighbours.image]))
    pairs = posed_pairs(batch, batch.neighbours, network)
    refined, motion = aligned_pairs(pairs, images, depth, FREE)
    truth = drive_batch().neighbours.neighbour_from_view
    found = refined.neighbour_from_view[:, :3, 3] * mean_depth(depth[:1])[0, 0]
    torch.testing.assert_close(found, truth[:, :3, 3], atol=0.05, rtol=0)
    assert not refined.neighbour_from_view.requires_grad
    motion.backward()
    assert network.head.weight.grad.abs().sum() > 0
    # Where the estimates are right there is nothing left to say.
    _, left = aligned_pairs(refined, images, depth, replace(FREE, num_iterations=1))
    assert left < 0.1 * motion


def test_known_poses_are_not_refined():
    batch = drive_batch()
    images = network_image(torch.cat([batch.image, batch.neighbours.image]))
    pairs = posed_pairs(batch, batch.neighbours, PoseNetwork(TINY_POSE))
    refined, motion = aligned_pairs(pairs, images, true_depth(), FREE)
    assert refined is pairs
    assert motion == 0
