"""Rows in columns on the screen."""

from __future__ import annotations

from collections.abc import Sequence


def print_table(rows: Sequence[Sequence[str]], *, are_numbers: bool = False) -> None:
    """Prints rows of equal length in columns, all to the left.

    Args:
        rows: the cells; at least one row.
        are_numbers: puts every column but the first to the right.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if are_numbers and index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print('  '.join(cells).rstrip())
