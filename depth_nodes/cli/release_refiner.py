"""Ships a refiner that was trained, with the graph of its coarse network."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
import shutil
import tempfile

from tqdm import tqdm

from depth_nodes.cli.export_refiner import coarse_file, export_refiner
from depth_nodes.cli.predictor import Predictor, UNLIMITED_RANGE_M
from depth_nodes.cli.release_depth import IMAGES
from depth_nodes.cli.release_files import data_sets, file_entry, Release, ship, Training
from depth_nodes.data.sequence import Sequence
from depth_nodes.data.synthetic.scene import DOMAINS
from depth_nodes.evaluation.held_out import HeldOutScenes, renderer_in_words
from depth_nodes.evaluation.learning_curve import draw_curves, REFINER
from depth_nodes.evaluation.refinement import RefinementScores, score_refinement
from depth_nodes.evaluation.refiner_card import (
    curve_section,
    manifest_scores,
    refinement_section,
    refinement_table,
    training_section,
)
from depth_nodes.evaluation.source import FrameSource
from depth_nodes.networks.checkpoints import save_checkpoint
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.depth_estimate import EstimatorConfig
from depth_nodes.runtime.estimator import make_estimator
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.model_store import find_model
from depth_nodes.runtime.refiner import Refiner, RefinerConfig
from depth_nodes.runtime.refiner_backend import make_refiner_backend

# Of a camera for which refinement is worth while.
VIEW_SIZE_PX, NUM_VIEWS = (1080, 1920), 8


def release_refiner(
    training: Training, sequences: list[Sequence], arguments: argparse.Namespace
) -> tuple[str, str]:
    """Ships it; returns the measured part of its card, and its scores as a table.

    Raises:
        CheckpointError: its coarse network is neither in the run nor among the models.
    """
    models_dir: Path = arguments.models_dir
    num_views = NUM_VIEWS if arguments.rendered_views is None else arguments.rendered_views
    scenes = [
        HeldOutScenes(domain=domain, num_views=num_views, size_px=VIEW_SIZE_PX)
        for domain in DOMAINS
    ]
    with tempfile.TemporaryDirectory(dir=models_dir, prefix='.release-') as staging:
        folder = Path(staging)
        model = _written_weights(training, folder, models_dir, arguments.size)
        release = _exported(training, model, folder)
        scores = _measured(model, [*scenes, *sequences])
        entries = {name: manifest_scores(one) for name, one in scores.items()}
        ship(release, models_dir, entries, arguments.summary)
    picture = IMAGES / f'{model.name}_curves.png'
    draw_curves(training.curves, models_dir / picture, REFINER)
    sections = [
        training_section(training.trained.metadata, training.curves),
        refinement_section(scores, renderer_in_words(VIEW_SIZE_PX)),
        curve_section(picture.as_posix()),
    ]
    return '\n\n'.join(sections), refinement_table(scores)


def _measured(model: ModelFiles, sources: Iterable[FrameSource]) -> dict[str, RefinementScores]:
    """What the refiner does to the depth of its own coarse network, by sequence."""
    assert model.coarse is not None, 'depth networks refine nothing'
    near, far = UNLIMITED_RANGE_M
    estimator = make_estimator(
        str(model.coarse.safetensors_path),
        'torch',
        estimator_config=EstimatorConfig(min_depth_m=near, max_depth_m=far),
    )
    refiner = Refiner(
        make_refiner_backend('torch', model, BackendConfig()),
        model,
        RefinerConfig(min_depth_m=near, max_depth_m=far),
    )
    before, after = Predictor(estimator), Predictor(estimator, refiner=refiner)
    shown = tqdm(sources, unit='sequence', disable=None)
    scores = {source.name: score_refinement(before, after, source) for source in shown}
    after.close()
    return scores


def _written_weights(
    training: Training, folder: Path, models_dir: Path, size_px: tuple[int, int] | None
) -> ModelFiles:
    """The weights, and those of a coarse network that has learnt along."""
    trained = training.trained
    name = str(trained.metadata['name'])
    metadata = {
        **trained.metadata,
        'training_data': data_sets(trained.metadata['training_data']),
        'coarse_size': size_px or trained.metadata['coarse_size'],
    }
    path = folder / f'{name}.safetensors'
    save_checkpoint(path, replace(trained, metadata=metadata))
    learnt_along = training.run / coarse_file(path).name
    if learnt_along.is_file():
        shutil.copy(learnt_along, folder)
    return find_model(str(path), models_dir)


def _exported(training: Training, model: ModelFiles, folder: Path) -> Release:
    """The graphs, and what the manifest will say."""
    assert model.coarse is not None
    assert model.safetensors_path is not None
    assert model.coarse.safetensors_path is not None
    onnx, coarse_weights = folder / f'{model.name}.onnx', model.coarse.safetensors_path
    export_refiner(model, onnx, (model.input_height_px, model.input_width_px))
    coarse_onnx = coarse_file(onnx)
    network = training.trained.network
    entry = {
        'onnx': file_entry(onnx),
        'safetensors': file_entry(model.safetensors_path),
        # The coarse network's weights are those of the model that it is, where it learnt nothing.
        'coarse': {'onnx': file_entry(coarse_onnx), 'safetensors': file_entry(coarse_weights)},
        'license': model.license,
        'training_data': data_sets(training.trained.metadata['training_data']),
        'input_height_px': model.input_height_px,
        'input_width_px': model.input_width_px,
        'tile_height_px': model.tile_height_px,
        'tile_width_px': model.tile_width_px,
        'canonical': asdict(model.canonical),
        'num_parameters': sum(parameter.numel() for parameter in network.parameters()),
    }
    others = (coarse_onnx, coarse_weights) if coarse_weights.parent == folder else (coarse_onnx,)
    return Release(
        name=model.name,
        onnx=onnx,
        safetensors=model.safetensors_path,
        entry=entry,
        others=others,
    )
