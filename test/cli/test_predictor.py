import numpy as np
import pytest
from random_model import random_model, random_weights, TINY
from random_refiner import random_refiner_weights

from depth_nodes.cli.predictor import make_predictor
from depth_nodes.data.sample import Sample
from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.model_store import file_sha256

IMAGE = np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)
SAMPLE = Sample(name='000000', image=IMAGE, camera=Camera.from_fov(128, 96, 60.0))


def test_every_prediction_is_an_array_of_its_own():
    predict = make_predictor('fake')
    first = predict(SAMPLE)
    before = first.copy()
    predict(Sample(name='000001', image=255 - IMAGE, camera=SAMPLE.camera))
    assert np.array_equal(first, before)


def test_the_range_can_be_widened():
    wide = make_predictor('fake', depth_range_m=(1e-3, 1e5))(SAMPLE)
    assert np.isfinite(wide).all()
    narrow = make_predictor('fake', depth_range_m=(1e-3, float(wide.mean())))(SAMPLE)
    assert np.isposinf(narrow).any()


@pytest.mark.parametrize(('backend', 'kind'), [('onnx', 'onnx'), ('torch', 'safetensors')])
def test_the_hash_is_that_of_the_file_that_runs(backend, kind):
    path = random_model().path(kind)
    predict = make_predictor(str(path), backend)
    assert predict.weights_sha256 == file_sha256(path)
    assert predict.model_name == 'random'
    predict.close()


def test_with_a_refiner_the_hash_is_the_refiners():
    path = random_refiner_weights().safetensors_path
    weights = str(random_weights(TINY).safetensors_path)
    predict = make_predictor(weights, 'torch', refine=str(path))
    assert predict.weights_sha256 == file_sha256(path)
    assert predict.model_name == 'random refined by random_refiner'
    predict.close()


def test_the_fake_has_no_weights():
    assert make_predictor('small_depth', 'fake').weights_sha256 == ''
