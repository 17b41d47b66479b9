"""Compare depth with ground truth: tables on screen, JSON, CSV and a report."""

from __future__ import annotations

import argparse
from pathlib import Path

from depth_nodes.cli.bag_options import (
    add_pose_arguments,
    add_prediction_argument,
    add_truth_arguments,
)
from depth_nodes.cli.output_file import output_file
from depth_nodes.cli.predictor import add_model_arguments
from depth_nodes.cli.protocol import add_protocol_arguments


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
    source.add_argument(
        '--bags', type=Path, metavar='FOLDER', help='every recording somewhere below a folder'
    )
    parser.add_argument(
        '--ray',
        action='store_true',
        help='evaluate many at once, each on one core, with Ray: on the cluster of RAY_ADDRESS, '
        'else on this machine',
    )
    add_model_arguments(parser)
    # A model that is not asked for need not run where its depth is recorded.
    parser.set_defaults(model=None)
    add_truth_arguments(parser)
    add_prediction_argument(parser)
    add_pose_arguments(parser)
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
    """Evaluates, prints and writes."""
    from depth_nodes.cli.evaluation_run import run_evaluation

    return run_evaluation(arguments)
