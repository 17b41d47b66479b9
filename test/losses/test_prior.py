"""The rich-resource guided losses are zero at their targets, and blind where they should be."""

import math

import pytest
import torch

from depth_nodes.losses.prior import (
    gradient_consistency_loss,
    relative_log_depth,
    retrieval_loss,
    view_reconstruction_loss,
)

HEIGHT, WIDTH, FOCAL_PX, DEPTH_M, SHIFT_PX = 32, 64, 50.0, 4.0, 6


def random_inverse_depth(*size: int) -> torch.Tensor:
    torch.manual_seed(0)
    return 0.1 + torch.rand(2, 1, *size, dtype=torch.float64)


def wall(num_pairs: int) -> dict[str, torch.Tensor]:
    """A wall of random texture, seen from two places such that pixels move by whole steps."""
    torch.manual_seed(0)
    image = torch.rand(1, 3, HEIGHT, WIDTH, dtype=torch.float64)
    neighbour = image.roll(SHIFT_PX, dims=3)
    pose = torch.eye(4, dtype=torch.float64)[None].clone()
    pose[0, 0, 3] = SHIFT_PX * DEPTH_M / FOCAL_PX
    intrinsics = torch.tensor([[[FOCAL_PX, 0, 31.5], [0, FOCAL_PX, 15.5], [0, 0, 1]]])
    return {
        'images': tuple(one.expand(num_pairs, -1, -1, -1) for one in (image, neighbour)),
        'intrinsics': intrinsics.double().expand(num_pairs, -1, -1),
        'source_from_target': pose.repeat(num_pairs, 1, 1),
        'target': torch.zeros(num_pairs, dtype=torch.long),
    }


def inverse_depth_of(wall: dict, depth_m: float) -> torch.Tensor:
    """As of an image of a quarter of the size."""
    shape = (len(wall['target']), 1, HEIGHT // 4, WIDTH // 4)
    return torch.full(shape, 1 / depth_m, dtype=torch.float64)


def test_a_wall_at_its_depth_is_reconstructed_at_the_size_of_the_large_image():
    views = wall(1)
    assert view_reconstruction_loss(inverse_depth_of(views, DEPTH_M), **views) < 0.02
    assert view_reconstruction_loss(inverse_depth_of(views, 1.2 * DEPTH_M), **views) > 0.2


def test_where_nothing_moves_there_is_nothing_to_reconstruct():
    """A camera that stands, or a car ahead at the same speed: at no depth would it look so."""
    views = wall(1)
    views['images'] = (views['images'][0],) * 2
    inverse_depth = inverse_depth_of(views, DEPTH_M).requires_grad_()
    loss = view_reconstruction_loss(inverse_depth, **views)
    loss.backward()
    assert loss == 0
    assert (inverse_depth.grad == 0).all()


def test_a_pixel_is_held_against_the_neighbour_that_looks_most_like_it():
    alone, both = wall(1), wall(2)
    both['source_from_target'][1, 0, 3] *= 1.5
    losses = [
        view_reconstruction_loss(inverse_depth_of(views, DEPTH_M), **views)
        for views in (alone, both)
    ]
    # A pixel at which the second pair is alike by chance makes it a bit less.
    assert 0 < losses[1] <= losses[0] + 0.02
    both['target'] = torch.arange(2)
    assert view_reconstruction_loss(inverse_depth_of(both, DEPTH_M), **both) > 0.1


def test_edges_alike_cost_nothing_at_any_scale():
    inverse_depth = random_inverse_depth(8, 12)
    factor = torch.tensor([3.0, 0.2]).view(2, 1, 1, 1)
    assert gradient_consistency_loss(factor * inverse_depth, inverse_depth) < 1e-15


def test_an_edge_that_the_teacher_has_not_costs_its_height():
    flat = torch.ones(1, 1, 5, 6)
    step = torch.tensor([0.5, 0.5, 0.5, 1.5, 1.5, 1.5]).expand(1, 1, 5, 6)
    # One column of five steps by 1, among 4 x 5 pixels with both differences.
    assert gradient_consistency_loss(step, flat).item() == pytest.approx(1 / 5)
    assert gradient_consistency_loss(flat, step).item() == pytest.approx(1 / 5)


def test_relative_depth_has_its_median_at_1_in_every_unit():
    inverse_depth = random_inverse_depth(5, 5)
    found = relative_log_depth(inverse_depth)
    assert (found.flatten(1).median(dim=1).values == 0).all()
    torch.testing.assert_close(relative_log_depth(7 * inverse_depth), found)
    depth = 1 / inverse_depth
    ratio = depth[0, 0, 1, 2] / depth[0, 0, 3, 4]
    assert found[0, 0, 1, 2] - found[0, 0, 3, 4] == pytest.approx(math.log(ratio))


def test_the_teachers_own_relative_depth_is_the_right_retrieval():
    teacher = random_inverse_depth(8, 12)
    retrieved = relative_log_depth(teacher)
    assert retrieval_loss(retrieved, teacher) == 0
    assert retrieval_loss(retrieved, 5 * teacher) < 1e-15
    assert retrieval_loss(retrieved + 0.3, teacher).item() == pytest.approx(0.3)
    flat = torch.full((2, 1, 64, 96), 0.25)
    assert retrieval_loss(torch.zeros(2, 1, 4, 6), flat) == 0


@pytest.mark.parametrize(
    'loss',
    [
        lambda values: gradient_consistency_loss(values, random_inverse_depth(4, 6).square()),
        lambda values: retrieval_loss(values, random_inverse_depth(8, 12)),
        lambda values: view_reconstruction_loss(values[:1] / 4, **wall(1)),
    ],
)
def test_gradients_agree_with_differences(loss):
    values = random_inverse_depth(4, 6).requires_grad_()
    assert torch.autograd.gradcheck(loss, (values,))
