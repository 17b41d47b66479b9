"""Turn a finished training into a shipped model: files, manifest entry, scores and card."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
import tempfile

from tqdm import tqdm

from depth_nodes.cli.evaluate import UNLIMITED_RANGE_M
from depth_nodes.cli.image_size import network_size
from depth_nodes.cli.predictor import make_predictor, Predictor
from depth_nodes.cli.train_extra import needs_train_extra
from depth_nodes.data.sequence import Sequence
from depth_nodes.data.synthetic.gl_context import has_gl
from depth_nodes.data.synthetic.scene import DOMAINS, RENDERER_VERSION
from depth_nodes.evaluation.failure_picture import draw_failures
from depth_nodes.evaluation.held_out import HEIGHT_PX, HeldOutScenes, WIDTH_PX
from depth_nodes.evaluation.learning_curve import (
    CURVES_FILE,
    draw_curves,
    LearningCurves,
    read_curves,
)
from depth_nodes.evaluation.model_card import (
    held_out_section,
    pictures_section,
    require_marks,
    score_table,
    scores_section,
    write_measured_part,
)
from depth_nodes.evaluation.scorecard import score_sequence, SequenceScores
from depth_nodes.evaluation.source import FrameSource
from depth_nodes.runtime.manifest import MANIFEST_NAME, read_manifest

# Beside the folder of models.
IMAGES = Path('../docs/images')

Scores = dict[str, SequenceScores]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument(
        '--run', type=Path, required=True, metavar='DIR', help='output folder of a training'
    )
    parser.add_argument(
        '--size',
        type=network_size,
        default=(192, 640),
        metavar='HxW',
        help='images are fitted into it (default 192x640)',
    )
    parser.add_argument(
        '--sequence',
        type=Path,
        nargs='+',
        action='extend',
        required=True,
        metavar='DIR',
        help='sequence folders with depth that the training has not seen, to measure on',
    )
    parser.add_argument(
        '--models-dir',
        type=Path,
        default=Path('models'),
        metavar='DIR',
        help='gets the files, the manifest entry and the card; pictures go to ../docs/images '
        'beside it (default models)',
    )
    parser.add_argument('--summary', default='', help='a line for the manifest; else the old one')
    parser.add_argument(
        '--rendered-views',
        type=int,
        default=40,
        metavar='N',
        help='held-out views to render of each domain (default 40)',
    )


def run(arguments: argparse.Namespace) -> int:
    """Exports and measures, and only then replaces what was shipped before.

    Raises:
        InputError, CheckpointError: the run, a sequence or the card cannot be used.
        BackendError: torch, matplotlib or onnx is not installed.
    """
    with needs_train_extra('releasing'):
        import matplotlib  # noqa: F401  draws the pictures at the end
        import onnxscript  # noqa: F401  torch's exporter needs it, and would say so at length

        from depth_nodes.cli.release_files import export_release, load_trained, ship

    curves = read_curves(arguments.run / CURVES_FILE)
    sequences = [Sequence(path) for path in arguments.sequence]
    num_views = arguments.rendered_views
    scenes = [HeldOutScenes(domain=domain, num_views=num_views) for domain in DOMAINS]
    models_dir: Path = arguments.models_dir
    trained = load_trained(arguments.run)
    card = models_dir / f'{trained.metadata["name"]}.md'
    require_marks(card)
    if (models_dir / MANIFEST_NAME).is_file():
        read_manifest(models_dir / MANIFEST_NAME)  # says what is wrong with it
    models_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models_dir, prefix='.release-') as staging:
        release = export_release(trained, Path(staging), arguments.size)
        predictor = make_predictor(str(release.onnx), 'onnx', depth_range_m=UNLIMITED_RANGE_M)
        scores, rendered = _measured(predictor, sequences), _measured(predictor, scenes)
        predictor.close()
        entries = {name: manifest_scores(one) for name, one in scores.items()}
        ship(release, models_dir, entries, arguments.summary)
    pictures = _draw_pictures(models_dir, release.name, curves, rendered)
    sections = [
        scores_section(scores, arguments.size),
        held_out_section(rendered, _renderer_in_words()),
        pictures_section(*(path.as_posix() for path in pictures)),
    ]
    write_measured_part(card, '\n\n'.join(sections))
    print(score_table(scores | rendered))
    print(f'written: {release.name} and its card in {models_dir}')
    return 0


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


def _renderer_in_words() -> str:
    renderer = 'OpenGL' if has_gl() else 'ray caster'
    return f'{renderer}, version {RENDERER_VERSION}, {HEIGHT_PX}x{WIDTH_PX}'
