"""The state on disk is all of a training, or an error that says what to do."""

import pytest
from safetensors.torch import save_file
import torch
from torch import nn

from depth_nodes.errors import CheckpointError
from depth_nodes.training.checkpointing import load_state, save_state

PROGRESS = {'step': 7, 'elapsed_s': 1 / 3}
SETTINGS = {'canonical.focal_px': 256.1, 'etm.branches': ('identity', 'row')}


def learner(num_inputs=3):
    torch.manual_seed(num_inputs)
    network = nn.Sequential(nn.Linear(num_inputs, 2), nn.BatchNorm1d(2))
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.1)
    return network, optimizer


def take_step(network, optimizer):
    optimizer.zero_grad()
    network(torch.arange(12.0).view(4, 3)).square().sum().backward()
    optimizer.step()


def test_a_loaded_state_goes_on_as_the_saved_one(tmp_path):
    first, second = learner(), learner()
    take_step(*first)
    save_state(tmp_path / 'state', {'network': first[0]}, first[1], PROGRESS, SETTINGS)
    loaded = load_state(tmp_path / 'state', {'network': second[0]}, second[1], SETTINGS)
    assert loaded == PROGRESS
    for one in (first, second):
        take_step(*one)
    for name, value in first[0].state_dict().items():
        assert torch.equal(value, second[0].state_dict()[name])


def test_nothing_half_written_is_left(tmp_path):
    network, optimizer = learner()
    save_state(tmp_path / 'state', {'network': network}, optimizer, PROGRESS, SETTINGS)
    assert [path.name for path in tmp_path.iterdir()] == ['state']


def test_other_files_are_refused(tmp_path):
    network, optimizer = learner()
    path = tmp_path / 'state'
    for write in (
        lambda: path.write_bytes(b'no tensors'),
        lambda: save_file({'network.x': torch.zeros(1)}, path),  # without a header
        lambda: save_state(path, {'other': network}, optimizer, PROGRESS, SETTINGS),
        lambda: save_state(path, {'network': learner(5)[0]}, optimizer, PROGRESS, SETTINGS),
    ):
        write()
        with pytest.raises(CheckpointError, match='give another --output or remove the file'):
            load_state(path, {'network': network}, optimizer, SETTINGS)


def test_a_changed_setting_is_named_and_one_that_the_file_does_not_know_is_believed(tmp_path):
    network, optimizer = learner()
    networks, path = {'network': network}, tmp_path / 'state'
    save_state(path, networks, optimizer, PROGRESS, SETTINGS)
    changed = {**SETTINGS, 'etm.branches': ('row',)}
    with pytest.raises(
        CheckpointError, match=r"etm\.branches was \['identity', 'row'\] and is now"
    ):
        load_state(path, networks, optimizer, changed)
    assert load_state(path, networks, optimizer, {**SETTINGS, 'later': 1}) == PROGRESS
    save_state(path, networks, optimizer, PROGRESS, {})
    assert load_state(path, networks, optimizer, changed) == PROGRESS
