"""The models in models/: whole, described, and the same network in both of their files."""

from dataclasses import replace

import numpy as np
import pytest

from depth_nodes.cli.predictor import make_predictor, UNLIMITED_RANGE_M
from depth_nodes.data.sequence import Sequence
from depth_nodes.evaluation.metrics import EvaluationConfig, image_metrics
from depth_nodes.runtime.backend import BackendConfig, make_backend
from depth_nodes.runtime.model_store import list_models
from depth_nodes.runtime.previous_view import PreviousView
from depth_nodes.runtime.refiner_backend import make_refiner_backend

SHIPPED = {model.name: model for model in list_models()}
MODELS = {name: model for name, model in SHIPPED.items() if model.coarse is None}
REFINERS = {name: model for name, model in SHIPPED.items() if model.coarse is not None}
CONFIG = BackendConfig(num_threads=1, device='cpu')


def test_the_default_model_is_permissive_and_the_other_is_not():
    licenses = {name: model.license for name, model in MODELS.items()}  # of depth networks
    assert licenses == {
        'small_depth': 'Apache-2.0',
        'small_depth_research': 'CC-BY-NC-SA-3.0',
        'multi_frame_depth': 'Apache-2.0',
    }
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


def test_both_files_see_the_same_in_the_frame_before():
    image, earlier = np.random.default_rng(0).random((2, 1, 3, 96, 160), dtype=np.float32)
    intrinsics = np.array([[100.0, 0, 80], [0, 100, 48], [0, 0, 1]])
    pose = np.eye(4)
    pose[:3, 3] = (0.2, 0.0, 0.3)
    outputs = []
    for backend in ('onnx', 'torch'):
        engine = make_backend(backend, MODELS['multi_frame_depth'], CONFIG)
        alone = engine.infer(image).copy()
        outputs.append(engine.infer_after(image, PreviousView(earlier, pose, intrinsics)).copy())
        engine.close()
        assert np.abs(outputs[-1] - alone).max() > 0.01 * np.ptp(alone)
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
    predict = make_predictor(name, 'onnx', depth_range_m=UNLIMITED_RANGE_M, backend_config=CONFIG)
    errors = []
    for sample in sequence:
        depth_m = predict(sample)
        errors.append(image_metrics(depth_m, sample.depth_m, with_scale).abs_rel)
        medians = image_metrics(depth_m, sample.depth_m, replace(with_scale, align='median'))
        assert medians.density == 1
    predict.close()
    expected = MODELS[name].scores[sequence.name]['abs_rel_metres']
    assert np.mean(errors) == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize('name', REFINERS)
def test_both_files_of_a_refiner_hold_the_same_network(name):
    model, rng = REFINERS[name], np.random.default_rng(0)
    image = rng.random((1, 3, 96, 160), np.float32)
    tiles = rng.random((1, 3, model.tile_height_px, model.tile_width_px), np.float32)
    boxes = np.array([[0.1, 0.2, 0.6, 0.8]], np.float32)
    outputs = []
    for backend in ('onnx', 'torch'):
        engine = make_refiner_backend(backend, model, CONFIG)  # refuses a wrong sha256
        view = engine.look(image)
        outputs.append((view.depth, engine.residuals(tiles, boxes, view)))
        engine.close()
    (depth, residual), (torch_depth, torch_residual) = outputs
    assert np.ptp(residual) > 0.001
    np.testing.assert_allclose(depth, torch_depth, rtol=1e-3)
    np.testing.assert_allclose(residual, torch_residual, rtol=0.0, atol=1e-3 * np.median(depth))


@pytest.mark.parametrize('name', REFINERS)
def test_a_refiner_is_as_free_as_its_coarse_network_whose_weights_are_shipped_once(name):
    model = REFINERS[name]
    assert model.is_permissive
    (coarse,) = (
        one
        for one in MODELS.values()
        if one.sha256('safetensors') == model.coarse.sha256('safetensors')
    )
    assert coarse.is_permissive
    assert model.coarse.safetensors_path == coarse.safetensors_path


@pytest.mark.parametrize('name', REFINERS)
def test_every_refiner_has_a_card_with_its_scores_and_how_far_its_training_went(name):
    card = REFINERS[name].path('onnx').with_suffix('.md').read_text()
    assert '## How far its training went' in card
    for sequence, scores in REFINERS[name].scores.items():
        row = next(line for line in card.splitlines() if line.startswith(f'| {sequence} |'))
        assert f'{scores["coarse_abs_rel"]:.3f} / {scores["refined_abs_rel"]:.3f} |' in row
        if 'refined_edge_f1' in scores:
            f1 = f'{scores["coarse_edge_f1"]:.3f} / {scores["refined_edge_f1"]:.3f}'
            assert row.startswith(f'| {sequence} | {f1} |')
