"""Write a model as a file that an inference engine loads."""

from __future__ import annotations

import argparse
from pathlib import Path

from depth_nodes.cli.image_size import network_size
from depth_nodes.cli.output_file import output_file
from depth_nodes.cli.train_extra import needs_train_extra
from depth_nodes.runtime.manifest import ModelFiles

FORMATS = ('onnx',)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument(
        '--model',
        required=True,
        metavar='NAME or PATH',
        help='of a shipped model (see `depth_nodes models`), or a .safetensors file',
    )
    parser.add_argument('--format', choices=FORMATS, default=FORMATS[0])
    parser.add_argument(
        '--size',
        type=network_size,
        metavar='HxW',
        help="images will be fitted into it; the graph takes any size; default: the model's",
    )
    parser.add_argument('--output', type=output_file, required=True, metavar='FILE')


def run(arguments: argparse.Namespace) -> int:
    """Exports one model.

    Raises:
        CheckpointError: the model has no weights for torch, or they are damaged.
        BackendError: torch or onnx is not installed.
    """
    from depth_nodes.runtime.model_store import find_model, verified_path

    model = find_model(arguments.model)
    weights = verified_path(model, 'safetensors')
    height, width = arguments.size or (model.input_height_px, model.input_width_px)
    export_weights(model, weights, arguments.output, (height, width))
    num_bytes = arguments.output.stat().st_size
    print(f'{arguments.output}: {model.name} for {height}x{width}, {num_bytes / 1e6:.1f} MB')
    return 0


def export_weights(
    model: ModelFiles, weights: Path, output: Path, size_px: tuple[int, int]
) -> None:
    """Writes the ONNX file, with the model's name, licence and input size inside."""
    with needs_train_extra('exporting'):
        import onnxscript  # noqa: F401  torch's exporter needs it, and would say so at length

        from depth_nodes.networks.checkpoints import load_checkpoint
        from depth_nodes.networks.export import export_onnx
    checkpoint = load_checkpoint(weights)
    metadata = {
        'name': model.name,
        'license': model.license,
        'input_height_px': size_px[0],
        'input_width_px': size_px[1],
    }
    export_onnx(
        checkpoint.network,
        output,
        canonical=checkpoint.canonical,
        metadata={**checkpoint.metadata, **metadata},
    )
