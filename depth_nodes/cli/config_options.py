"""Options of commands that a YAML file configures."""

from __future__ import annotations

import argparse


def add_set_argument(parser: argparse.ArgumentParser, example: str) -> None:
    """Adds --set, with an example of a key and its value."""
    parser.add_argument(
        '--set',
        dest='overrides',
        action='append',
        default=[],
        metavar='KEY=VALUE',
        help=f'replaces one value of the file, such as {example}',
    )
