"""Banks come back, small, or are refused in one line."""

import json

import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file
import torch

from depth_nodes.errors import CheckpointError
from depth_nodes.model_header import HEADER_KEY
from depth_nodes.networks.prior.bank import load_bank, load_bank_file, PriorBank, save_bank

PROVENANCE = {'teacher': 'large', 'teacher_sha256': 'ab', 'training_data': ['street'], 'seed': 3}


def make_bank(num_entries=20, channels=6):
    torch.manual_seed(0)
    return PriorBank(
        features=torch.randn(num_entries, channels).half().float(),
        log_depth=torch.randn(num_entries),
        log_count=torch.rand(num_entries),
        provenance=PROVENANCE,
    )


@pytest.fixture
def path(tmp_path):
    file = tmp_path / 'folder' / 'bank.safetensors'
    save_bank(file, make_bank())
    return file


def test_a_bank_comes_back_with_where_it_is_from(path):
    bank, expected = load_bank(path), make_bank()
    for name in ('features', 'log_depth', 'log_count'):
        assert torch.equal(getattr(bank, name), getattr(expected, name))
    assert bank.provenance == PROVENANCE
    assert load_bank_file(path).fusion == {}


def test_the_weights_of_a_fusion_come_back_beside_it(tmp_path):
    fusion = {'query.weight': torch.randn(4, 6), 'gate': torch.tensor(0.3)}
    save_bank(tmp_path / 'bank.safetensors', make_bank(), fusion)
    found = load_bank_file(tmp_path / 'bank.safetensors')
    assert found.fusion.keys() == fusion.keys()
    assert all(torch.equal(found.fusion[name], one) for name, one in fusion.items())
    assert torch.equal(found.bank.features, make_bank().features)


def test_a_thousand_prototypes_are_less_than_a_megabyte(tmp_path):
    save_bank(tmp_path / 'bank.safetensors', make_bank(1024, 256))
    assert (tmp_path / 'bank.safetensors').stat().st_size < 1e6


def test_a_subset_keeps_what_belongs_together():
    bank = make_bank()
    part = bank.subset(torch.tensor([3, 1]))
    assert torch.equal(part.features[0], bank.features[3])
    assert torch.equal(part.log_depth, bank.log_depth[[3, 1]])


def rewritten(path, header=None, **changes):
    """The file with other tensors, None for none, or another header."""
    with safe_open(path, framework='pt') as file:
        metadata = file.metadata()
    tensors = {**load_file(path), **changes}
    kept = {name: one for name, one in tensors.items() if one is not None}
    save_file(kept, path, metadata if header is None else header)


@pytest.mark.parametrize(
    'changes',
    [
        {'features': None},
        {'features': torch.zeros(20)},
        {'features': torch.zeros(0, 6), 'log_depth': torch.zeros(0), 'log_count': torch.zeros(0)},
        {'log_depth': torch.zeros(19)},
        {'log_count': torch.full((20,), torch.nan)},
        {'unheard_of': torch.zeros(20)},
        {'header': {}},
        {'header': {HEADER_KEY: json.dumps({'bank_version': 2, 'metadata': {}})}},
        {'header': {HEADER_KEY: '[1]'}},
    ],
)
def test_what_is_no_bank_is_refused_in_one_line(path, changes):
    rewritten(path, **changes)
    require_refusal(path)


def test_what_is_cut_off_or_not_there_is_refused_in_one_line(path):
    path.write_bytes(path.read_bytes()[:-100])
    require_refusal(path)
    path.write_text('not a bank')
    require_refusal(path)
    path.unlink()
    require_refusal(path)


def require_refusal(path):
    with pytest.raises(CheckpointError, match='depth_nodes prior-bank') as caught:
        load_bank(path)
    assert '\n' not in str(caught.value)
    assert str(path) in str(caught.value)
