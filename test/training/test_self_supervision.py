"""The looks of neighbouring frames tell depth and motion."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_drive import tiny_drive
import torch

from depth_nodes.errors import ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.geometry.pose import pose_from_rotation_vector
from depth_nodes.networks.depth_network import DepthFeatures, DepthOutput, Prediction
from depth_nodes.networks.pose_network import PoseNetwork, PoseNetworkConfig
from depth_nodes.training.batch import Batch, Neighbours, network_image
from depth_nodes.training.self_supervision import (
    posed_pairs,
    SelfSupervision,
    SelfSupervisionConfig,
)

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


def terms_of(prediction, batch, **config):
    settings = SelfSupervisionConfig(head_weights=(1.0, 0.0, 0.0), **config)
    pairs = posed_pairs(batch, batch.neighbours, PoseNetwork(TINY_POSE))
    return SelfSupervision(settings, CANONICAL)(prediction, batch, pairs)


@pytest.mark.parametrize('factor', [0.9, 0.95, 0.98, 1.02, 1.05, 1.1])
def test_the_true_depth_looks_best(factor):
    batch = drive_batch()
    _, true = terms_of(drive_prediction(), batch)
    _, wrong = terms_of(drive_prediction(factor), batch)
    assert true['photometric'] < wrong['photometric']


def test_views_that_disagree_about_the_scale_pay_for_it():
    factors = torch.tensor([1.1, 1.0, 1.0])[:, None, None, None]
    _, agreed = terms_of(drive_prediction(), drive_batch())
    _, apart = terms_of(drive_prediction(factors), drive_batch())
    # |1.1 - 1| / (1.1 + 1)
    assert (apart['structure'] - agreed['structure']).item() == pytest.approx(0.1 / 2.1, rel=0.15)


def test_the_loss_is_the_weighted_sum_of_its_terms():
    weights = {'photometric': 1.0, 'structure': 0.5, 'feature': 0.2, 'smoothness': 0.3}
    settings = {f'{name}_weight': value for name, value in weights.items()}
    loss, terms = terms_of(drive_prediction(), drive_batch(), **settings)
    assert list(terms) == list(weights)
    expected = sum(weights[name] * value for name, value in terms.items())
    assert loss.item() == pytest.approx(expected.item(), rel=1e-6)


def test_a_sitting_camera_has_no_photometric_error_and_a_mask_takes_it_all_away():
    batch = drive_batch()
    still = batch.neighbours._replace(
        image=batch.image.repeat(2, 1, 1, 1), neighbour_from_view=torch.eye(4).repeat(2, 1, 1)
    )
    prediction = drive_prediction()
    same = Prediction(
        DepthOutput(*(head[:1].repeat(3, 1, 1, 1) for head in prediction.output)),
        prediction.features,
    )
    batch = batch._replace(neighbours=still)
    _, terms = terms_of(same, batch)
    assert terms['photometric'] < 1e-6
    assert terms['structure'] < 1e-6
    _, masked = terms_of(same, batch, has_auto_mask=True)
    assert masked['photometric'] == masked['structure'] == 0


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


def test_at_estimated_poses_no_scale_of_all_depths_looks_better():
    network = PoseNetwork(TINY_POSE).eval()
    losses = []
    for factor in (0.5, 1.0, 3.0):
        batch = drive_batch(is_pose_known=False)
        pairs = posed_pairs(batch, batch.neighbours, network)
        prediction = drive_prediction(factor)
        settings = SelfSupervisionConfig(head_weights=(1.0, 0.0, 0.0))
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


def test_depth_and_motion_both_learn():
    batch = drive_batch(is_pose_known=False)
    prediction = drive_prediction()
    heads = DepthOutput(*(head.clone().requires_grad_() for head in prediction.output))
    network = PoseNetwork(TINY_POSE)
    settings = SelfSupervisionConfig()
    pairs = posed_pairs(batch, batch.neighbours, network)
    loss, _ = SelfSupervision(settings, CANONICAL)(prediction._replace(output=heads), batch, pairs)
    loss.backward()
    for head in heads:
        assert torch.isfinite(head.grad).all()
        assert head.grad.abs().sum() > 0
    assert network.head.weight.grad.abs().sum() > 0


def test_settings_that_make_no_sense_are_refused():
    for wrong in ({'feature_weight': -1.0}, {'head_weights': (0.0, 0.0, 0.0)}):
        with pytest.raises(ConfigError):
            replace(SelfSupervisionConfig(), **wrong)
