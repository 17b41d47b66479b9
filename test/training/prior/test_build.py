"""Banks are built from a teacher and frames, the same one each time."""

from dataclasses import asdict, replace
import math

import numpy as np
import pytest
from tiny_networks import TINY_MULTI_FRAME_DEPTH, TINY_SMALL_DEPTH
from tiny_training import make_source
import torch

from depth_nodes.data.sequence import write_sequence
from depth_nodes.errors import CheckpointError, ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from depth_nodes.networks.multi_frame_depth import MultiFrameDepth
from depth_nodes.networks.prior.bank import load_bank, save_bank
from depth_nodes.networks.prior.small_prior import SmallDepthPrior, SmallDepthPriorConfig
from depth_nodes.networks.small_depth import SmallDepth
from depth_nodes.training.prior.bank_config import PriorBankConfig
from depth_nodes.training.prior.build import build_bank
from depth_nodes.training.prior.selection import with_candidates
from depth_nodes.training.source_config import SourceConfig

CELLS = 7 * 10  # of 120x160 px, the last row of 16x16 being cut off


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp('bank')
    torch.manual_seed(0)
    network = SmallDepth(TINY_SMALL_DEPTH).eval()
    metadata = {'name': 'large', 'training_data': ['alley', 'corridor']}
    checkpoint = Checkpoint(
        network=network,
        network_name='small_depth',
        canonical=CanonicalCamera(),
        metadata=metadata,
    )
    save_checkpoint(path / 'teacher.safetensors', checkpoint)
    write_sequence(path / 'corridor', iter(make_source().samples), name='corridor')
    return path


@pytest.fixture
def config(folder):
    return PriorBankConfig(
        name='tiny',
        license='Apache-2.0',
        teacher=str(folder / 'teacher.safetensors'),
        data_root=str(folder),
        sources=(SourceConfig(sequence='corridor'),),
        num_frames=3,
        teacher_size=(120, 160),
        student_size=(96, 128),
        num_channels=5,
        device='cpu',
    )


def write_student(folder, bank, provenance):
    torch.manual_seed(1)
    num_entries, channels = bank.features.shape
    settings = asdict(TINY_SMALL_DEPTH)
    student = SmallDepthPrior(
        SmallDepthPriorConfig(**settings, num_entries=num_entries, bank_channels=channels)
    )
    student.fusion.take_over(bank)
    checkpoint = Checkpoint(
        network=student,
        network_name='small_depth_prior',
        canonical=CanonicalCamera(),
        metadata={'prior_bank': provenance},
    )
    save_checkpoint(folder / 'student.safetensors', checkpoint)
    return student.eval(), str(folder / 'student.safetensors')


def test_a_bank_holds_every_cell_or_a_share_of_the_pixels(config):
    bank = build_bank(config)
    assert bank.features.shape == (3 * CELLS, 5)
    assert (bank.log_count == 0).all()
    # Each frame's depth is over its own median.
    for frame in bank.log_depth.split(CELLS):
        assert frame.median().item() == pytest.approx(0, abs=1e-6)
    few = build_bank(replace(config, pixel_share=0.001))
    assert len(few.log_depth) == 3 * round(0.001 * 120 * 160)


def test_a_teacher_of_several_frames_looks_at_the_one_before(config, folder):
    samples = make_source().samples
    poses = [np.eye(4) for _ in samples]
    for index, pose in enumerate(poses):
        pose[0, 3] = 0.2 * index
    posed = [
        replace(one, world_from_camera=pose) for one, pose in zip(samples, poses, strict=True)
    ]
    write_sequence(folder / 'drive', iter(posed), name='drive')
    teacher = load_checkpoint(folder / 'teacher.safetensors')
    network = MultiFrameDepth(TINY_MULTI_FRAME_DEPTH)
    network.single.load_state_dict(teacher.network.state_dict())
    torch.nn.init.normal_(network.reduce[-1].weight, std=0.1)
    path = folder / 'several.safetensors'
    save_checkpoint(path, replace(teacher, network=network, network_name='multi_frame_depth'))

    def entries(teacher, **settings):
        source = SourceConfig(sequence='drive', **settings)
        return build_bank(
            replace(config, teacher=str(teacher), sources=(source,), num_frames=4)
        ).log_depth

    single = entries(folder / 'teacher.safetensors')
    assert torch.equal(single, entries(path, neighbour_step=1, poses='estimated'))
    # One of the four frames is the first.
    moved = (entries(path, neighbour_step=1) != single).view(4, CELLS).float().mean(dim=1)
    assert sorted(moved > 0.5) == [False, True, True, True]
    with pytest.raises(ConfigError, match='give one a neighbour_step'):
        entries(path)


