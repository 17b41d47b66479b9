"""What applies is added up, and nothing else."""

from dataclasses import replace

import pytest
from tiny_training import CONFIG, make_source, make_trainer, WHOLE_METHOD, with_neighbours
import torch

from depth_nodes.networks.depth_network import Prediction
from depth_nodes.networks.small_depth import SmallDepth
from depth_nodes.training.batch import network_image
from depth_nodes.training.criterion import Criterion
from depth_nodes.training.function_approximation import ApproximationConfig
from depth_nodes.training.process_group import ProcessGroup
from depth_nodes.training.sampler import BatchSampler
from depth_nodes.training.source_config import SourceConfig

LABEL_TERMS = {'loss', 'scale_invariant', 'gradient_matching', 'sky'}
NEIGHBOUR_TERMS = {'photometric', 'structure', 'feature', 'smoothness', 'motion'}
TEACHER_TERMS = {'approximation_encoder', 'approximation_decoder', 'approximation_output'}


def terms_of(config, batch, level='cr'):
    torch.manual_seed(0)
    images = [network_image(batch.image)]
    if batch.neighbours is not None:
        images.append(network_image(batch.neighbours.image))
    prediction = SmallDepth(CONFIG.network).predict(torch.cat(images))
    assert isinstance(prediction, Prediction)
    return Criterion(config, ProcessGroup())(prediction, batch, level, 0.0)


def test_labels_alone():
    loss, terms = terms_of(CONFIG, BatchSampler([make_source()], CONFIG).batch(0))
    assert set(terms) == LABEL_TERMS
    assert loss == terms['loss']


def test_neighbours_alone():
    source = SourceConfig(sequence='unused', neighbour_step=1, supervision='none')
    config = replace(WHOLE_METHOD, sources=(source,))
    batch = BatchSampler([with_neighbours(make_source())], config).batch(0)
    loss, terms = terms_of(config, batch)
    assert set(terms) == NEIGHBOUR_TERMS
    weights = {name: getattr(config.self_supervision, f'{name}_weight') for name in terms}
    expected = sum(weights[name] * value.item() for name, value in terms.items())
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_a_larger_network_is_listened_to_at_the_current_resolution(tmp_path):
    teacher = make_trainer(tmp_path, replace(CONFIG, num_steps=1)).train()
    config = replace(CONFIG, approximation=ApproximationConfig(teacher=str(teacher)))
    batch = BatchSampler([make_source()], config).batch(0)
    loss, terms = terms_of(config, batch)
    assert set(terms) == LABEL_TERMS | TEACHER_TERMS
    expected = terms['loss'] + sum(terms[name] for name in TEACHER_TERMS)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    for level in ('lr', 'flip'):
        assert set(terms_of(config, batch, level)[1]) == LABEL_TERMS
