"""Ships a depth network that was trained."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
import tempfile

from tqdm import tqdm

from depth_nodes.cli.predictor import make_predictor, Predictor, UNLIMITED_RANGE_M
from depth_nodes.cli.release_files import export_release, ship, Training
from depth_nodes.data.sequence import Sequence
from depth_nodes.data.synthetic.scene import DOMAINS
from depth_nodes.evaluation.failure_picture import draw_failures
from depth_nodes.evaluation.held_out import (
    HEIGHT_PX,
    HeldOutScenes,
    renderer_in_words,
    WIDTH_PX,
)
from depth_nodes.evaluation.learning_curve import draw_curves, LearningCurves
from depth_nodes.evaluation.model_card import (
    held_out_section,
    pictures_section,
    score_table,
    scores_section,
)
from depth_nodes.evaluation.scorecard import score_sequence, SequenceScores
from depth_nodes.evaluation.source import FrameSource

SIZE_PX, NUM_VIEWS = (192, 640), 40
# Beside the folder of models.
IMAGES = Path('../docs/images')

Scores = dict[str, SequenceScores]


def release_depth_network(
    training: Training, sequences: list[Sequence], arguments: argparse.Namespace
) -> tuple[str, str]:
    """Ships it; returns the measured part of its card, and its scores as a table."""
    num_views = NUM_VIEWS if arguments.rendered_views is None else arguments.rendered_views
    scenes = [HeldOutScenes(domain=domain, num_views=num_views) for domain in DOMAINS]
    size_px = arguments.size or SIZE_PX
    models_dir: Path = arguments.models_dir
    with tempfile.TemporaryDirectory(dir=models_dir, prefix='.release-') as staging:
        release = export_release(training.trained, Path(staging), size_px)
        predictor = make_predictor(str(release.onnx), 'onnx', depth_range_m=UNLIMITED_RANGE_M)
        scores, rendered = _measured(predictor, sequences), _measured(predictor, scenes)
        predictor.close()
        entries = {name: manifest_scores(one) for name, one in scores.items()}
        ship(release, models_dir, entries, arguments.summary)
    pictures = _draw_pictures(models_dir, release.name, training.curves, rendered)
    sections = [
        scores_section(scores, size_px),
        held_out_section(rendered, renderer_in_words((HEIGHT_PX, WIDTH_PX))),
        pictures_section(*(path.as_posix() for path in pictures)),
    ]
    return '\n\n'.join(sections), score_table(scores | rendered)


def manifest_scores(scores: SequenceScores) -> dict[str, float]:
    """What the manifest quotes, to three digits."""
    values = {
        'abs_rel_metres': scores.abs_rel_metres,
        'abs_rel_median': scores.abs_rel_median,
        'd1_median': scores.d1_median,
        'scale_std_over_median': scores.scale_std_over_median,
        'flip_abs_rel_median': scores.flip_abs_rel_median,
    }
    return {name: round(value, 3) for name, value in values.items()}


def _measured(predictor: Predictor, sources: Iterable[FrameSource]) -> Scores:
    shown = tqdm(sources, unit='sequence', disable=None)
    return {source.name: score_sequence(predictor, source) for source in shown}


def _draw_pictures(
    models_dir: Path, name: str, curves: LearningCurves, rendered: Scores
) -> tuple[Path, Path]:
    """Draws learning curves and failures; returns their paths as seen from the models."""
    curves_file, failures_file = IMAGES / f'{name}_curves.png', IMAGES / f'{name}_failures.jpg'
    draw_curves(curves, models_dir / curves_file)
    # Recordings are not ours to publish, so rendered frames alone are shown.
    draw_failures({one: rendered[one].worst for one in rendered}, models_dir / failures_file)
    return curves_file, failures_file
