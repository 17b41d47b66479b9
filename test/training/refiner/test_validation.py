"""Held-out frames before and after they are refined."""

import numpy as np
import pytest
from tiny_refinement import drive_source, refiner_config
import torch
from torch import nn

from depth_nodes.data.transforms import view_of_window, Window
from depth_nodes.errors import InputError
from depth_nodes.training.process_group import ProcessGroup
from depth_nodes.training.refiner.learner import RefinerLearner
from depth_nodes.training.refiner.validation import depth_maps, validate_refinement


@pytest.fixture
def network(tmp_path):
    return RefinerLearner(refiner_config(tmp_path), ProcessGroup()).averaged


def test_an_untrained_refiner_scores_as_the_coarse_network(network, tmp_path):
    scores = validate_refinement(network, [drive_source(2)], refiner_config(tmp_path))
    names = ['abs_rel', 'rmse_m', 'edge_f1']
    assert list(scores) == [
        f'drive/{stage}_{name}' for stage in ('coarse', 'refined') for name in names
    ]
    for name in names:
        assert scores[f'drive/refined_{name}'] == pytest.approx(scores[f'drive/coarse_{name}'])
    assert 0 < scores['drive/coarse_abs_rel'] < 1


def test_depth_is_of_the_frame_and_in_its_metres(network, tmp_path):
    sample = drive_source(1).samples[0]
    coarse, refined = depth_maps(network, sample, refiner_config(tmp_path))
    assert coarse.shape == refined.shape == sample.depth_m.shape
    np.testing.assert_allclose(refined, coarse, rtol=1e-4)
    # 72x192 fits without a resize.
    view = view_of_window(sample, Window(72, 192, 0, 0, 72, 192))
    image = torch.from_numpy(np.pad(view.image, ((0, 24), (0, 0), (0, 0)), mode='edge'))
    with torch.no_grad():
        output = network.coarse(image.permute(2, 0, 1)[None].float() / 255).full
    canonical = 1 / network.canonical.inverse_depth_from_sigmoid(output)
    expected = network.canonical.depth_from_canonical(canonical, sample.camera.fx_px)
    np.testing.assert_allclose(coarse, expected[0, 0, :72], rtol=1e-4)


def test_tiles_are_put_together(network, tmp_path):
    nn.init.normal_(network.refiner.fine_to_coarse.residual.weight, std=0.3)
    sample, config = drive_source(1).samples[0], refiner_config(tmp_path)
    _, tiled = depth_maps(network, sample, config)
    coarse, _ = depth_maps(network, sample, config)
    assert np.isfinite(tiled).all()
    assert (tiled >= 0).all()
    assert np.abs(tiled - coarse).mean() > 1e-3


def test_frames_smaller_than_a_tile_are_told(network, tmp_path):
    with pytest.raises(InputError, match='less than a tile'):
        validate_refinement(
            network, [drive_source(1)], refiner_config(tmp_path, tile_size=(96, 96))
        )
