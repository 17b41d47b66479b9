"""Checkpoints come back bit by bit, or are refused in one line."""

import pytest
from safetensors.torch import save_file
import torch

from depth_nodes.errors import CheckpointError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from depth_nodes.networks.small_depth import SmallDepth, SmallDepthConfig

TINY = SmallDepthConfig(widths=(8, 8, 16, 16, 32), last_width=8, num_blocks=(0, 0, 0, 1, 0))


@pytest.fixture
def path(tmp_path):
    file = tmp_path / 'folder' / 'tiny.safetensors'
    checkpoint = Checkpoint(
        network=SmallDepth(TINY),
        network_name='small_depth',
        canonical=CanonicalCamera(focal_px=300.0),
        metadata={'name': 'tiny', 'license': 'Apache-2.0'},
    )
    save_checkpoint(file, checkpoint)
    return file


def test_round_trip(path):
    first, second = load_checkpoint(path), load_checkpoint(path)
    assert first.network.config == TINY
    assert first.canonical == CanonicalCamera(focal_px=300.0)
    assert first.metadata == {'name': 'tiny', 'license': 'Apache-2.0'}
    assert not first.network.training
    image = torch.rand(1, 3, 96, 96)
    with torch.no_grad():
        assert torch.equal(first.network(image).full, second.network(image).full)
    assert list(path.parent.iterdir()) == [path]


def test_a_missing_file_says_where_to_look(tmp_path):
    with pytest.raises(CheckpointError, match='depth_nodes models'):
        load_checkpoint(tmp_path / 'none.safetensors')


@pytest.mark.parametrize('damage', ['truncated', 'text', 'foreign', 'canonical'])
def test_damaged_files_are_refused_in_one_line(path, damage):
    if damage == 'truncated':
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == 'text':
        path.write_text('not weights')
    elif damage == 'canonical':  # of the same length, so that the file stays whole
        path.write_bytes(path.read_bytes().replace(b'300.0', b'-30.0'))
    else:
        save_file({'weight': torch.zeros(1)}, path)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    assert '\n' not in str(caught.value)
    assert str(path) in str(caught.value)
