"""Compare evaluations of the same frames: what differs, and how sure that is."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from depth_nodes.cli.output_file import output_file
from depth_nodes.cli.table import print_table
from depth_nodes.evaluation.comparison import compare
from depth_nodes.evaluation.report.comparison_page import write_comparison
from depth_nodes.evaluation.report.comparison_text import HEAD, rows, sentence
from depth_nodes.evaluation.run_file import read_runs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument(
        'runs',
        type=Path,
        nargs='+',
        metavar='FILE.json',
        help='two or more files of `depth_nodes evaluate`; the first is the reference',
    )
    parser.add_argument(
        '--output',
        type=html_or_json_file,
        metavar='FILE',
        help='.html: a page; .json: the numbers',
    )


def html_or_json_file(text: str) -> Path:
    """The path of a file that ends in .html or .json."""
    path = output_file(text)
    if path.suffix not in ('.html', '.json'):
        raise argparse.ArgumentTypeError(f'{text} must end in .html or .json')
    return path


def run(arguments: argparse.Namespace) -> int:
    """Compares, prints and writes."""
    output: Path | None = arguments.output
    runs = read_runs(arguments.runs)
    comparison = compare(runs)
    reference = comparison['reference']
    for name, found in comparison['comparisons'].items():
        print_table([[*HEAD[:2], reference, name, *HEAD[4:]], *rows(found)])
        print(f'\n{sentence(reference, name, found["overall"])}\n')
    for note in comparison['notes']:
        print(f'mind: {note}')
    if output is None:
        return 0
    output.parent.mkdir(parents=True, exist_ok=True)
    if output.suffix == '.html':
        write_comparison(output, comparison, runs)
    else:
        output.write_text(json.dumps(comparison, indent=2, allow_nan=False) + '\n')
    print(f'written: {output}')
    return 0
