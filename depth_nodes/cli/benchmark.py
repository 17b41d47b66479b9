"""Time the network on each engine, and the way from an image to points."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
import json
from pathlib import Path
from typing import Any

from depth_nodes.cli.gpu_table import markdown_table, table_of_file
from depth_nodes.cli.image_size import network_size
from depth_nodes.cli.output_file import output_file
from depth_nodes.errors import BackendError, ConfigError
from depth_nodes.runtime.backend import CPU, GPU, PRECISIONS
from depth_nodes.runtime.gpu import find_gpu

DEFAULT_SIZE = (192, 640)
# What is compared on each device.
BACKENDS = {CPU: ('onnx', 'torch'), GPU: ('torch', 'tensorrt')}
NUM_CALLS = {CPU: 200, GPU: 1000}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument(
        '--size', type=network_size, default=DEFAULT_SIZE, metavar='HxW', help='default: 192x640'
    )
    parser.add_argument(
        '--device', choices=tuple(BACKENDS), help='default: cuda where there is a GPU, else cpu'
    )
    parser.add_argument(
        '--backend',
        type=names_of(sorted({name for names in BACKENDS.values() for name in names})),
        metavar='NAME,...',
        help='default: onnx,torch on the CPU, where torch is timed as trained and as folded, and '
        'torch,tensorrt on a GPU, where torch is also timed with and without a CUDA graph',
    )
    parser.add_argument(
        '--precision',
        type=names_of(PRECISIONS),
        default=PRECISIONS,
        metavar='NAME,...',
        help='on a GPU; default: fp16,fp32',
    )
    parser.add_argument('--threads', type=int, default=2, help='on the CPU; default: %(default)s')
    parser.add_argument(
        '--calls', type=int, help='of each; default: 200 on the CPU, 1000 on a GPU'
    )
    parser.add_argument('--model', default='small_depth', metavar='NAME or PATH')
    parser.add_argument(
        '--random-weights', action='store_true', help='needs no model: weights do not change times'
    )
    output = parser.add_mutually_exclusive_group(required=True)
    output.add_argument('--output', type=output_file, metavar='FILE.json')
    output.add_argument(
        '--table', type=Path, metavar='FILE.json', help='only print a GPU file as Markdown'
    )


def names_of(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """A reader of lists with commas of these names, for argparse's `type`."""

    def read(text: str) -> tuple[str, ...]:
        names = tuple(text.split(','))
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f'{name!r} is none of {", ".join(known)}')
        return names

    return read


def run(arguments: argparse.Namespace) -> int:
    """Measures, prints and writes.

    Raises:
        CheckpointError, BackendError, ConfigError: the model or an engine cannot be used.
        InputError: the file of the table is none of ours.
    """
    if arguments.table is not None:
        print(table_of_file(arguments.table))
        return 0
    device = arguments.device or (CPU if find_gpu() is None else GPU)
    backends = arguments.backend or BACKENDS[device]
    for name in backends:
        if name not in BACKENDS[device]:
            raise ConfigError(
                f'{name} is not compared on {device}; choose from {", ".join(BACKENDS[device])}, '
                'or another --device'
            )
    if arguments.calls is None:
        arguments.calls = NUM_CALLS[device]
    return (run_on_gpu if device == GPU else run_on_cpu)(arguments, backends)


def run_on_cpu(arguments: argparse.Namespace, backends: tuple[str, ...]) -> int:
    """Compares engines on the CPU; any that fails ends it."""
    from depth_nodes.cli.engine_timing import BenchmarkConfig, measure
    from depth_nodes.cli.machine import describe_machine

    config = BenchmarkConfig(
        size_px=arguments.size,
        backends=backends,
        num_threads=arguments.threads,
        num_calls=arguments.calls,
        model='' if arguments.random_weights else arguments.model,
    )
    machine = describe_machine()
    results = measure(config)
    write(arguments.output, {'machine': machine} | results)
    print_results(results)
    print(f'written: {arguments.output}')
    return 0


def run_on_gpu(arguments: argparse.Namespace, backends: tuple[str, ...]) -> int:
    """Compares engines on the GPU; the file grows with each step.

    Returns:
        1 where a backend that was asked for by name failed, or nothing ran at all.
    """
    try:
        from depth_nodes.cli.gpu_setup import GpuBenchmarkConfig
        from depth_nodes.cli.gpu_timing import measure_on_gpu
    except ImportError as error:
        raise BackendError(
            f"a GPU needs torch ({error}); run: pip install 'depth_nodes[gpu]', or choose "
            '--device cpu'
        ) from error
    from depth_nodes.cli.machine import describe_gpu, describe_machine

    config = GpuBenchmarkConfig(
        size_px=arguments.size,
        backends=backends,
        precisions=arguments.precision,
        num_calls=arguments.calls,
        model='' if arguments.random_weights else arguments.model,
    )
    machine = describe_machine() | {'gpu': describe_gpu()}
    results = {'machine': machine} | measure_on_gpu(
        config, lambda partial: write(arguments.output, {'machine': machine} | partial)
    )
    print(markdown_table(results))
    print(f'written: {arguments.output}')
    failed = ['reason' in row for row in results['rows'].values()]
    return int(all(failed) or (arguments.backend is not None and any(failed)))


def write(path: Path, results: dict[str, Any]) -> None:
    """As JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=2) + '\n')


def print_results(results: dict[str, Any]) -> None:
    """A line for each measurement."""
    rows = {**results['network'], **results['image_to_points']}
    for name, row in rows.items():
        print(f'{name:32} p50 {row["p50_ms"]:8.2f} ms  p99 {row["p99_ms"]:8.2f} ms')
    for name, value in {**results['ratios'], **results['difference']}.items():
        print(f'{name:32} {value:.3g}')
