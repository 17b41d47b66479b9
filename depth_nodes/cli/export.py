"""Write a model as a file that an inference engine loads."""

from __future__ import annotations

import argparse
from pathlib import Path

from depth_nodes.cli.engine_output import write_engine_file
from depth_nodes.cli.export_refiner import coarse_file, export_refiner, export_refiner_engines
from depth_nodes.cli.image_size import network_size
from depth_nodes.cli.output_file import output_file
from depth_nodes.cli.train_extra import needs_train_extra
from depth_nodes.errors import ConfigError
from depth_nodes.model_header import PRIOR_BANK_KEY
from depth_nodes.runtime.backend import BackendConfig, make_backend, PRECISIONS
from depth_nodes.runtime.engine_key import Shape
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.model_store import file_sha256, find_model, verified_path
from depth_nodes.runtime.prior_bank import with_bank

FORMATS = ('onnx', 'tensorrt')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument(
        '--model',
        required=True,
        metavar='NAME or PATH',
        help='of a shipped model (see `depth_nodes models`), or a .safetensors file; beside the '
        'file of a refiner, that of its coarse network is written',
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
    parser.add_argument(
        '--prior-bank',
        type=Path,
        metavar='FILE',
        help='a bank that learnt with this model (`depth_nodes prior-bank --trained`)',
    )
    parser.add_argument('--output', type=output_file, required=True, metavar='FILE')


def run(arguments: argparse.Namespace) -> int:
    """Exports one model.

    Raises:
        CheckpointError: the model has no weights for torch, or they are damaged.
        ConfigError: an engine for several cameras is asked for, or for none.
        BackendError: torch, onnx or TensorRT is not installed, or TensorRT finds no GPU; or an
            engine is asked for of a network of several frames.
    """
    model = find_model(arguments.model)
    verified_path(model, 'safetensors')
    if arguments.prior_bank is not None:
        model = with_bank(model, arguments.prior_bank)
    height, width = arguments.size or (model.input_height_px, model.input_width_px)
    config = BackendConfig(
        precision=arguments.precision, engine_cache_dir=arguments.engine_cache_dir
    )
    if model.coarse is not None and arguments.format == 'tensorrt':
        if arguments.cameras != 1:
            raise ConfigError('a refiner has one camera; leave --cameras away')
        export_refiner_engines(model, arguments.output, (height, width), config)
    elif model.coarse is not None:
        export_refiner(model, arguments.output, (height, width))
    elif arguments.format == 'tensorrt':
        shape = (arguments.cameras, height, width)
        export_engine(model, arguments.output, shape, config)
    else:
        export_weights(model, arguments.output, (height, width))
    if model.coarse is not None:
        print(f'{coarse_file(arguments.output)}: its coarse network; keep them together')
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
    write_engine_file(output, plan, kept)


def export_weights(model: ModelFiles, output: Path, size_px: tuple[int, int]) -> None:
    """Writes the ONNX file, with the model's name, licence and input size inside."""
    with needs_train_extra('exporting'):
        import onnxscript  # noqa: F401  torch's exporter needs it, and would say so at length

        from depth_nodes.networks.export import export_onnx
        from depth_nodes.runtime.torch_weights import load_weights
    checkpoint = load_weights(model)
    metadata = {
        'name': model.name,
        'license': model.license,
        'input_height_px': size_px[0],
        'input_width_px': size_px[1],
    }
    if model.prior_bank_path is not None:
        metadata[PRIOR_BANK_KEY] = file_sha256(model.prior_bank_path)
    export_onnx(
        checkpoint.network,
        output,
        canonical=checkpoint.canonical,
        metadata={**checkpoint.metadata, **metadata},
    )
