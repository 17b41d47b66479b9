"""A network of several frames in the estimator: with poses it looks back, without it does not."""

from dataclasses import replace

import numpy as np
import pytest
from random_model import METADATA
from tiny_drive import tiny_drive
from tiny_networks import TINY_MULTI_FRAME_DEPTH
import torch

from depth_nodes.cli.predictor import make_predictor
from depth_nodes.data.sequence import Sequence, write_sequence
from depth_nodes.evaluation.evaluate import evaluate
from depth_nodes.evaluation.evaluation_config import EvaluationConfig
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.checkpoints import Checkpoint, save_checkpoint
from depth_nodes.networks.multi_frame_depth import MultiFrameDepth


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    """Files of a network of several frames, and of the single one inside it."""
    torch.manual_seed(0)
    network = MultiFrameDepth(TINY_MULTI_FRAME_DEPTH).eval()
    torch.nn.init.normal_(network.reduce[-1].weight, std=0.3)
    folder = tmp_path_factory.mktemp('weights')
    named = {'multi_frame_depth': network, 'small_depth': network.single}
    for name, one in named.items():
        save_checkpoint(
            folder / f'{name}.safetensors',
            Checkpoint(
                network=one, network_name=name, canonical=CanonicalCamera(), metadata=METADATA
            ),
        )
    return {name: str(folder / f'{name}.safetensors') for name in named}


@pytest.fixture(scope='module')
def frames():
    return [replace(one, stamp_ns=n * 10**8) for n, one in enumerate(tiny_drive(3))]


def predictions(model, frames):
    predict = make_predictor(model, 'torch')
    try:
        return [predict(frame) for frame in frames]
    finally:
        predict.close()


def test_it_looks_back_where_poses_are_known(weights, frames):
    several = predictions(weights['multi_frame_depth'], frames)
    alone = predictions(weights['small_depth'], frames)
    np.testing.assert_array_equal(several[0], alone[0])
    for seen, expected in zip(several[1:], alone[1:], strict=True):
        assert not np.allclose(seen, expected, rtol=1e-3)
    blind = [replace(frame, world_from_camera=None) for frame in frames]
    for seen, expected in zip(
        predictions(weights['multi_frame_depth'], blind), alone, strict=True
    ):
        np.testing.assert_array_equal(seen, expected)


def test_it_is_evaluated_on_a_folder_with_poses(weights, frames, tmp_path):
    for name in ('first', 'second'):
        write_sequence(tmp_path / name, frames, name=name)
    folders = [Sequence(tmp_path / name) for name in ('first', 'second')]
    several, alone = (
        evaluate(
            make_predictor(weights[name], 'auto', depth_range_m=(1e-3, 1e6)),
            folders,
            EvaluationConfig(),
            with_flip=True,
        )
        for name in ('multi_frame_depth', 'small_depth')
    )
    rows = [
        [row['abs_rel'] for row in found['sequences']['second']['per_frame']]
        for found in (several, alone)
    ]
    # The second folder does not go on from the first one, nor from any mirror image.
    assert (
        several['sequences']['first']['per_frame'] == several['sequences']['second']['per_frame']
    )
    assert rows[0][0] == rows[1][0]
    assert rows[0][1] != rows[1][1]
