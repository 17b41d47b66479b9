import argparse
from collections.abc import Iterator
import json
from pathlib import Path

import numpy as np
import pytest

from depth_nodes.cli import render
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence
from depth_nodes.data.synthetic.render import render_sequence
from depth_nodes.data.synthetic.scene import SceneConfig
from depth_nodes.errors import BackendError, ConfigError


def run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    render.add_arguments(parser)
    return render.run(parser.parse_args([str(argument) for argument in arguments]))


def test_every_scene_is_a_sequence_folder(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    small = ('--size', '48x64', '--frames', 2, '--output', tmp_path)
    assert run('--domain', 'street', '--scenes', 2, '--seed', 5, *small) == 0
    assert f'{tmp_path}: 2 x 2 frames' in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ['street_5', 'street_6']
    config = SceneConfig(domain='street', seed=6, num_frames=2, height_px=48, width_px=64)
    sequence = Sequence(tmp_path / 'street_6')
    assert sequence.license == 'Apache-2.0'
    for written, read in zip(render_sequence(config), sequence, strict=True):
        np.testing.assert_array_equal(read.image, written.image)
        near = written.depth_m < 255
        np.testing.assert_allclose(read.depth_m[near], written.depth_m[near], atol=1 / 500)
        assert (read.depth_m[~near] == 0).all()
        np.testing.assert_allclose(read.world_from_camera, written.world_from_camera, atol=1e-7)
        assert read.camera.fx_px == pytest.approx(written.camera.fx_px)


def test_a_stereo_pair_has_its_right_pictures_and_baseline(tmp_path: Path) -> None:
    run(
        *('--domain', 'room', '--size', '48x64', '--frames', 2, '--output', tmp_path),
        *('--stereo-baseline-m', 0.12, '--scattered', '--fov-deg', 80, '--renderer', 'ray_caster'),
    )
    sequence = Sequence(tmp_path / 'room_0')
    for sample in sequence:
        assert sample.right.shape == sample.image.shape
        assert (sample.right != sample.image).any()
        assert sample.stereo_baseline_m == 0.12
        assert sample.camera.fx_px == pytest.approx(32 / np.tan(np.radians(40)))
    # Half millimetres: rooms are small.
    description = json.loads((sequence.path / 'sequence.json').read_text())
    assert description['depth_scale_m'] == 1 / 2000
    assert description['is_scattered']


def test_the_spacing_of_frames_reaches_the_renderer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def render_sequence(config: SceneConfig) -> Iterator[Sample]:
        asked.append(config.frame_spacing_m)
        yield from ()

    monkeypatch.setattr(render, 'render_sequence', render_sequence)
    run('--domain', 'street', '--frame-spacing-m', 0.4, '--output', tmp_path / 'spaced')
    run('--domain', 'street', '--output', tmp_path / 'driven')
    assert asked == [0.4, None]


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (('--scenes', 0), '--scenes'),
        (('--frames', 0), 'at least 1'),
        (('--fov-deg', 179), 'fov_deg'),
        (('--seed', -1), 'seed'),
        (('--stereo-baseline-m', -1), 'stereo_baseline_m'),
        (('--frame-spacing-m', 0), 'frame_spacing_m'),
    ],
)
def test_nonsense_is_refused_before_the_work(tmp_path: Path, changes: tuple, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        run('--domain', 'room', '--output', tmp_path / 'out', *changes)
    assert not (tmp_path / 'out').exists()


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / 'room_3').mkdir()
    with pytest.raises(ConfigError, match='room_3 is there already'):
        run('--domain', 'room', '--seed', 2, '--scenes', 2, '--output', tmp_path)
    assert not (tmp_path / 'room_2').exists()


def test_missing_gl_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise BackendError('no OpenGL')

    monkeypatch.setattr(render, 'gl_context', missing)
    with pytest.raises(BackendError):
        run('--domain', 'room', '--renderer', 'gl', '--output', tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('size', ['48', '0x64', '48x9999', 'axb'])
def test_impossible_sizes_are_refused(tmp_path: Path, size: str) -> None:
    with pytest.raises(SystemExit):
        run('--domain', 'room', '--output', tmp_path, '--size', size)
