"""A prior bank of `depth_node`: its entropy is told, and one that does not fit is left out."""

import pytest
from random_model import random_weights, TINY
from tiny_bank import write_trained_bank

from depth_nodes.runtime.model_store import find_model

MODEL = str(random_weights(TINY).safetensors_path)


@pytest.fixture
def send(make_depth_node, image_message, camera_info_message):
    def start(prior_bank):
        depth_node = make_depth_node(backend='torch', model=MODEL, prior_bank=str(prior_bank))
        depth_node.subscribe('depth')
        depth_node.send(image_message, camera_info_message)
        values = depth_node.wait_for_count('published', 1)
        return depth_node.node._pipeline.estimator.model, values

    return start


def test_a_bank_is_used_and_its_entropy_told(send, tmp_path):
    bank = write_trained_bank(tmp_path)
    model, values = send(bank)
    assert model.prior_bank_path == bank
    assert 0 < float(values['prior entropy']) < 2.5  # ln 12


def test_a_bank_of_another_network_leaves_the_model_as_it_is(send, tmp_path, caplog):
    write_trained_bank(tmp_path)
    model, values = send(tmp_path / 'unlearnt.safetensors')
    assert model == find_model(MODEL)
    warnings = [one.message for one in caplog.records if 'prior_bank' in one.message]
    assert len(warnings) == 1
    assert 'has not learnt with' in warnings[0]
    assert 'prior entropy' not in values
