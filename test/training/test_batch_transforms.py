"""What a batch becomes stays true: its pixels, labels, cameras and neighbours together."""

import pytest
import torch

from depth_nodes.training.batch import AffineLabel, Batch, Neighbours
from depth_nodes.training.batch_transforms import (
    mirrored_batch,
    recolored_batch,
    resized_batch,
)

HEIGHT, WIDTH = 96, 128
POINT = torch.tensor([0.25, -0.1, 2.0])


def make_batch():
    """Two views with labels of both kinds; the neighbour of the second looks just like it."""
    torch.manual_seed(0)
    image = torch.randint(0, 256, (2, 3, HEIGHT, WIDTH), dtype=torch.uint8)
    depth = 1 + 9 * torch.rand(2, 1, HEIGHT, WIDTH)
    depth[:, :, :20] = 0
    depth[1] = 0
    disparity = 5 + torch.rand(1, 1, HEIGHT, WIDTH)
    disparity[..., :30] = 0
    intrinsics = torch.tensor([[100.0, 0, 61.5], [0, 110, 45.25], [0, 0, 1]]).expand(2, 3, 3)
    pose = torch.eye(4).repeat(2, 1, 1)
    pose[0, :3, 3] = torch.tensor([0.3, 0.1, -0.2])
    pose[0, :3, :3] = torch.linalg.matrix_exp(
        torch.tensor([[0, -0.1, 0.2], [0.1, 0, -0.3], [-0.2, 0.3, 0]])
    )
    row = torch.tensor([0, 1])
    flags = torch.tensor([True, False])
    neighbours = Neighbours(row, image.clone(), pose, flags, flags)
    affine = AffineLabel(torch.tensor([1]), disparity)
    yes_no = torch.tensor([True, False])
    return Batch(image, depth, intrinsics, yes_no, yes_no, affine, neighbours)


def pixel_of(point, intrinsics):
    u, v, w = (intrinsics @ point).tolist()
    return u / w, v / w


def with_blob(batch):
    """The batch with a bright spot where the point is seen."""
    u, v = pixel_of(POINT, batch.intrinsics[0])
    rows, columns = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing='ij')
    blob = 255 * torch.exp(-((columns - u) ** 2 + (rows - v) ** 2) / (2 * 4.0**2))
    return batch._replace(image=blob.to(torch.uint8).expand(2, 3, HEIGHT, WIDTH))


def blob_centre(image):
    light = image[0, 0].double()
    rows, columns = torch.meshgrid(*map(torch.arange, light.shape), indexing='ij')
    return tuple(((light * grid).sum() / light.sum()).item() for grid in (columns, rows))


@pytest.mark.parametrize('size', [(96, 96), (192, 160), (64, 96)])
def test_a_point_is_seen_where_the_resized_camera_says(size):
    resized = resized_batch(with_blob(make_batch()), size)
    expected = pixel_of(POINT, resized.intrinsics[0])
    assert resized.image.shape[-2:] == size
    assert blob_centre(resized.image) == pytest.approx(expected, abs=0.03)


def test_a_point_is_seen_where_the_mirrored_camera_says():
    mirrored = mirrored_batch(with_blob(make_batch()))
    in_mirror = POINT * torch.tensor([-1, 1, 1])
    expected = pixel_of(in_mirror, mirrored.intrinsics[0])
    assert blob_centre(mirrored.image) == pytest.approx(expected, abs=0.03)


def test_resized_labels_are_those_of_a_pixel_below_and_what_is_unknown_stays_so():
    batch = make_batch()
    resized = resized_batch(batch, (48, 64))
    covered = batch.depth_m.unfold(2, 2, 2).unfold(3, 2, 2).flatten(4)
    assert (covered == resized.depth_m[..., None]).any(-1).all()
    assert (resized.depth_m[:, :, :10] == 0).all()
    assert (resized.depth_m[0, :, 10:] > 0).all()
    assert ((resized.affine.disparity_px == 0).sum(-1) == 15).all()
    # A middle of two pixels lies as near to each: both ways of rounding are within half a pixel.
    assert resized_batch(resized, (96, 128)).depth_m[..., ::2, ::2].equal(resized.depth_m)


def test_images_are_antialiased_and_neighbours_follow():
    batch = make_batch()
    stripes = torch.arange(WIDTH).remainder(2).mul(255).to(torch.uint8).expand(2, 3, HEIGHT, WIDTH)
    small = resized_batch(batch._replace(image=stripes), (48, 64))
    assert (small.image[..., 2:-2].float() - 127.5).abs().max() <= 1
    resized = resized_batch(batch, (48, 64))
    assert resized.neighbours.image.equal(resized.image)
    assert resized.neighbours.neighbour_from_view.equal(batch.neighbours.neighbour_from_view)


def test_the_size_that_it_has_changes_nothing():
    batch = make_batch()
    assert resized_batch(batch, (HEIGHT, WIDTH)) is batch


def test_the_mirror_twice_is_the_batch():
    batch = make_batch()
    twice = mirrored_batch(mirrored_batch(batch))
    torch.testing.assert_close(twice, batch, rtol=0, atol=0)
    once = mirrored_batch(batch)
    assert once.affine.disparity_px.equal(batch.affine.disparity_px.flip(-1))
    assert once.depth_m.equal(batch.depth_m.flip(-1))


def test_a_neighbour_sees_in_the_mirror_what_it_saw_mirrored():
    batch = make_batch()
    mirrored = mirrored_batch(batch)
    seen = []
    for one, sign in ((batch, 1.0), (mirrored, -1.0)):
        point = torch.cat((POINT * torch.tensor([sign, 1, 1]), torch.ones(1)))
        moved = one.neighbours.neighbour_from_view[0] @ point
        seen.append(pixel_of(moved[:3], one.intrinsics[0]))
    (u, v), (u_mirrored, v_mirrored) = seen
    assert u_mirrored == pytest.approx(WIDTH - 1 - u, abs=1e-4)
    assert v_mirrored == pytest.approx(v, abs=1e-4)
    assert mirrored.neighbours.neighbour_from_view[1].equal(torch.eye(4))


def test_colours_change_in_a_view_and_its_neighbours_alike_and_nowhere_else():
    batch = make_batch()
    recolored = recolored_batch(batch, 0.6, torch.Generator().manual_seed(1))
    changes = (recolored.image.float() - batch.image.float()).abs().mean(dim=(1, 2, 3))
    assert (changes > 5).all()
    assert recolored.neighbours.image.equal(recolored.image)
    # Views apart from each other: the same pixels would not become the same.
    alike = batch._replace(image=batch.image[:1].expand(2, -1, -1, -1))
    views = recolored_batch(alike, 0.6, torch.Generator().manual_seed(1)).image
    assert not views[0].equal(views[1])
    for name in ('depth_m', 'intrinsics', 'is_metric', 'has_sky', 'affine'):
        assert getattr(recolored, name) is getattr(batch, name)


def test_colours_of_strength_0_stay_and_a_seed_repeats_them():
    batch = make_batch()
    assert recolored_batch(batch, 0.0, torch.Generator()).image.equal(batch.image)
    first, second = (
        recolored_batch(batch, 0.5, torch.Generator().manual_seed(7)).image for _ in range(2)
    )
    assert first.equal(second)
