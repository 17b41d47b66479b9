"""Make a rosbag2 recording from a sequence folder, or show what one holds."""

from __future__ import annotations

import argparse
from pathlib import Path

from depth_nodes.cli.table import print_table
from depth_nodes.data.sequence import Sequence


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares `make` and `info`."""
    actions = parser.add_subparsers(dest='action', required=True, metavar='{make,info}')
    make = actions.add_parser('make', help='write a sequence folder as a rosbag2 recording')
    make.add_argument(
        '--sequence', type=Path, required=True, metavar='DIR', help='the sequence folder'
    )
    make.add_argument(
        '--output', type=Path, required=True, metavar='DIR.bag', help='the folder to make'
    )
    make.add_argument(
        '--compressed', action='store_true', help='JPEG on /image/compressed, not rgb8 on /image'
    )
    info = actions.add_parser('info', help='show the topics of a rosbag2 recording')
    info.add_argument('path', type=Path, metavar='PATH', help='its folder, .mcap or .db3 file')


def run(arguments: argparse.Namespace) -> int:
    """Does what was asked for."""
    if arguments.action == 'make':
        make_bag(arguments.sequence, arguments.output, is_compressed=arguments.compressed)
    else:
        show_bag(arguments.path)
    return 0


def make_bag(sequence_path: Path, output: Path, *, is_compressed: bool) -> None:
    """Writes the recording and says what it holds."""
    from depth_nodes.data.bag import write_bag

    sequence = Sequence(sequence_path)
    write_bag(sequence, output, rate_hz=sequence.rate_hz, is_compressed=is_compressed)
    print(f'{output}: {len(sequence)} frames at {sequence.rate_hz:g} Hz')
    print(f'use it with: depth_nodes evaluate --bag {output}, or ros2 bag play {output}')


def show_bag(path: Path) -> None:
    """Prints topics, types, counts, duration and rates."""
    from depth_nodes.data.bag import read_summary

    summary = read_summary(path)
    duration_s = summary.duration_ns / 1e9
    print(f'{path}: {summary.num_messages} messages, {duration_s:.2f} s')
    rows = [('topic', 'type', 'count', 'rate')]
    for topic, (kind, count) in summary.topics.items():
        rate = f'{(count - 1) / duration_s:.1f} Hz' if count > 1 and duration_s > 0 else '-'
        rows.append((topic, kind, str(count), rate))
    print_table(rows)
