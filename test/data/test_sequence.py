"""The sequence folder: what was written comes back; what is broken is named."""

from dataclasses import replace
import json

import cv2
import numpy as np
import pytest

from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence, write_sequence
from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera

CAMERA = Camera(width_px=8, height_px=6, fx_px=9.0, fy_px=10.0, cx_px=3.25, cy_px=2.5)


def rotation(axis, angle):
    x, y, z = np.asarray(axis) / np.linalg.norm(axis)
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * skew + (1 - np.cos(angle)) * skew @ skew


def make_samples():
    random = np.random.default_rng(0)
    axes_and_angles = [([1, 2, 3], 0.4), ([1, 0, 0], np.pi), ([0, 1, 0], 3.0), ([1, 1, 9], -3.1)]
    for index, (axis, angle) in enumerate(axes_and_angles):
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = rotation(axis, angle), random.normal(size=3)
        yield Sample(
            name=f'{index:06d}',
            image=random.integers(0, 256, (6, 8, 3), dtype=np.uint8),
            camera=CAMERA if index else replace(CAMERA, fx_px=11.0),
            depth_m=random.integers(0, 100 * 256, (6, 8)).astype(np.float32) / 256,
            world_from_camera=pose,
        )


@pytest.fixture
def folder(tmp_path):
    write_sequence(tmp_path / 'walk', make_samples(), name='walk', rate_hz=4.0)
    return tmp_path / 'walk'


def edit(folder, **changes):
    file = folder / 'sequence.json'
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_round_trip(folder):
    sequence = Sequence(folder)
    assert (sequence.name, sequence.rate_hz, len(sequence)) == ('walk', 4.0, 4)
    for written, read in zip(make_samples(), sequence, strict=True):
        assert read.name == written.name
        np.testing.assert_array_equal(read.image, written.image)
        np.testing.assert_array_equal(read.depth_m, written.depth_m)
        np.testing.assert_allclose(read.world_from_camera, written.world_from_camera, atol=1e-7)
        assert read.camera == written.camera
    assert sequence[3].stamp_ns == 750_000_000


def test_depth_beyond_the_range_is_unknown(tmp_path):
    depth = np.array([[0.0, 1.0], [32.5, 400.0]], np.float32)
    sample = Sample(name='000000', image=np.zeros((2, 2, 3), np.uint8), depth_m=depth)
    write_sequence(tmp_path, [sample], name='wide', depth_scale_m=1 / 2000)
    np.testing.assert_allclose(Sequence(tmp_path)[0].depth_m, [[0, 1], [32.5, 0]], atol=1e-6)


def test_stereo_partners_are_kept(tmp_path):
    left, right = np.random.default_rng(0).integers(0, 256, (2, 4, 5, 3), np.uint8)
    sample = Sample(name='000000', image=left, right=right, stereo_baseline_m=0.3)
    write_sequence(tmp_path, [sample], name='pair')
    read = Sequence(tmp_path)[0]
    np.testing.assert_array_equal(read.right, right)
    assert read.stereo_baseline_m == 0.3


def test_a_coarser_depth_grid_has_its_stride(folder):
    cv2.imwrite(str(folder / 'depth' / '000000.png'), np.full((3, 4), 512, np.uint16))
    sample = Sequence(folder)[0]
    assert sample.depth_stride == 2
    assert (sample.depth_m == 2.0).all()


@pytest.mark.parametrize('shape', [(94, 311), (93, 310)])
def test_a_coarse_grid_may_be_rounded_up_or_down(tmp_path, shape):
    sample = Sample(name='000000', image=np.zeros((375, 1242, 3), np.uint8))
    write_sequence(tmp_path, [sample], name='kitti')
    cv2.imwrite(str(tmp_path / 'depth' / '000000.png'), np.full(shape, 512, np.uint16))
    read = Sequence(tmp_path)[0]
    assert (read.depth_stride, read.depth_m.shape) == (4, shape)


def test_disparity_is_not_depth(folder):
    edit(folder, depth_is='disparity_px')
    sample = Sequence(folder)[0]
    assert sample.depth_m is None
    assert sample.disparity_px.shape == (6, 8)


def test_unknown_intrinsics_are_no_camera(folder):
    edit(folder, camera={'fx': None}, cameras={})
    assert Sequence(folder)[0].camera is None


@pytest.mark.parametrize(
    ('break_it', 'words'),
    [
        (lambda folder: (folder / 'sequence.json').unlink(), 'no sequence.json'),
        (lambda folder: (folder / 'sequence.json').write_text('{'), 'no valid JSON'),
        (lambda folder: (folder / 'sequence.json').write_text('[]'), 'one JSON object'),
        (lambda folder: (folder / 'rgb' / '000002.png').unlink(), '3 of the 4 frames'),
        (lambda folder: [file.unlink() for file in (folder / 'rgb').iterdir()], 'holds no images'),
        (lambda folder: (folder / 'rgb' / '000000.png').write_bytes(b'x'), 'no readable image'),
        (lambda folder: (folder / 'depth' / '000000.png').write_bytes(b'x'), '16 bit'),
        (
            lambda folder: cv2.imwrite(
                str(folder / 'depth' / '000000.png'), np.zeros((5, 3), np.uint16)
            ),
            'no integer fraction',
        ),
        (lambda folder: (folder / 'poses.txt').write_text('000000 1 2 3\n'), 'poses.txt:1'),
        (lambda folder: (folder / 'poses.txt').write_text('0 1 2 3 0 0 0 0\n'), 'poses.txt:1'),
        (lambda folder: (folder / 'poses.txt').write_text('0 nan 2 3 0 0 0 1\n'), 'poses.txt:1'),
        (lambda folder: (folder / 'poses.txt').write_bytes(b'\xff\xfe'), 'no text file'),
        (lambda folder: (folder / 'sequence.json').write_text('[' * 10**5), 'no valid JSON'),
        (lambda folder: (folder / 'rgb' / '000001.jpg').write_bytes(b''), '000001 twice'),
        (lambda folder: edit(folder, cameras={'000000': {'fx': 0.0, 'fy': 1}}), None),
        (
            lambda folder: edit(folder, cameras={'000000': {'width': 9, 'fx': 1, 'fy': 1}}),
            'the camera is 9x6',
        ),
    ],
)
def test_broken_folders_are_named_in_one_line(folder, break_it, words):
    break_it(folder)
    if words is None:
        assert Sequence(folder)[0].camera is None
        return
    with pytest.raises(InputError, match=words) as caught:
        list(Sequence(folder))
    assert '\n' not in str(caught.value)


def test_a_picture_that_cannot_be_written_is_an_error(folder):
    (folder / 'rgb' / '000000.png').unlink()
    (folder / 'rgb' / '000000.png').mkdir()
    with pytest.raises(InputError, match='000000.png cannot be written'):
        write_sequence(folder, make_samples(), name='walk')


def test_recorded_sequences_read(shared_dir):
    sequence = Sequence(shared_dir / 'data' / 'eval' / 'tum_fr1_rpy')
    assert len(sequence) == 61
    assert sequence[0].camera.fx_px == pytest.approx(517.3)
    assert 0.5 < np.median(sequence[0].depth_m[sequence[0].depth_m > 0]) < 3


def test_a_right_image_of_another_size_is_named(tmp_path):
    left = np.zeros((4, 6, 3), np.uint8)
    write_sequence(tmp_path, [Sample(name='000000', image=left, right=left)], name='pair')
    cv2.imwrite(str(tmp_path / 'right/000000.png'), left[::2, ::2])
    with pytest.raises(InputError, match='not as large as the left'):
        Sequence(tmp_path)[0]
