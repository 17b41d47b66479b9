"""Time the network on each engine, and the way from an image to points."""

from __future__ import annotations

import argparse
import json
from typing import Any

from depth_nodes.cli.image_size import network_size
from depth_nodes.cli.output_file import output_file

DEFAULT_SIZE = (192, 640)
BACKENDS = ('onnx', 'torch')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument(
        '--size', type=network_size, default=DEFAULT_SIZE, metavar='HxW', help='default: 192x640'
    )
    parser.add_argument(
        '--backend',
        type=backend_names,
        default=BACKENDS,
        metavar='NAME,...',
        help='onnx, torch or both (the default); torch is timed as trained and as folded',
    )
    parser.add_argument('--threads', type=int, default=2, help='default: %(default)s')
    parser.add_argument('--calls', type=int, default=200, help='of each; default: %(default)s')
    parser.add_argument('--model', default='small_depth', metavar='NAME or PATH')
    parser.add_argument(
        '--random-weights', action='store_true', help='needs no model: weights do not change times'
    )
    parser.add_argument('--output', type=output_file, required=True, metavar='FILE.json')


def backend_names(text: str) -> tuple[str, ...]:
    """The engines of a list with commas."""
    names = tuple(text.split(','))
    for name in names:
        if name not in BACKENDS:
            raise argparse.ArgumentTypeError(f'{name!r} is none of {", ".join(BACKENDS)}')
    return names


def run(arguments: argparse.Namespace) -> int:
    """Measures, prints and writes.

    Raises:
        CheckpointError, BackendError, ConfigError: the model or an engine cannot be used.
    """
    from depth_nodes.cli.engine_timing import BenchmarkConfig, measure
    from depth_nodes.cli.machine import describe_machine

    config = BenchmarkConfig(
        size_px=arguments.size,
        backends=arguments.backend,
        num_threads=arguments.threads,
        num_calls=arguments.calls,
        model='' if arguments.random_weights else arguments.model,
    )
    machine = describe_machine()
    results = measure(config)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps({'machine': machine} | results, indent=2) + '\n')
    print_results(results)
    print(f'written: {arguments.output}')
    return 0


def print_results(results: dict[str, Any]) -> None:
    """A line for each measurement."""
    rows = {**results['network'], **results['image_to_points']}
    for name, row in rows.items():
        print(f'{name:32} p50 {row["p50_ms"]:8.2f} ms  p99 {row["p99_ms"]:8.2f} ms')
    for name, value in {**results['ratios'], **results['difference']}.items():
        print(f'{name:32} {value:.3g}')
