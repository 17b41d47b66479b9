"""Compare a model's depth with ground truth: a table on screen, JSON and CSV."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
import csv
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any, get_args

from tqdm import tqdm

from depth_nodes.cli.output_file import output_file
from depth_nodes.cli.predictor import add_model_arguments, make_predictor
from depth_nodes.cli.table import print_table
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence
from depth_nodes.evaluation.evaluate import evaluate
from depth_nodes.evaluation.metrics import Align, Crop, EvaluationConfig

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
    parser.add_argument(
        '--align', choices=get_args(Align), default='none', help='each image to its truth'
    )
    parser.add_argument('--crop', choices=get_args(Crop), default='none')
    parser.add_argument('--min-depth-m', type=float, default=0.1)
    parser.add_argument('--max-depth-m', type=float, default=80.0)
    parser.add_argument(
        '--boundaries',
        action='store_true',
        help='also compare the edges of depth with those of dense truth',
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
    config = EvaluationConfig(
        align=arguments.align,
        crop=arguments.crop,
        min_depth_m=arguments.min_depth_m,
        max_depth_m=arguments.max_depth_m,
    )
    sequences = [_Shown(source) for source in _open_sources(arguments)]
    output: Path = arguments.output
    output.parent.mkdir(parents=True, exist_ok=True)
    predictor = make_predictor(
        arguments.model,
        arguments.backend,
        refine=arguments.refine,
        depth_range_m=UNLIMITED_RANGE_M,
    )
    results = evaluate(predictor, sequences, config, with_boundaries=arguments.boundaries)
    predictor.close()
    sha256 = predictor.weights_sha256 or None
    model = {'model': predictor.model_name, 'weights_sha256': sha256}
    output.write_text(json.dumps(model | results, indent=2, allow_nan=False) + '\n')
    rows = table_rows(results)
    with output.with_suffix('.csv').open('w', newline='') as file:
        csv.writer(file).writerows(rows)
    print_table([[_cell(value) for value in row] for row in rows], are_numbers=True)
    print(f'written: {output} and {output.with_suffix(".csv")}')
    return 0


def table_rows(results: dict[str, Any]) -> list[list[Any]]:
    """A head, a row for every sequence, and the overall row."""
    named = {**results['sequences'], 'overall': results['overall']}
    rows = {name: _row(result) for name, result in named.items()}
    return [['sequence', *rows['overall']], *([name, *row.values()] for name, row in rows.items())]


def _row(result: dict[str, Any]) -> dict[str, Any]:
    """The numbers of a result by column, the frames of `boundaries` as edge_frames."""
    row = dict(result)
    boundaries = row.pop('boundaries', {})
    return row | {
        'edge_frames' if name == 'frames' else name: value for name, value in boundaries.items()
    }


def _cell(value: Any) -> str:
    if value is None:
        return '-'
    return f'{value:.3f}' if isinstance(value, float) else str(value)


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
