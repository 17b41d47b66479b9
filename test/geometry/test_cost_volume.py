"""The plane sweep: the true depth is the cheapest, and what is not seen is said to be unknown."""

import numpy as np
import pytest
from tiny_drive import tiny_drive
import torch
import torch.nn.functional as F

from depth_nodes.geometry.cost_volume import (
    confidence_mask,
    CostVolume,
    depth_of_plane,
    lowest_cost_plane,
    mean_volume,
    plane_depths,
    plane_of_depth,
    plane_sweep,
    with_unknown_as_worst,
)
from depth_nodes.geometry.warp import projection

NEAR, FAR = torch.tensor(2.0), torch.tensor(40.0)


@pytest.fixture(scope='module')
def frames():
    return tiny_drive(3)


def patches(sample):
    """The 5x5 colours around each pixel."""
    image = torch.from_numpy(sample.image).permute(2, 0, 1)[None].float() / 255
    return F.unfold(image, 5, padding=2).view(1, -1, *image.shape[-2:])


def swept(frame, other, planes):
    intrinsics = torch.from_numpy(frame.camera.matrix).float()[None]
    pose = np.linalg.inv(other.world_from_camera) @ frame.world_from_camera
    by = projection(intrinsics, intrinsics, torch.from_numpy(pose).float()[None])
    return plane_sweep(patches(frame), patches(other), by, planes[None])


def test_planes_are_evenly_apart_and_end_at_the_range():
    inverse = plane_depths(NEAR, FAR, 96, 'inverse')
    linear = plane_depths(NEAR, FAR, 96, 'linear')
    for planes, steps in ((inverse, (1 / inverse).diff()), (linear, linear.diff())):
        assert planes[[0, -1]].tolist() == pytest.approx([2.0, 40.0], rel=1e-6)
        torch.testing.assert_close(steps, steps[:1].expand_as(steps), rtol=1e-3, atol=0)


@pytest.mark.parametrize('spacing', ['inverse', 'linear'])
def test_the_number_of_a_plane_and_back(spacing):
    planes = plane_depths(NEAR, FAR, 20, spacing)[None]
    number = plane_of_depth(planes[0].view(1, 1, 1, 20), planes).flatten()
    torch.testing.assert_close(number, torch.arange(20.0), rtol=0, atol=1e-3)
    middle = 2 / (1 / planes[0, 1:] + 1 / planes[0, :-1])
    number = plane_of_depth(middle.view(1, 1, 1, 19), planes).flatten()
    torch.testing.assert_close(number, torch.arange(19) + 0.5, rtol=0, atol=1e-3)
    torch.testing.assert_close(depth_of_plane(number.view(1, 1, 1, 19), planes).flatten(), middle)
    outside = plane_of_depth(torch.tensor([1.0, 400.0]).view(1, 1, 1, 2), planes).flatten()
    assert outside[0] < 0
    assert outside[1] > 19


@pytest.mark.parametrize('other', [0, 2])
def test_the_cheapest_plane_is_at_the_true_depth(frames, other):
    planes = plane_depths(NEAR, FAR, 96, 'inverse')
    volume = swept(frames[1], frames[other], planes)
    depth = torch.from_numpy(frames[1].depth_m)[None, None]
    is_compared = (depth > NEAR) & (depth < FAR) & confidence_mask(volume, 0.5)
    error = lowest_cost_plane(volume) - plane_of_depth(depth.clamp(min=1.0), planes[None])
    assert is_compared.float().mean() > 0.3
    assert error[is_compared].abs().median() < 1


def test_two_frames_find_the_depth_better_than_either(frames):
    planes = plane_depths(NEAR, FAR, 96, 'inverse')
    volumes = [swept(frames[1], frames[other], planes) for other in (0, 2)]
    depth = torch.from_numpy(frames[1].depth_m)[None, None]
    is_compared = (depth > NEAR) & (depth < FAR)
    for volume in volumes:
        is_compared &= confidence_mask(volume, 0.5)
    truth = plane_of_depth(depth.clamp(min=1.0), planes[None])

    def mean_error(volume):
        return (lowest_cost_plane(volume) - truth)[is_compared].abs().mean().item()

    assert mean_error(mean_volume(volumes)) < 0.8 * min(map(mean_error, volumes))


