"""What an evaluation writes and shows: JSON, CSV, an HTML report, two tables on screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import csv
import json
from pathlib import Path
import platform
from typing import Any

from depth_nodes.cli.machine import package_versions
from depth_nodes.cli.table import print_table
from depth_nodes.evaluation.boundaries import BoundaryMetrics
from depth_nodes.evaluation.report.frame_picture import SequencePictures
from depth_nodes.evaluation.report.page import write_report
from depth_nodes.evaluation.run_file import SCHEMA
from depth_nodes.evaluation.score_means import MEANS, SPREADS

# On screen; the files have all.
SHOWN = [
    'sequence', 'frames', 'density', 'abs_rel', 'sq_rel', 'rmse', 'rmse_log', 'd1', 'd2', 'd3',
    *SPREADS, 'edge_frames', *BoundaryMetrics._fields,
]  # fmt: skip
FLIPPED = ' flipped'

Row = dict[str, Any]


def run_document(
    results: Row,
    *,
    model: str,
    weights_sha256: str | None = None,
    command: str,
    protocol: str | None = None,
    problems: Sequence[str] = (),
) -> Row:
    """Results of `evaluate`, and what they were made of.

    Args:
        results: the settings, `sequences` and `overall`.
        model: what was judged.
        weights_sha256: of the model's file.
        command: what made them.
        protocol: the name of the settings.
        problems: what is missing from the results and why, one line each.
    """
    return {
        'model': model,
        'weights_sha256': weights_sha256,
        'command': command,
        'versions': {'python': platform.python_version(), **package_versions()},
        'complete': not problems,
        'problems': list(problems),
        'protocol': protocol,
        **results,
    }


def publish_evaluation(
    output: Path, document: Row, pictures: Callable[[], dict[str, SequencePictures]]
) -> None:
    """Writes all files, the numbers before the pictures are made, and prints the tables."""
    files = [*write_evaluation(output, document), output.with_suffix('.html')]
    print_evaluation(document)
    write_report(files[-1], document, pictures())
    print(f'written: {", ".join(map(str, files))}')


def write_evaluation(output: Path, document: dict[str, Any]) -> list[Path]:
    """Writes FILE.json, FILE.csv (a row for every sequence) and FILE_frames.csv.

    Args:
        output: FILE.json.
        document: the results of `evaluate`, and what they were made of.
    """
    sequences_csv = output.with_suffix('.csv')
    frames_csv = output.with_name(f'{output.stem}_frames.csv')
    text = json.dumps({'schema': SCHEMA, **document}, indent=2, allow_nan=False)
    output.write_text(text + '\n')
    _write_csv(sequences_csv, [{'sequence': name, **row} for name, row in named_rows(document)])
    _write_csv(
        frames_csv,
        [
            {'sequence': name, **frame}
            for name, result in document['sequences'].items()
            for frame in result['per_frame']
        ],
    )
    return [output, sequences_csv, frames_csv]


def print_evaluation(document: dict[str, Any]) -> None:
    """Prints the metrics under the alignment asked for, and what a robot would meet."""
    rows = [{'sequence': name, **row} for name, row in named_rows(document)]
    columns = [name for name in SHOWN if name in rows[0]]
    _print_rows([{name: row.get(name) for name in columns} for row in rows])
    print()
    sequences = document['sequences'].items()
    _print_rows([{'sequence': name, **_robot_row(result)} for name, result in sequences])


def named_rows(document: dict[str, Any]) -> list[tuple[str, Row]]:
    """A row for every sequence, one more for its flipped depth, and the overall rows."""
    named = {**document['sequences'], 'overall': document['overall']}
    rows = []
    for name, result in named.items():
        rows.append((name, _row(result)))
        if 'flipped' in result:
            flipped = result['flipped'][document['align']]
            rows.append((name + FLIPPED, {'frames': result['frames'], **flipped}))
    return rows


def _row(result: dict[str, Any]) -> Row:
    """The single numbers of a result by column; those of parts are called `part.name`."""
    row = {name: result[name] for name in ('frames', *MEANS, *SPREADS)}
    boundaries = result.get('boundaries', {})
    row |= {'edge_frames' if name == 'frames' else name: boundaries[name] for name in boundaries}
    for align, means in result['alignments'].items():
        row |= {f'{align}.{name}': value for name, value in means.items()}
    for part in ('temporal', 'obstacles'):
        values = result.get(part, {})
        row |= {f'{part}.{name}': values[name] for name in values if name != 'within'}
    for near in result.get('obstacles', {}).get('within', []):
        distance = f'obstacles.{near["distance_m"]:g}m'
        row |= {f'{distance}.{name}': near[name] for name in near if name != 'distance_m'}
    return row


def _robot_row(result: dict[str, Any]) -> Row:
    """Without and with alignment side by side, steadiness, and obstacles within 2 m."""
    (near,) = (row for row in result['obstacles']['within'] if row['distance_m'] == 2)
    temporal = result['temporal']
    return {
        'abs_rel_none': result['alignments']['none']['abs_rel'],
        'abs_rel_median': result['alignments']['median']['abs_rel'],
        'silog': result['silog'],
        'drift_per_min': temporal['scale_drift_per_min'],
        'jitter': temporal['scale_jitter'],
        'flicker': temporal['flicker'],
        'nearest_rel': result['obstacles']['nearest_rel'],
        'missed_2m': near['missed_share'],
        'phantom_2m': near['phantom_share'],
    }


def _write_csv(path: Path, rows: list[Row]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open('w', newline='', encoding='utf-8', errors='backslashreplace') as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def _print_rows(rows: Sequence[Row]) -> None:
    cells = [[_cell(value) for value in row.values()] for row in rows]
    print_table([list(rows[0]), *cells], are_numbers=True)


def _cell(value: Any) -> str:
    if value is None:
        return '-'
    return f'{value:.3f}' if isinstance(value, float) else str(value)