def test_a_bank_knows_where_it_is_from(config):
    found = build_bank(config).provenance
    assert found['teacher'] == 'large'
    assert len(found['teacher_sha256']) == len(found['basis_sha256']) == 64
    assert found['training_data'] == ['corridor', 'alley']
    assert (found['frames'], found['drawn'], found['seed']) == (3, 3 * CELLS, 0)
    assert found['license'] == 'Apache-2.0'


def test_the_same_settings_give_the_same_bank(config):
    settings = replace(config, pixel_share=0.001, num_prototypes=10)
    one, same = build_bank(settings), build_bank(settings)
    assert torch.equal(one.features, same.features)
    assert one.provenance == same.provenance
    other = build_bank(replace(settings, seed=1))
    assert not torch.equal(one.features, other.features)


def test_without_a_student_a_selection_is_random(config):
    bank = build_bank(replace(config, num_selected=20))
    every = build_bank(config)
    assert len(bank.log_depth) == 20
    assert all((every.features == one).all(dim=1).any() for one in bank.features)
    assert bank.provenance['selection'] == 'random'


def test_a_student_selects_what_it_attends_to_most(config, folder, tmp_path):
    candidates = tmp_path / 'candidates.safetensors'
    save_bank(candidates, build_bank(config))
    bank = load_bank(candidates)
    # It has learnt with some of them and is asked about all.
    student, path = write_student(tmp_path, bank.subset(torch.arange(30)), bank.provenance)
    settings = replace(
        config,
        candidates=str(candidates),
        student=path,
        validation=(SourceConfig(sequence='corridor', num_frames=1),),
        num_selected=12,
    )
    found = build_bank(settings)
    with torch.no_grad():
        keys = student.fusion.key(bank.features)
    kept = [int((bank.features == one).all(dim=1).nonzero()[0, 0]) for one in found.features]
    assert kept == sorted(kept)
    assert len(set(kept)) == 12
    assert len(keys) == 3 * CELLS
    assert 12 / (3 * CELLS) < found.provenance['attention_share'] < 1
    assert found.provenance['selection'] == 'attention'
    assert found.provenance['teacher'] == 'large'


def test_a_student_of_another_teacher_is_refused(config, tmp_path):
    bank = build_bank(config)
    _, path = write_student(tmp_path, bank, {'basis_sha256': 'another'})
    settings = replace(
        config, student=path, validation=(SourceConfig(sequence='corridor'),), num_selected=5
    )
    with pytest.raises(ConfigError, match='another teacher'):
        build_bank(settings)
    with pytest.raises(ConfigError, match='another teacher'):
        build_bank(replace(settings, student=config.teacher))


def test_a_student_without_a_prior_or_of_other_channels_is_refused(config):
    bank = build_bank(config)
    with pytest.raises(ConfigError, match='no prior'):
        with_candidates(SmallDepth(TINY_SMALL_DEPTH), bank, torch.device('cpu'))
    other = SmallDepthPrior(SmallDepthPriorConfig(bank_channels=6))
    with pytest.raises(ConfigError, match='6 channels'):
        with_candidates(other, bank, torch.device('cpu'))


def test_prototypes_stand_for_all_that_was_drawn(config):
    bank = build_bank(replace(config, num_prototypes=8))
    assert bank.log_count.exp().sum().item() == pytest.approx(3 * CELLS)
    assert bank.log_count.max() < math.log(3 * CELLS)


def test_what_cannot_be_built_is_refused(config):
    with pytest.raises(ConfigError, match='no more'):
        build_bank(replace(config, num_selected=1000))
    with pytest.raises(ConfigError, match='to choose from'):
        replace(config, teacher='')
    with pytest.raises(ConfigError, match='sources'):
        replace(config, sources=())
    with pytest.raises(ConfigError, match='validation'):
        replace(config, student='student.safetensors')
    with pytest.raises(CheckpointError, match='does not exist'):
        build_bank(replace(config, candidates='nowhere.safetensors'))
