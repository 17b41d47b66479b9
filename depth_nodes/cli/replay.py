"""Play a recording through the real ROS 2 nodes and compare their depth with its truth."""

from __future__ import annotations

import argparse
from pathlib import Path

from depth_nodes.cli.bag_options import add_pose_arguments, add_truth_arguments
from depth_nodes.cli.evaluate import json_file
from depth_nodes.cli.predictor import add_network_arguments
from depth_nodes.cli.protocol import add_protocol_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument('--sequence', type=Path, metavar='DIR', help='sequence folder with depth')
    source.add_argument('--bag', type=Path, metavar='FILE', help='recording with ground truth')
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument(
        '--rate', type=rate, default=1.0, metavar='R', help='speed, times real time; default: 1'
    )
    pace.add_argument(
        '--step',
        action='store_true',
        help='publish a frame once the depth of the last one has been compared: every frame '
        'counts, and the numbers are those of `depth_nodes evaluate`',
    )
    add_truth_arguments(parser)
    add_pose_arguments(parser)
    add_network_arguments(parser)
    add_protocol_arguments(parser)
    parser.add_argument(
        '--boundaries', action='store_true', help='also compare the edges of depth'
    )
    parser.add_argument(
        '--output',
        type=json_file,
        required=True,
        metavar='FILE.json',
        help='CSV, HTML and the logs of the nodes go beside it',
    )


def run(arguments: argparse.Namespace) -> int:
    """Plays, compares, prints and writes."""
    from depth_nodes.cli.replay_run import run_replay

    return run_replay(arguments)


def rate(text: str) -> float:
    """A speed, times real time."""
    value = float(text)
    if not 0.001 <= value <= 1000:
        raise argparse.ArgumentTypeError(f'{text} must be 0.001 to 1000')
    return value
