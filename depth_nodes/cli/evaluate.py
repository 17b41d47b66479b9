"""Compare depth with ground truth: tables on screen, JSON, CSV and a report."""

from __future__ import annotations

import argparse
import dataclasses
from functools import partial
from pathlib import Path
from typing import Any

from depth_nodes.cli.bag_options import add_prediction_argument, add_truth_arguments, open_bags
from depth_nodes.cli.evaluation_files import publish_evaluation, run_document
from depth_nodes.cli.judged_depth import is_recorded, JudgedDepth
from depth_nodes.cli.output_file import output_file
from depth_nodes.cli.partial_results import PartialResults
from depth_nodes.cli.predictor import add_model_arguments, DEFAULT_MODEL, make_predictor
from depth_nodes.cli.protocol import add_protocol_arguments, config_from_arguments
from depth_nodes.cli.source_results import evaluate_sources
from depth_nodes.data.sequence import Sequence
from depth_nodes.errors import ConfigError, InputError
from depth_nodes.evaluation.evaluate import evaluate_sequence, mean_result
from depth_nodes.evaluation.report.frame_picture import report_pictures

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
    # A model that is not asked for need not run where its depth is recorded.
    parser.set_defaults(model=None)
    add_truth_arguments(parser)
    add_prediction_argument(parser)
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
        '--output',
        type=json_file,
        required=True,
        metavar='FILE.json',
        help='CSV and HTML go beside it',
    )


def json_file(text: str) -> Path:
    """The path of a file that ends in .json."""
    path = output_file(text)
    if path.suffix != '.json':
        raise argparse.ArgumentTypeError(f'{text} must end in .json')
    return path


def run(arguments: argparse.Namespace) -> int:
    """Evaluates, prints and writes.

    Raises:
        InputError: something could not be evaluated; what could be is written before.
    """
    config = config_from_arguments(arguments)
    sources, problems = _open_sources(arguments)
    output: Path = arguments.output
    output.parent.mkdir(parents=True, exist_ok=True)
    judged = JudgedDepth(sources, partial(_load_model, arguments))
    kept = PartialResults(output, _settings(arguments, judged))
    evaluate_one = partial(
        evaluate_sequence,
        judged,
        config=config,
        with_boundaries=arguments.boundaries,
        with_flip=arguments.flip,
    )
    results = evaluate_sources(sources, evaluate_one, kept)
    problems += results.problems
    if results.by_name:
        document = run_document(
            arguments,
            model=judged.model_name,
            weights_sha256=judged.weights_sha256,
            problems=problems,
            results={
                **dataclasses.asdict(config),
                'sequences': results.by_name,
                'overall': mean_result(list(results.by_name.values())),
            },
        )
        pictures = partial(report_pictures, judged, sources, document, config)
        publish_evaluation(output, document, pictures)
    judged.close()
    if problems:
        raise InputError('; '.join(problems))
    kept.remove()
    return 0


def _load_model(arguments: argparse.Namespace) -> Any:
    return make_predictor(
        arguments.model or DEFAULT_MODEL,
        arguments.backend,
        refine=arguments.refine,
        depth_range_m=UNLIMITED_RANGE_M,
    )


def _open_sources(arguments: argparse.Namespace) -> tuple[list[Any], list[str]]:
    """What can be opened, and what is wrong with the rest."""
    if not arguments.bag:
        return [Sequence(path) for path in arguments.sequence], []
    bags, problems = open_bags(arguments.bag, arguments)
    if arguments.flip and any(is_recorded(bag) for bag in bags):
        raise ConfigError('--flip needs a model for mirrored images: name one with --model')
    return list(bags), problems


def _settings(arguments: argparse.Namespace, judged: JudgedDepth) -> dict[str, Any]:
    """All that changes results, for a run that goes on after an interruption."""
    free = ('bag', 'sequence', 'output', 'verbose', 'command', 'command_line')
    named = {name: str(value) for name, value in vars(arguments).items() if name not in free}
    return {**named, 'weights_sha256': judged.weights_sha256}
