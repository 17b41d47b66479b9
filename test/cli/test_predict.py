"""`depth_nodes predict`: numbers and pictures for every kind of source."""

import logging
from pathlib import Path

import cv2
import numpy as np
import pytest
from random_model import random_model, random_weights, TINY
from random_refiner import random_refiner_weights

from depth_nodes.cli import predictor
from depth_nodes.cli.main import main
from depth_nodes.data.bag import write_bag
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import write_sequence
from depth_nodes.messages.camera import Camera

WIDTH, HEIGHT, NUM_FRAMES = 128, 96, 3
CAMERA = Camera.from_fov(WIDTH, HEIGHT, 60.0)


def samples(camera: Camera | None = CAMERA) -> list[Sample]:
    rng = np.random.default_rng(0)
    return [
        Sample(
            name=f'{index:06d}',
            image=rng.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8),
            camera=camera,
            depth_m=np.ones((HEIGHT, WIDTH), np.float32),
            stamp_ns=index * 100_000_000 + 1,
        )
        for index in range(NUM_FRAMES)
    ]


@pytest.fixture
def image_file(tmp_path: Path) -> Path:
    path = tmp_path / 'image.png'
    cv2.imwrite(str(path), samples()[0].image[..., ::-1])
    return path


def predict(source: list[str], output: Path, *options: str) -> list[np.ndarray]:
    argv = ['predict', *source, '--output', str(output), '--backend', 'fake', *options]
    assert main(argv) == 0
    names = sorted(path.name for path in output.iterdir())
    arrays = [np.load(path) for path in sorted(output.glob('*.npy'))]
    assert names == sorted(
        f'{index:06d}.{suffix}' for index in range(len(arrays)) for suffix in ('npy', 'png')
    )
    for path, depth in zip(sorted(output.glob('*.png')), arrays, strict=True):
        picture = cv2.imread(str(path))
        assert picture.shape == (*depth.shape, 3)
        assert picture.std() > 5
        assert depth.dtype == np.float32
    return arrays


def test_a_sequence_gives_a_depth_for_every_frame(tmp_path, caplog):
    write_sequence(tmp_path / 'sequence', samples(), name='test')
    arrays = predict(['--sequence', str(tmp_path / 'sequence')], tmp_path / 'out')
    assert [depth.shape for depth in arrays] == [(HEIGHT, WIDTH)] * NUM_FRAMES
    assert not np.array_equal(arrays[0], arrays[1])
    assert 'focal length' not in caplog.text


def test_a_bag_gives_the_same_as_its_sequence(tmp_path):
    write_sequence(tmp_path / 'sequence', samples(), name='test')
    write_bag(samples(), tmp_path / 'test.bag', rate_hz=10.0)
    expected = predict(['--sequence', str(tmp_path / 'sequence')], tmp_path / 'a')
    arrays = predict(['--bag', str(tmp_path / 'test.bag')], tmp_path / 'b')
    assert all(np.array_equal(*pair) for pair in zip(arrays, expected, strict=True))


def test_a_video_gives_a_depth_for_every_frame(tmp_path):
    path = tmp_path / 'video.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 10.0, (WIDTH, HEIGHT))
    for sample in samples():
        writer.write(sample.image[..., ::-1])
    writer.release()
    assert len(predict(['--video', str(path)], tmp_path / 'out')) == NUM_FRAMES


def test_the_focal_length_sets_the_scale(tmp_path, image_file, caplog):
    with caplog.at_level(logging.WARNING):
        near, far = (
            predict(['--image', str(image_file)], tmp_path / focal, '--fx-px', focal)[0]
            for focal in ('110', '220')
        )
    np.testing.assert_allclose(far, 2 * near, rtol=1e-5)
    assert 'focal length' not in caplog.text


def test_without_a_focal_length_one_warning_says_that_the_scale_is_a_guess(tmp_path, caplog):
    write_sequence(tmp_path / 'sequence', samples(camera=None), name='test')
    with caplog.at_level(logging.WARNING):
        arrays = predict(['--sequence', str(tmp_path / 'sequence')], tmp_path / 'out')
    assert len(arrays) == NUM_FRAMES
    assert caplog.text.count('focal length is unknown') == 1


def test_a_model_file_predicts(tmp_path, image_file, capsys):
    argv = ['predict', '--image', str(image_file), '--output', str(tmp_path / 'out')]
    assert main([*argv, '--model', str(random_model().onnx_path), '--fx-px', '100']) == 0
    assert not np.isnan(np.load(tmp_path / 'out' / '000000.npy')).any()
    assert 'depth of 1 frames by random' in capsys.readouterr().out


