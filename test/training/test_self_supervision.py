"""The looks of neighbouring frames tell depth and motion."""

from dataclasses import replace

from drive_batch import CANONICAL, drive_batch, drive_prediction, TINY_POSE
import pytest
import torch

from depth_nodes.errors import ConfigError
from depth_nodes.networks.depth_network import DepthFeatures, DepthOutput, Prediction
from depth_nodes.networks.pose_network import PoseNetwork
from depth_nodes.training.posed_pairs import posed_pairs
from depth_nodes.training.self_supervision import SelfSupervision, SelfSupervisionConfig


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
    weights = {
        'photometric': 1.0,
        'structure': 0.5,
        'feature': 0.2,
        'smoothness': 0.3,
        'motion': 2,
    }
    settings = {f'{name}_weight': value for name, value in weights.items()}
    loss, terms = terms_of(drive_prediction(), drive_batch(is_pose_known=False), **settings)
    assert list(terms) == list(weights)
    assert all(value > 0 for value in terms.values())
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


def test_only_images_that_are_compared_are_smoothed_and_weigh_by_their_share():
    batch, prediction = drive_batch(), drive_prediction()
    loss, terms = terms_of(prediction, batch)
    # The same with three views of which the first two have no neighbours.
    alone = batch._replace(
        image=batch.image.repeat(3, 1, 1, 1),
        depth_m=batch.depth_m.repeat(3, 1, 1, 1),
        intrinsics=batch.intrinsics.repeat(3, 1, 1),
        is_metric=batch.is_metric.repeat(3),
        has_sky=batch.has_sky.repeat(3),
        neighbours=batch.neighbours._replace(row=torch.tensor([2, 2])),
    )
    noise = torch.rand(2, *prediction.output.full.shape[1:])
    heads = [
        torch.cat([noise[..., ::s, ::s], head])
        for s, head in zip((1, 2, 4), prediction.output, strict=True)
    ]
    features = torch.cat([torch.rand(2, 4, 36, 96), prediction.features.encoder[0]])
    more = Prediction(DepthOutput(*heads), DepthFeatures((features,), ()))
    shared, others = terms_of(more, alone)
    for name, value in terms.items():
        assert others[name].item() == pytest.approx(value.item(), rel=1e-5)
    assert shared.item() == pytest.approx(loss.item() / 3, rel=1e-5)


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
