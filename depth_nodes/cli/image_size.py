"""Image sizes on the command line, as `HxW`."""

from __future__ import annotations

import argparse
import re

MULTIPLE_PX, MIN_SIDE_PX, MAX_SIDE_PX = 32, 96, 4096


def picture_size(text: str) -> tuple[int, int]:
    """Height and width [px] out of `375x1242`; for argparse's `type`."""
    match = re.fullmatch(r'(\d+)x(\d+)', text)
    if match is None:
        raise argparse.ArgumentTypeError(f'{text!r} is no size; write HEIGHTxWIDTH, as 192x640')
    height, width = int(match[1]), int(match[2])
    if not all(1 <= side <= MAX_SIDE_PX for side in (height, width)):
        raise argparse.ArgumentTypeError(f'{text}: both sides must be 1 to {MAX_SIDE_PX}')
    return height, width


def network_size(text: str) -> tuple[int, int]:
    """Height and width [px] out of `192x640`, as a network takes them; for argparse's `type`."""
    height, width = picture_size(text)
    if not all(
        side in range(MIN_SIDE_PX, MAX_SIDE_PX + 1, MULTIPLE_PX) for side in (height, width)
    ):
        raise argparse.ArgumentTypeError(
            f'{text}: both sides must be multiples of {MULTIPLE_PX}, '
            f'{MIN_SIDE_PX} to {MAX_SIDE_PX}'
        )
    return height, width
