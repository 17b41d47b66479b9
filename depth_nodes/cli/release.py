"""Turn a finished training into a shipped model: files, manifest entry, scores and card."""

from __future__ import annotations

import argparse
from pathlib import Path

from depth_nodes.cli.image_size import network_size
from depth_nodes.cli.train_extra import needs_train_extra
from depth_nodes.data.sequence import Sequence
from depth_nodes.evaluation.learning_curve import CURVES_FILE, read_curves
from depth_nodes.evaluation.model_card import require_marks, write_measured_part
from depth_nodes.runtime.manifest import MANIFEST_NAME, read_manifest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument(
        '--run', type=Path, required=True, metavar='DIR', help='output folder of a training'
    )
    parser.add_argument(
        '--size',
        type=network_size,
        metavar='HxW',
        help='images are fitted into it (default 192x640; of a refiner, what its coarse network '
        'was trained with)',
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
        metavar='N',
        help='held-out views to render of each domain (default 40, of 1080x1920 for a refiner 8)',
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

        from depth_nodes.cli.release_depth import release_depth_network
        from depth_nodes.cli.release_files import load_trained, Training
        from depth_nodes.cli.release_refiner import release_refiner

    models_dir: Path = arguments.models_dir
    curves = read_curves(arguments.run / CURVES_FILE)
    sequences = [Sequence(path) for path in arguments.sequence]
    trained = load_trained(arguments.run)
    card = models_dir / f'{trained.metadata["name"]}.md'
    require_marks(card)
    if (models_dir / MANIFEST_NAME).is_file():
        read_manifest(models_dir / MANIFEST_NAME)  # says what is wrong with it
    models_dir.mkdir(parents=True, exist_ok=True)
    training = Training(run=arguments.run, curves=curves, trained=trained)
    release = release_refiner if 'coarse' in trained.metadata else release_depth_network
    text, table = release(training, sequences, arguments)
    write_measured_part(card, text)
    print(table)
    print(f'written: {card.stem} and its card in {models_dir}')
    return 0
