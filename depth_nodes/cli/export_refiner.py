"""Writes a refiner as two files, its own and that of its coarse network."""

from __future__ import annotations

from pathlib import Path

from depth_nodes.cli.engine_output import write_engine_file
from depth_nodes.cli.train_extra import needs_train_extra
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.model_store import file_sha256, verified_path
from depth_nodes.runtime.refiner_backend import make_refiner_backend


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
    coarse_output = coarse_file(output)
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


def export_refiner_engines(
    model: ModelFiles, output: Path, size_px: tuple[int, int], config: BackendConfig
) -> None:
    """Writes NAME.engine and NAME_coarse.engine, and leaves them where a node looks for them.

    Args:
        model: a refiner.
        output: of the refiner's own engine.
        size_px: height and width of the coarse network's input, the only one that they are for.
        config: precision, and where engines are kept.

    Raises:
        BackendError: there is no GPU, or no TensorRT that can build them.
    """
    backend = make_refiner_backend('tensorrt', model, config)
    from depth_nodes.runtime.tensorrt_refiner import TensorRtRefiner

    assert isinstance(backend, TensorRtRefiner)
    engines, keys = backend.engines(*size_px), backend.engine_keys(*size_px)
    paths = coarse_file(output), output
    for path, engine, key in zip(paths, engines, keys, strict=True):
        write_engine_file(path, engine.plan, backend.kept_engine(key))
    backend.close()


def coarse_file(output: Path) -> Path:
    """Where the coarse network of a refiner is written."""
    return output.with_name(f'{output.stem}_coarse{output.suffix}')
