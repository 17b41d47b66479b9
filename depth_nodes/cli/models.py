"""List the shipped models: size, licence, scores."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from depth_nodes.cli.table import print_table
from depth_nodes.runtime.manifest import FILE_KINDS, ModelFiles

HEAD = ('model', 'input', 'size', 'parameters', 'licence', 'abs_rel, or F1 of edges')
MEGA = 1e6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument(
        '--models-dir', type=Path, metavar='DIR', help='a folder with a manifest.yaml of its own'
    )


def run(arguments: argparse.Namespace) -> int:
    """Prints a table and a line about each model.

    Raises:
        CheckpointError, ConfigError: there is no manifest, or it is wrong.
    """
    from depth_nodes.runtime.model_store import list_models

    models = list_models(arguments.models_dir)
    print_table([HEAD, *(table_row(model) for model in models)])
    for model in models:
        if model.summary:
            print(f'\n{model.name}: {model.summary}')
    return 0


def table_row(model: ModelFiles) -> tuple[str, ...]:
    """Name, input size, MB on disk, parameters, licence and scores."""
    parameters = f'{model.num_parameters / MEGA:.2f} M' if model.num_parameters else '-'
    return (
        model.name,
        f'{model.input_height_px}x{model.input_width_px}',
        _size(model),
        parameters,
        model.license or 'unknown',
        '; '.join(_scores(model.scores)) or '-',
    )


def _size(model: ModelFiles) -> str:
    sizes = []
    for kind in FILE_KINDS:
        path = model.path(kind)
        if path is not None:
            there = f'{path.stat().st_size / MEGA:.1f} MB' if path.is_file() else 'missing'
            sizes.append(f'{kind} {there}')
    return ', '.join(sizes) or '-'


def _scores(scores: Mapping[str, Any]) -> list[str]:
    """Of each sequence the error of the metres, which is what a robot gets, or of the edges."""
    shown = []
    for name, values in scores.items():
        if 'abs_rel_metres' in values:
            shown.append(f'{name} {values["abs_rel_metres"]}')
        if 'refined_edge_f1' in values:
            shown.append(f'{name} {values["coarse_edge_f1"]} to {values["refined_edge_f1"]}')
    return shown
