"""The models in models/: whole, described, and the same network in both of their files."""

from dataclasses import replace

import numpy as np
import pytest

from depth_nodes.data.sequence import Sequence
from depth_nodes.evaluation.metrics import EvaluationConfig, image_metrics
from depth_nodes.runtime.backend import BackendConfig, make_backend
from depth_nodes.runtime.estimator import make_estimator
from depth_nodes.runtime.model_store import list_models

MODELS = {model.name: model for model in list_models()}
CONFIG = BackendConfig(num_threads=1, device='cpu')


def test_the_default_model_is_permissive_and_the_other_is_not():
    licenses = {name: model.license for name, model in MODELS.items()}
    assert licenses == {'small_depth': 'Apache-2.0', 'small_depth_research': 'CC-BY-NC-SA-3.0'}
    assert MODELS['small_depth'].is_permissive
    assert not MODELS['small_depth_research'].is_permissive


@pytest.mark.parametrize('name', MODELS)
def test_both_files_hold_the_same_network(name):
    image = np.random.default_rng(0).random((1, 3, 96, 160), dtype=np.float32)
    outputs = []
    for backend in ('onnx', 'torch'):
        engine = make_backend(backend, MODELS[name], CONFIG)  # refuses a wrong sha256
        outputs.append(engine.infer(image).copy())
        engine.close()
    assert np.ptp(outputs[0]) > 0.001
    np.testing.assert_allclose(*outputs, rtol=0.0, atol=1e-4 * np.ptp(outputs[0]))


@pytest.mark.parametrize('name', MODELS)
def test_every_model_has_a_card_with_its_scores(name):
    card = MODELS[name].path('onnx').with_suffix('.md').read_text()
    for sequence, scores in MODELS[name].scores.items():
        row = next(line for line in card.splitlines() if line.startswith(f'| {sequence} |'))
        assert f'| {scores["abs_rel_metres"]:.3f} | {scores["abs_rel_median"]:.3f} |' in row


@pytest.mark.parametrize('name', MODELS)
def test_the_scores_are_those_of_the_files(name, shared_dir):
    sequence = Sequence(shared_dir / 'data' / 'eval' / 'seven_scenes_kitchen')
    with_scale = EvaluationConfig(align='none')
    estimator = make_estimator(name, 'onnx', backend_config=CONFIG)
    errors = []
    for sample in sequence:
        depth_m = estimator.estimate(sample.image, sample.camera).depth_m
        errors.append(image_metrics(depth_m, sample.depth_m, with_scale).abs_rel)
        medians = image_metrics(depth_m, sample.depth_m, replace(with_scale, align='median'))
        assert medians.density == 1
    estimator.close()
    expected = MODELS[name].scores[sequence.name]['abs_rel_metres']
    assert np.mean(errors) == pytest.approx(expected, abs=0.002)
