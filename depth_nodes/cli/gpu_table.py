"""The measurements of a GPU as a table for documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
import json
from pathlib import Path
from typing import Any

from depth_nodes.errors import InputError

Row = Mapping[str, Any]
NOTHING = '-'
# Heads of the columns, and what stands in them.
COLUMNS: dict[str, Callable[[Row], str]] = {
    'network p50 / p99 ms': lambda row: _times(row['network']),
    'FPS': lambda row: f'{row["network"]["fps"]:.0f}',
    'times eager': lambda row: f'{row["network"]["times_eager"]:.1f}',
    'image to points p50 / p99 ms': lambda row: _times(row['image_to_points']),
    'kernels network / frame': lambda row: ' / '.join(
        f'{row[what]["device_work"]["kernels"]:.0f}' for what in ('network', 'image_to_points')
    ),
    'depth off float64, mean / max %': lambda row: ' / '.join(
        f'{100 * row["abs_rel_to_float64"][which]:.2g}' for which in ('mean', 'max')
    ),
    'build s': lambda row: f'{row["build_s"]:.1f}',
    'start s': lambda row: f'{row["start"]["process_to_first_depth_s"]:.1f}',
    'first frame / steady': lambda row: f'{row["start"]["first_frame_over_steady"]:.1f}',
    'engine MB': lambda row: f'{row["engine_bytes"] / 1e6:.1f}',
    'GPU / host MB': lambda row: (
        f'{row["start"]["device_mb"]:.0f} / {row["start"]["host_mb"]:.0f}'
    ),
    'four cameras, network / frames': lambda row: ' / '.join(
        f'{row["four_cameras"][f"{what}_gain"]:.1f}x' for what in ('network', 'frames')
    ),
}


def markdown_table(results: Mapping[str, Any]) -> str:
    """One line a variant below the machine; what was not measured is a dash, failures follow.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: these are no measurements of a GPU.
    """
    height, width = results['settings']['size_px']
    lines = [
        _caption(results['machine']),
        '',
        f'| {height}x{width} | ' + ' | '.join(COLUMNS) + ' |',
        '|---|' + '---|' * len(COLUMNS),
    ]
    for name, row in results['rows'].items():
        cells = (_cell(column, row) for column in COLUMNS.values())
        lines.append(f'| {name} | ' + ' | '.join(cells) + ' |')
    failures = [
        f'- {name}: {row["reason"]}' for name, row in results['rows'].items() if 'reason' in row
    ]
    return '\n'.join(lines + ([''] + failures if failures else []))


def table_of_file(path: Path) -> str:
    """The table of a file that was written by `depth_nodes benchmark`.

    Raises:
        InputError: it holds no measurements of a GPU.
    """
    try:
        return markdown_table(json.loads(path.read_text()))
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise InputError(
            f'{path} holds no measurements of a GPU; give a file that --output has written there'
        ) from error


def _caption(machine: Mapping[str, Any]) -> str:
    gpu = machine['gpu']
    return (
        f'{gpu["name"]}, driver {gpu["driver"]}, torch {gpu["torch"]}, TensorRT '
        f'{gpu["tensorrt"]}, commit {machine["commit"]}'
    )


def _cell(column: Callable[[Row], str], row: Row) -> str:
    try:
        return column(row)
    except (KeyError, TypeError):
        return NOTHING


def _times(row: Row) -> str:
    return f'{row["p50_ms"]:.2f} / {row["p99_ms"]:.2f}'
