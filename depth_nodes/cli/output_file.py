"""Files that a command writes, refused before the work where they cannot be written."""

from __future__ import annotations

import argparse
from pathlib import Path


def output_file(text: str) -> Path:
    """The path of a file that may exist already; for argparse's `type`."""
    path = Path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f'{text!r} is a folder; give a file')
    return path
