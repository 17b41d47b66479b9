"""The objective is zero for the truth and moves towards it."""

import math

import pytest
import torch

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.losses.gradient_matching import count_pairs
from depth_nodes.networks.depth_network import DepthOutput
from depth_nodes.training.batch import AffineLabel, Batch
from depth_nodes.training.objective import Objective, ObjectiveConfig

CANONICAL = CanonicalCamera()
# Only the full head can say what changes from block to block.
FULL = ObjectiveConfig(scale_weight=1.0, head_weights=(1.0, 0.0, 0.0))


def make_batch():
    torch.manual_seed(0)
    # Constant by 4x4 blocks, so that the coarser heads can say the same.
    depth = torch.full((2, 1, 32, 48), 4.0)
    depth[1] = 9.0
    intrinsics = torch.eye(3).repeat(2, 1, 1)
    intrinsics[:, 0, 0] = torch.tensor([200.0, 400.0])
    image = torch.zeros(2, 3, 32, 48, dtype=torch.uint8)
    yes, no = torch.tensor([True, True]), torch.tensor([False, False])
    return Batch(image, depth, intrinsics, is_metric=yes, has_sky=no)


def make_steps():
    """Depth that differs from block to block, by which shape can be told from scale."""
    batch = make_batch()
    blocks = torch.rand(2, 1, 4, 6).repeat_interleave(8, 2).repeat_interleave(8, 3)
    return batch._replace(depth_m=2 + 3 * blocks)


def with_affine_label(batch, row, factor=300.0, offset=20.0):
    """The batch with disparity up to an offset in place of the depth of one view."""
    depth = batch.depth_m.clone()
    disparity = factor / depth[row : row + 1] + offset
    depth[row] = 0
    label = AffineLabel(torch.tensor([row]), disparity)
    return batch._replace(depth_m=depth, is_metric=torch.arange(2) != row, affine=label)


def output_for(batch, factor=1.0):
    canonical = CANONICAL.canonical_from_depth(batch.depth_m * factor, batch.focal_px)
    full = CANONICAL.sigmoid_from_inverse_depth(1 / canonical)
    return DepthOutput(full, full[..., ::2, ::2], full[..., ::4, ::4])


def test_zero_for_the_truth_at_its_focal_length():
    batch = make_batch()
    loss, terms = Objective(ObjectiveConfig(), CANONICAL)(output_for(batch), batch)
    assert loss.item() == pytest.approx(0, abs=1e-4)
    assert terms['loss'].item() == pytest.approx(loss.item())


def test_a_wrong_scale_costs_at_every_head():
    batch = make_batch()
    objective = Objective(ObjectiveConfig(scale_weight=1.0), CANONICAL)
    loss, terms = objective(output_for(batch, 2.0), batch)
    assert loss.item() == pytest.approx(0.6931 * 1.75, abs=0.01)
    assert terms['gradient_matching'].item() == pytest.approx(0, abs=1e-4)


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


def test_a_scale_that_is_unsure_has_no_say():
    batch = make_steps()
    unsure = batch._replace(is_metric=torch.tensor([False, False]))
    objective = Objective(FULL, CANONICAL)
    wrong_scale = output_for(batch, 2.0)
    assert objective(wrong_scale, batch)[0].item() > 0.5
    assert objective(wrong_scale, unsure)[0].item() == pytest.approx(0, abs=1e-3)
    wrong_shape = output_for(batch._replace(depth_m=batch.depth_m**2))
    assert objective(wrong_shape, unsure)[0].item() > 0.3


def test_an_affine_label_fixes_the_shape_and_neither_scale_nor_offset():
    batch = with_affine_label(make_steps(), row=1)
    objective = Objective(FULL, CANONICAL)
    truth, moved = output_for(make_steps()).full, output_for(make_steps(), 3.0).full
    affine = torch.cat((truth[:1], 1.4 * moved[1:] + 0.004))
    flat = torch.cat((truth[:1], torch.full_like(moved[1:], 0.1)))
    rest = output_for(make_steps())
    values = [objective(rest._replace(full=full), batch)[0] for full in (truth, affine, flat)]
    assert values[0].item() == pytest.approx(0, abs=1e-3)
    assert values[1].item() == pytest.approx(0, abs=1e-3)
    assert values[2].item() > 0.1


def test_metric_views_beside_an_affine_one_keep_their_gradient():
    batch = make_steps()
    sigmoid = (output_for(batch).full * 1.3).requires_grad_()
    objective = Objective(ObjectiveConfig(gradient_weight=0.0), CANONICAL)
    rest = output_for(batch)
    gradients = []
    for labels in (batch, with_affine_label(batch, row=1)):
        loss, _ = objective(rest._replace(full=sigmoid), labels)
        gradients.append(torch.autograd.grad(loss, sigmoid)[0])
    torch.testing.assert_close(gradients[0][0], gradients[1][0])
    assert not torch.allclose(gradients[0][1], gradients[1][1])


def test_sky_must_be_beyond_a_distance_and_no_farther():
    batch = make_batch()
    batch.depth_m[:, :, :16] = 0  # the upper half
    of_sky = batch._replace(has_sky=torch.tensor([True, False]))
    objective = Objective(
        ObjectiveConfig(sky_weight=3.0, sky_depth_m=50.0, head_weights=(1.0, 0.0, 0.0)), CANONICAL
    )

    def loss_of(sky_m, labels):
        said = batch._replace(depth_m=torch.where(batch.depth_m > 0, batch.depth_m, sky_m))
        loss, terms = objective(output_for(said), labels)
        assert loss.item() == pytest.approx(3 * terms['sky'].item(), abs=1e-4)
        return loss.item()

    # Of one view of two, its half.
    assert loss_of(10.0, of_sky) == pytest.approx(3 * math.log(5) / 4, rel=1e-3)
    assert loss_of(51.0, of_sky) == pytest.approx(0, abs=1e-4)
    assert loss_of(10.0, batch) == pytest.approx(0, abs=1e-4)


def test_losses_of_the_parts_of_a_batch_have_the_loss_of_the_whole_as_their_mean():
    batch = make_steps()
    batch.depth_m[1, :, 10:] = 0
    output = DepthOutput(*(head * 1.2 + 0.01 for head in output_for(make_steps())))
    whole = Objective(ObjectiveConfig(), CANONICAL)(output, batch)[0].item()
    counts = count_pairs(batch.depth_m > 0)
    objective = Objective(ObjectiveConfig(), CANONICAL, lambda _: counts / 2)
    parts = []
    for row in (0, 1):
        of_row = batch.mapped(lambda tensor, row=row: tensor[row : row + 1])
        heads = DepthOutput(*(head[row : row + 1] for head in output))
        parts.append(objective(heads, of_row)[0].item())
    assert sum(parts) / 2 == pytest.approx(whole, rel=1e-6)
    alone = Objective(ObjectiveConfig(), CANONICAL)
    assert alone(heads, of_row)[0].item() != pytest.approx(parts[1], rel=1e-2)
