"""Compare a model's depth with ground truth: a table on screen, JSON and CSV."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
import platform
from typing import Any

from tqdm import tqdm

from depth_nodes.cli.evaluation_files import print_evaluation, write_evaluation
from depth_nodes.cli.machine import package_versions
from depth_nodes.cli.output_file import output_file
from depth_nodes.cli.predictor import add_model_arguments, make_predictor
from depth_nodes.cli.protocol import add_protocol_arguments, config_from_arguments
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence
from depth_nodes.evaluation.evaluate import evaluate
from depth_nodes.evaluation.report.frame_picture import report_pictures
from depth_nodes.evaluation.report.page import write_report

# Depth that alignment is going to scale must not have been cut at a robot's range before.
UNLIMITED_RANGE_M = (1e-3, 1e6)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        '--sequence',
        type=Path,
        nargs='+',
        action='extend',
        metavar='DIR',
        help='sequence folders with depth',
    )
    source.add_argument(
        '--bag',
        type=Path,
        nargs='+',
        action='extend',
        metavar='FILE',
        help='recordings with ground truth',
    )
    add_model_arguments(parser)
    add_protocol_arguments(parser)
    parser.add_argument(
        '--boundaries',
        action='store_true',
        help='also compare the edges of depth with those of dense truth',
    )
    parser.add_argument(
        '--flip',
        action='store_true',
        help="also compare the mean of an image's depth and its mirror image's: twice the work",
    )
    parser.add_argument(
        '--output', type=json_file, required=True, metavar='FILE.json', help='CSV goes beside it'
    )


def json_file(text: str) -> Path:
    """The path of a file that ends in .json."""
    path = output_file(text)
    if path.suffix != '.json':
        raise argparse.ArgumentTypeError(f'{text} must end in .json')
    return path


def run(arguments: argparse.Namespace) -> int:
    """Evaluates, prints and writes."""
    config = config_from_arguments(arguments)
    sequences = [_Shown(source) for source in _open_sources(arguments)]
    output: Path = arguments.output
    output.parent.mkdir(parents=True, exist_ok=True)
    predictor = make_predictor(
        arguments.model,
        arguments.backend,
        refine=arguments.refine,
        depth_range_m=UNLIMITED_RANGE_M,
    )
    results = evaluate(
        predictor,
        sequences,
        config,
        with_boundaries=arguments.boundaries,
        with_flip=arguments.flip,
    )
    pictures = report_pictures(predictor, sequences, results, config)
    predictor.close()
    document = {
        'model': predictor.model_name,
        'weights_sha256': predictor.weights_sha256 or None,
        'command': arguments.command_line,
        'versions': {'python': platform.python_version(), **package_versions()},
        'complete': True,
        'problems': [],
        'protocol': arguments.protocol,
        **results,
    }
    files = [*write_evaluation(output, document), output.with_suffix('.html')]
    write_report(files[-1], document, pictures)
    print_evaluation(document)
    print(f'written: {", ".join(map(str, files))}')
    return 0


def _open_sources(arguments: argparse.Namespace) -> list[Any]:
    if arguments.sequence:
        return [Sequence(path) for path in arguments.sequence]
    from depth_nodes.data.bag import BagReader

    return [BagReader(path) for path in arguments.bag]


@dataclass(frozen=True)
class _Shown:
    """A source of frames with a progress bar, where stderr is a terminal."""

    source: Any

    @property
    def name(self) -> str:
        return str(self.source.name)

    def __iter__(self) -> Iterator[Sample]:
        return iter(tqdm(self.source, desc=self.name, unit='frame', leave=False, disable=None))