def test_an_image_has_no_cost_against_itself(frames):
    planes = plane_depths(NEAR, FAR, 9, 'inverse')
    intrinsics = torch.from_numpy(frames[1].camera.matrix).float()[None]
    stands = projection(intrinsics, intrinsics, torch.eye(4)[None])
    volume = plane_sweep(patches(frames[1]), patches(frames[1]), stands, planes[None])
    assert volume.is_known.all()
    assert volume.cost.max() < 1e-5


def test_chunks_do_not_show(frames):
    planes = plane_depths(NEAR, FAR, 11, 'inverse')
    whole = swept(frames[1], frames[0], planes)
    for index, depth in enumerate(planes):
        one = swept(frames[1], frames[0], depth[None])
        torch.testing.assert_close(one.cost[:, 0], whole.cost[:, index])
        assert torch.equal(one.is_known[:, 0], whole.is_known[:, index])


def test_what_leaves_the_image_is_unknown_and_counts_as_the_worst(frames):
    volume = swept(frames[1], frames[2], plane_depths(NEAR, FAR, 16, 'inverse'))
    unknown = ~volume.is_known
    assert 0.1 < unknown.float().mean() < 0.9
    assert (volume.cost[unknown] == 0).all()
    worst = volume.cost.amax(dim=1, keepdim=True).expand_as(volume.cost)
    assert torch.equal(with_unknown_as_worst(volume)[unknown], worst[unknown])
    # All planes known, as ManyDepth has it, is the strictest mask.
    assert torch.equal(confidence_mask(volume), volume.is_known.all(dim=1, keepdim=True))
    assert (confidence_mask(volume) <= confidence_mask(volume, 0.5)).all()


def test_several_frames_count_where_they_know():
    cost = torch.tensor([[1.0, 2.0, 0.0], [3.0, 0.0, 0.0]]).view(2, 1, 3, 1, 1)
    is_known = torch.tensor([[1, 1, 0], [1, 0, 0]]).bool().view(2, 1, 3, 1, 1)
    mean = mean_volume([CostVolume(*one) for one in zip(cost, is_known, strict=True)])
    assert mean.cost.flatten().tolist() == [2.0, 2.0, 0.0]
    assert mean.is_known.flatten().tolist() == [True, True, False]


def test_the_minimum_lies_between_planes():
    cost = (torch.arange(7.0) - 3.3).square().view(1, 7, 1, 1)
    known = torch.ones(1, 7, 1, 1, dtype=torch.bool)
    assert lowest_cost_plane(CostVolume(cost, known)).item() == pytest.approx(3.3, abs=1e-5)
    assert lowest_cost_plane(CostVolume(cost.flip(1), known)).item() == pytest.approx(
        2.7, abs=1e-5
    )
    known[:, 3] = False
    assert lowest_cost_plane(CostVolume(cost, known)).item() == 4.0
    assert lowest_cost_plane(CostVolume(cost, known & False)).item() == 0.0


def test_gradients_reach_both_features():
    torch.manual_seed(0)
    features, previous = (
        torch.rand(1, 2, 4, 5, dtype=torch.float64, requires_grad=True) for _ in range(2)
    )
    intrinsics = torch.tensor([[[4.0, 0, 2], [0, 4, 1.5], [0, 0, 1]]], dtype=torch.float64)
    pose = torch.eye(4, dtype=torch.float64)[None].clone()
    pose[0, :3, 3] = torch.tensor([0.31, 0.12, 0.2])
    planes = torch.tensor([[1.0, 2.0, 5.0]], dtype=torch.float64)

    def cost(features, previous):
        return plane_sweep(
            features, previous, projection(intrinsics, intrinsics, pose), planes
        ).cost

    assert torch.autograd.gradcheck(cost, (features, previous))
