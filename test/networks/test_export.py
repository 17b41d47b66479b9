"""The exported graph says what the network says, at every size, and carries its camera."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from random_model import CANONICAL, METADATA, random_model, random_network
from tiny_networks import TINY_SMALL_DEPTH
import torch

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.export import exported_program


@pytest.fixture(scope='module')
def session() -> onnxruntime.InferenceSession:
    path = random_model().onnx_path
    return onnxruntime.InferenceSession(str(path), providers=['CPUExecutionProvider'])


@pytest.mark.parametrize('size', [(96, 96), (128, 416), (192, 640)])
def test_onnx_runtime_agrees_with_torch(session, size):
    image = np.random.default_rng(1).random((1, 3, *size), dtype=np.float32)
    (output,) = session.run(['sigmoid_output'], {'image': image})
    with torch.inference_mode():
        expected = random_network()(torch.from_numpy(image)).full.numpy()
    assert output.shape == (1, 1, *size)
    assert np.ptp(expected) > 0.5
    assert np.abs(output - expected).max() <= 1e-4 * np.ptp(expected)


def test_far_pixels_are_exact_too(session):
    """Sigmoid outputs near 0 are far: there an absolute error of 1e-7 would be metres."""
    image = np.random.default_rng(2).random((1, 3, 96, 96), dtype=np.float32)
    (output,) = session.run(None, {'image': image})
    with torch.inference_mode():
        network = random_network().double()
        expected = network(torch.from_numpy(image).double()).full.numpy()
    far = expected < 1e-3
    assert far.any()
    np.testing.assert_allclose(output[far], expected[far], rtol=1e-3)


def test_the_file_carries_camera_and_metadata(session):
    header = json.loads(session.get_modelmeta().custom_metadata_map['depth_nodes'])
    assert CanonicalCamera(**header['canonical']) == CANONICAL
    assert header['metadata'] == METADATA


def test_the_file_names_no_path_of_the_machine_that_wrote_it():
    content = random_model().onnx_path.read_bytes()
    assert str(Path(__file__).resolve().parents[2]).encode() not in content
    assert b'.py"' not in content


def test_one_program_serves_every_size():
    network = random_network(TINY_SMALL_DEPTH)
    program = exported_program(network).module()
    for size in ((96, 128), (160, 96)):
        image = torch.rand(1, 3, *size)
        with torch.inference_mode():
            torch.testing.assert_close(program(image), network(image).full, rtol=1e-4, atol=1e-5)
    with pytest.raises(AssertionError):
        program(torch.rand(1, 3, 96, 130))
