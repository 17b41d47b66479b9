"""The objective is zero for the truth and moves towards it."""

import pytest
import torch

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.small_depth import SmallDepthOutput
from depth_nodes.training.config import ObjectiveConfig
from depth_nodes.training.objective import Batch, Objective

CANONICAL = CanonicalCamera()


def make_batch():
    torch.manual_seed(0)
    # Constant by 4x4 blocks, so that the coarser heads can say the same.
    depth = torch.full((2, 1, 32, 48), 4.0)
    depth[1] = 9.0
    return Batch(torch.rand(2, 3, 32, 48), depth, torch.tensor([200.0, 400.0]).view(2, 1, 1, 1))


def output_for(batch, factor=1.0):
    canonical = CANONICAL.canonical_from_depth(batch.depth_m * factor, batch.focal_px)
    full = CANONICAL.sigmoid_from_inverse_depth(1 / canonical)
    return SmallDepthOutput(full, full[..., ::2, ::2], full[..., ::4, ::4])


def test_zero_for_the_truth_at_its_focal_length():
    batch = make_batch()
    loss, terms = Objective(ObjectiveConfig(), CANONICAL)(output_for(batch), batch)
    assert loss.item() == pytest.approx(0, abs=1e-4)
    assert terms['loss'] == pytest.approx(loss.item())


def test_a_wrong_scale_costs_at_every_head():
    batch = make_batch()
    objective = Objective(ObjectiveConfig(scale_weight=1.0), CANONICAL)
    loss, terms = objective(output_for(batch, 2.0), batch)
    assert loss.item() == pytest.approx(0.6931 * 1.75, abs=0.01)
    assert terms['gradient_matching'] == pytest.approx(0, abs=1e-4)


def test_unknown_depth_has_no_say():
    batch = make_batch()
    output = output_for(batch)
    holes = batch._replace(depth_m=batch.depth_m.clone())
    holes.depth_m[..., :8, :] = 0
    sigmoid = output.full.clone().requires_grad_()
    loss, _ = Objective(ObjectiveConfig(), CANONICAL)(output._replace(full=sigmoid * 1.5), holes)
    loss.backward()
    assert (sigmoid.grad[..., :8, :] == 0).all()
    assert (sigmoid.grad[..., 8:, :] != 0).any()
