"""A bank goes with the model that it learnt with; any other is left out, and one line says why."""

from dataclasses import replace
import logging
import shutil

import numpy as np
import pytest
from random_model import random_model, random_weights, TINY
from tiny_bank import write_trained_network
import torch

from depth_nodes.cli.main import main
from depth_nodes.errors import CheckpointError
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.networks.prior.bank import load_bank_file, save_bank
from depth_nodes.runtime.backend import BackendConfig, make_backend
from depth_nodes.runtime.model_store import file_sha256, find_model
from depth_nodes.runtime.prior_bank import with_bank, with_bank_or_plain

CONFIG = BackendConfig(num_threads=1)
IMAGE = np.random.default_rng(0).random((1, 3, 96, 128), dtype=np.float32)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A bank with the fusion of a training in which the network was frozen, written by command."""
    path = tmp_path_factory.mktemp('bank')
    trained = write_trained_network(path)
    bank_file = path / 'bank.safetensors'
    options = ['--trained', str(trained), '--output', str(bank_file)]
    assert main(['prior-bank', *options]) == 0
    return path


@pytest.fixture(scope='module')
def graph(folder):
    model, bank = random_weights(TINY).safetensors_path, folder / 'bank.safetensors'
    output = bank.with_suffix('.onnx')
    options = ['--prior-bank', str(bank), '--output', str(output)]
    assert main(['export', '--model', str(model), *options]) == 0
    return output


def infer(model, backend='torch'):
    engine = make_backend(backend, model, CONFIG)
    return engine.infer(IMAGE).copy()


def test_the_bank_of_a_training_knows_its_network(folder):
    bank, fusion = load_bank_file(folder / 'bank.safetensors')
    model = random_weights(TINY)
    assert bank.provenance['network_sha256'] == file_sha256(model.safetensors_path)
    assert (bank.provenance['teacher'], bank.provenance['license']) == ('large', 'Apache-2.0')
    assert fusion['gate'] == 2


def test_model_and_bank_are_the_network_that_was_trained(folder):
    model = with_bank(random_weights(TINY), folder / 'bank.safetensors')
    trained = load_checkpoint(folder / 'trained.safetensors').network
    with torch.no_grad():
        expected = trained(torch.from_numpy(IMAGE)).full.numpy()
    np.testing.assert_allclose(infer(model), expected, atol=1e-5)
    assert np.abs(infer(random_weights(TINY)) - expected).max() > 1e-3


def test_the_exported_graph_is_the_same(folder, graph):
    model = with_bank(random_weights(TINY), folder / 'bank.safetensors')
    np.testing.assert_allclose(infer(find_model(str(graph)), 'onnx'), infer(model), atol=1e-5)
    # The model of a node has a graph of its own, in whose place that of the bank comes.
    both = with_bank_or_plain(
        replace(random_weights(TINY), onnx_path=random_model().onnx_path, onnx_sha256='0'),
        folder / 'bank.safetensors',
    )
    assert both.onnx_path == graph
    np.testing.assert_allclose(infer(both, 'onnx'), infer(model), atol=1e-5)


def test_the_entropy_of_the_rows_goes_out_with_the_depth(folder, graph):
    trained = load_checkpoint(folder / 'trained.safetensors').network
    with torch.no_grad():
        expected = trained.predict(torch.from_numpy(IMAGE)).retrieved.entropy.mean().item()
    assert 0.1 < expected < np.log(12)
    model = with_bank(random_weights(TINY), folder / 'bank.safetensors')
    plain = random_weights(TINY)
    for backend, one in (('torch', model), ('onnx', find_model(str(graph)))):
        engine = make_backend(backend, one, CONFIG)
        assert engine.prior_entropy is None
        engine.infer(IMAGE)
        assert engine.prior_entropy == pytest.approx(expected, rel=1e-4)
    engine = make_backend('torch', plain, CONFIG)
    engine.infer(IMAGE)
    assert engine.prior_entropy is None


def test_a_bank_that_does_not_fit_leaves_the_model_as_it_is(folder, graph, tmp_path, caplog):
    model = replace(random_weights(TINY), onnx_path=random_model().onnx_path)
    foreign = random_weights(replace(TINY, last_width=4))
    alone = shutil.copy(folder / 'bank.safetensors', tmp_path / 'alone.safetensors')
    (tmp_path / 'text.safetensors').write_bytes(b'no bank of any kind')
    shutil.copy(graph, tmp_path / 'stale.onnx')
    bank, fusion = load_bank_file(folder / 'bank.safetensors')
    save_bank(tmp_path / 'stale.safetensors', replace(bank, log_depth=bank.log_depth + 1), fusion)
    cases = [
        (model, tmp_path / 'nowhere.safetensors', 'does not exist'),
        (model, tmp_path / 'text.safetensors', 'fetch it again'),
        (model, folder / 'unlearnt.safetensors', 'has not learnt with'),
        (foreign, folder / 'bank.safetensors', 'has not learnt with'),
        (model, alone, 'depth_nodes export --model random'),
        (model, tmp_path / 'stale.safetensors', 'another prior bank'),
    ]
    for one, path, reason in cases:
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert with_bank_or_plain(one, path) == one
        assert [reason in record.message for record in caplog.records] == [True], path
        assert 'prior_bank is left out' in caplog.text


def test_an_export_with_a_foreign_bank_is_refused(folder, tmp_path, capsys):
    options = ['--prior-bank', str(folder / 'unlearnt.safetensors')]
    model = str(random_weights(TINY).safetensors_path)
    output = str(tmp_path / 'a.onnx')
    assert main(['export', '--model', model, *options, '--output', output]) == 1
    assert 'has not learnt with' in capsys.readouterr().err


def test_a_network_that_learnt_along_keeps_its_bank(folder, tmp_path, capsys):
    output = ['--output', str(tmp_path / 'a.safetensors')]
    model = str(random_weights(TINY).safetensors_path)
    assert main(['prior-bank', '--trained', model, *output]) == 2
    assert 'is_network_frozen' in capsys.readouterr().err


def test_a_network_of_another_kind_takes_no_bank(folder):
    fused = find_model(str(folder / 'trained.safetensors'))
    with pytest.raises(CheckpointError, match='takes no prior bank'):
        infer(replace(fused, prior_bank_path=folder / 'bank.safetensors'))
