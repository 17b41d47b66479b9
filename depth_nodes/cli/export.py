"""Write a model as a file that an inference engine loads."""

from __future__ import annotations

import argparse
from pathlib import Path

from depth_nodes.cli.image_size import network_size
from depth_nodes.cli.output_file import output_file
from depth_nodes.cli.train_extra import needs_train_extra
from depth_nodes.errors import ConfigError
from depth_nodes.runtime.backend import BackendConfig, make_backend, PRECISIONS
from depth_nodes.runtime.engine_file import write_whole
from depth_nodes.runtime.engine_key import Shape
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.model_store import file_sha256, find_model, verified_path

FORMATS = ('onnx', 'tensorrt')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument(
        '--model',
        required=True,
        metavar='NAME or PATH',
        help='of a shipped model (see `depth_nodes models`), or a .safetensors file; beside the '
        'graph of a refiner, that of its coarse network is written',
    )
    parser.add_argument(
        '--format',
        choices=FORMATS,
        default=FORMATS[0],
        help='tensorrt needs the GPU that will run it; default: %(default)s',
    )
    parser.add_argument(
        '--size',
        type=network_size,
        metavar='HxW',
        help="default: the model's. onnx: images will be fitted into it; the graph takes any "
        'size. tensorrt: the only size of the engine, which a node logs when it builds one: '
        '192x352 for images of 1280x720 that are fitted into 192x640',
    )
    parser.add_argument(
        '--precision',
        choices=PRECISIONS,
        default=PRECISIONS[0],
        help='of tensorrt; onnx is fp32; default: %(default)s',
    )
    parser.add_argument(
        '--cameras',
        type=int,
        default=1,
        metavar='N',
        help='of a tensorrt engine: how many the node has in `cameras`; default: %(default)s',
    )
    parser.add_argument(
        '--engine-cache-dir',
        type=Path,
        metavar='DIR',
        help='of a tensorrt engine: that of the node; default: the one in your cache folder',
    )
    parser.add_argument('--output', type=output_file, required=True, metavar='FILE')


def run(arguments: argparse.Namespace) -> int:
    """Exports one model.

    Raises:
        CheckpointError: the model has no weights for torch, or they are damaged.
        ConfigError: there are no engines of this kind of model.
        BackendError: torch, onnx or TensorRT is not installed, or TensorRT finds no GPU.
    """
    model = find_model(arguments.model)
    weights = verified_path(model, 'safetensors')
    height, width = arguments.size or (model.input_height_px, model.input_width_px)
    if model.coarse is not None:
        if arguments.format == 'tensorrt':
            raise ConfigError('refiners run on torch and onnx; choose --format onnx')
        export_refiner(model, arguments.output, (height, width))
    elif arguments.format == 'tensorrt':
        shape = (arguments.cameras, height, width)
        config = BackendConfig(
            precision=arguments.precision, engine_cache_dir=arguments.engine_cache_dir
        )
        export_engine(model, arguments.output, shape, config)
    else:
        export_weights(model, weights, arguments.output, (height, width))
    num_bytes = arguments.output.stat().st_size
    print(f'{arguments.output}: {model.name} for {height}x{width}, {num_bytes / 1e6:.1f} MB')
    return 0


def export_engine(model: ModelFiles, output: Path, shape: Shape, config: BackendConfig) -> None:
    """Writes an engine, and leaves it where nodes and commands look for one.

    Args:
        model: its network.
        output: the file, which appears whole or not at all.
        shape: number of cameras, height and width.
        config: its precision, and where engines are kept.

    Raises:
        BackendError: there is no GPU, or no TensorRT that can build it.
        ConfigError: there is no camera.
    """
    if shape[0] < 1:
        raise ConfigError(f'--cameras is {shape[0]}; give 1 or more')
    backend = make_backend('tensorrt', model, config)
    from depth_nodes.runtime.tensorrt_backend import TensorRtBackend

    assert isinstance(backend, TensorRtBackend)
    plan, kept = backend.plan(shape), backend.engine_path(shape)
    backend.close()
    output.parent.mkdir(parents=True, exist_ok=True)
    write_whole(output, plan)
    if kept.is_file():
        print(f'{kept}: the same, for the nodes of this user')


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


def export_refiner(model: ModelFiles, output: Path, size_px: tuple[int, int]) -> None:
    """Writes NAME.onnx and NAME_coarse.onnx, the first of which knows the other.

    Args:
        model: a refiner.
        output: of the refiner's own graph.
        size_px: height and width that images are fitted into for the coarse network.
    """
    assert model.coarse is not None, 'a depth network has one graph'
    weights = [verified_path(one, 'safetensors') for one in (model, model.coarse)]
    with needs_train_extra('exporting'):
        import onnxscript  # noqa: F401  torch's exporter needs it, and would say so at length

        from depth_nodes.networks.checkpoints import load_checkpoint
        from depth_nodes.networks.refiner_export import (
            example_maps,
            export_coarse_onnx,
            export_refiner_onnx,
        )
        from depth_nodes.networks.registry import REFINERS
    refiner, coarse = load_checkpoint(weights[0], REFINERS), load_checkpoint(weights[1])
    coarse_output = output.with_name(f'{output.stem}_coarse.onnx')
    export_coarse_onnx(coarse, coarse_output, coarse.metadata)
    tile_size_px = model.tile_height_px, model.tile_width_px
    own = {
        'name': model.name,
        'license': model.license,
        'coarse': coarse_output.stem,
        'coarse_sha256': file_sha256(coarse_output),
        'coarse_size': size_px,
        'tile_size': tile_size_px,
    }
    export_refiner_onnx(
        refiner,
        output,
        coarse=example_maps(coarse),
        tile_size_px=tile_size_px,
        metadata={**refiner.metadata, **own},
    )
    print(f'{coarse_output}: its coarse network; keep them together')