def test_refined_depth_has_the_detail_of_the_image_and_the_scale_of_the_model(
    tmp_path, image_file
):
    options = ['--fx-px', '110']
    coarse = predict(['--image', str(image_file)], tmp_path / 'coarse', *options)[0]
    refined = predict(['--image', str(image_file)], tmp_path / 'refined', *options, '--refine')[0]
    assert refined.shape == coarse.shape
    assert np.median(coarse / refined) == pytest.approx(1, abs=1e-3)
    noise = (np.abs(np.diff(depth, axis=1)).mean() for depth in (refined, coarse))
    assert next(noise) > 5 * next(noise)


def test_a_refiner_of_the_user_refines_every_frame(tmp_path, capsys):
    write_sequence(tmp_path / 'sequence', samples(), name='test')
    argv = ['predict', '--sequence', str(tmp_path / 'sequence'), '--output', str(tmp_path / 'out')]
    argv += ['--model', str(random_weights(TINY).safetensors_path)]
    argv += ['--refine', str(random_refiner_weights().safetensors_path)]
    assert main(argv) == 0
    assert f'depth of {NUM_FRAMES} frames by random refined by random_refiner' in (
        capsys.readouterr().out
    )
    assert len(list((tmp_path / 'out').glob('*.npy'))) == NUM_FRAMES


def test_without_a_refiner_the_error_names_it(tmp_path, image_file, capsys, monkeypatch):
    monkeypatch.setattr(predictor, 'DEFAULT_REFINER', 'patch_refiner_v9')
    argv = ['predict', '--image', str(image_file), '--output', str(tmp_path / 'out')]
    assert main([*argv, '--refine']) == 1
    message = capsys.readouterr().err
    assert "there is no model 'patch_refiner_v9'" in message
    assert message.count('\n') == 1


@pytest.mark.parametrize(
    ('source', 'reason'),
    [
        (['--image', '{}/none.png'], 'none.png cannot be read'),
        (['--image', '{}/text.png'], 'no readable image'),
        (['--image', '{}/half.jpg'], 'half.jpg is no readable image'),
        (['--sequence', '{}'], 'no sequence folder'),
        (['--video', '{}/none.mp4'], 'does not exist'),
        (['--bag', '{}/none.bag'], 'none.bag'),
    ],
)
def test_a_mistake_is_one_line(tmp_path, capsys, source, reason):
    (tmp_path / 'text.png').write_text('no image')
    jpeg = cv2.imencode('.jpg', samples()[0].image)[1].tobytes()
    (tmp_path / 'half.jpg').write_bytes(jpeg[: len(jpeg) // 2])
    argv = [word.format(tmp_path) for word in source]
    assert main(['predict', *argv, '--output', str(tmp_path / 'out'), '--backend', 'fake']) == 1
    message = capsys.readouterr().err
    assert reason in message
    assert message.count('\n') == 1


@pytest.mark.parametrize('focal', ['-3', '0', 'nan', 'inf'])
def test_an_impossible_focal_length_is_wrong_use(tmp_path, image_file, capsys, focal):
    argv = ['predict', '--image', str(image_file), '--output', str(tmp_path / 'out')]
    assert main([*argv, f'--fx-px={focal}']) == 2
    message = capsys.readouterr().err
    assert 'positive focal length' in message
    assert message.count('\n') == 1


def test_a_topic_of_an_image_is_wrong_use(tmp_path, image_file, capsys):
    argv = ['predict', '--image', str(image_file), '--output', str(tmp_path / 'out')]
    assert main([*argv, '--image-topic', '/image']) == 2
    assert '--image-topic is for recordings; give --bag' in capsys.readouterr().err


def test_a_picture_that_cannot_be_written_is_one_line(tmp_path, image_file, capsys):
    (tmp_path / 'out' / '000000.png').mkdir(parents=True)
    argv = ['predict', '--image', str(image_file), '--output', str(tmp_path / 'out')]
    assert main([*argv, '--backend', 'fake', '--fx-px', '100']) == 1
    message = capsys.readouterr().err
    assert '000000.png cannot be written' in message
    assert message.count('\n') == 1


def test_an_unknown_model_is_one_line(tmp_path, image_file, capsys):
    argv = ['predict', '--image', str(image_file), '--output', str(tmp_path / 'out')]
    assert main([*argv, '--model', str(tmp_path / 'none.onnx')]) == 1
    message = capsys.readouterr().err
    assert 'none.onnx is missing' in message
    assert message.count('\n') == 1


@pytest.mark.parametrize('source', [[], ['--image', 'a.png', '--video', 'b.mp4']])
def test_exactly_one_source_is_needed(source, tmp_path):
    with pytest.raises(SystemExit) as caught:
        main(['predict', *source, '--output', str(tmp_path)])
    assert caught.value.code == 2
