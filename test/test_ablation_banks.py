"""The banks of the ablation: made of each other, made once, and of one teacher and student."""

from dataclasses import replace
from pathlib import Path
import sys

import pytest
from tiny_networks import TINY_SMALL_DEPTH
from tiny_training import make_source
import torch

from depth_nodes.data.sequence import write_sequence
from depth_nodes.errors import ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.checkpoints import Checkpoint, save_checkpoint
from depth_nodes.networks.prior.bank import load_bank
from depth_nodes.networks.prior.small_prior import prior_config, SmallDepthPrior
from depth_nodes.networks.small_depth import SmallDepth
from depth_nodes.training.prior.bank_config import PriorBankConfig
from depth_nodes.training.source_config import SourceConfig


@pytest.fixture(scope='module')
def banks():
    """The script, for few entries."""
    path = str(Path(__file__).resolve().parents[1] / 'benchmarks')
    sys.path.insert(0, path)  # as for a script
    import ablation_banks

    ablation_banks.NUM_SELECTED = 20
    ablation_banks.NUM_PROTOTYPES = {'4k': 8, '1k': 4}
    yield ablation_banks
    sys.path.remove(path)
    for name in ('ablation_banks', 'ablation', 'ablation_rows'):
        del sys.modules[name]


def save_network(path, network, name, **metadata):
    save_checkpoint(
        path,
        Checkpoint(
            network=network, network_name=name, canonical=CanonicalCamera(), metadata=metadata
        ),
    )
    return str(path)


@pytest.fixture
def config(tmp_path):
    write_sequence(tmp_path / 'corridor', iter(make_source().samples), name='corridor')
    teacher = SmallDepth(TINY_SMALL_DEPTH)
    return PriorBankConfig(
        name='tiny',
        license='Apache-2.0',
        teacher=save_network(tmp_path / 'teacher.safetensors', teacher, 'small_depth'),
        data_root=str(tmp_path),
        sources=(SourceConfig(sequence='corridor'),),
        validation=(SourceConfig(sequence='corridor', num_frames=1),),
        num_frames=1,
        teacher_size=(96, 128),
        student_size=(96, 128),
        num_channels=5,
        device='cpu',
    )


def test_banks_are_selected_clustered_and_made_once(banks, config, tmp_path):
    banks.make_banks(tmp_path, config)
    candidates, *random = (
        load_bank(tmp_path / f'{name}.safetensors')
        for name in ('candidates', 'random_25k', 'random_4k', 'random_1k')
    )
    assert [len(bank.log_depth) for bank in random] == [20, 8, 4]
    for bank in random[1:]:
        assert bank.log_count.exp().sum().item() == pytest.approx(20, rel=1e-3)
    student = SmallDepthPrior(prior_config(TINY_SMALL_DEPTH, candidates))
    student.fusion.take_over(candidates)
    path = save_network(
        tmp_path / 'student.safetensors',
        student,
        'small_depth_prior',
        prior_bank=candidates.provenance,
    )
    written = (tmp_path / 'candidates.safetensors').stat().st_mtime_ns
    banks.make_banks(tmp_path, config, path)
    assert (tmp_path / 'candidates.safetensors').stat().st_mtime_ns == written
    selected = load_bank(tmp_path / 'selected_1k.safetensors')
    assert len(selected.log_depth) == 4
    assert selected.provenance['selection'] == 'attention'
    torch.nn.init.ones_(student.fusion.gate)
    save_network(Path(path), student, 'small_depth_prior')
    with pytest.raises(ConfigError, match=r'selected_25k\.safetensors is not of .*student'):
        banks.make_banks(tmp_path, config, path)


def test_banks_of_another_teacher_are_refused(banks, config, tmp_path):
    banks.make_banks(tmp_path, config)
    other = save_network(
        tmp_path / 'other.safetensors', SmallDepth(TINY_SMALL_DEPTH), 'small_depth'
    )
    with pytest.raises(ConfigError, match=r'candidates\.safetensors is not of .*other'):
        banks.make_banks(tmp_path, replace(config, teacher=other))
