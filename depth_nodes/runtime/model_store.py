"""Where models are found, and whether their files are whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
import hashlib
import json
import logging
import os
from pathlib import Path
import sys
from typing import Any

from depth_nodes.errors import CheckpointError, ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.model_header import HEADER_KEY, MULTI_FRAME_NETWORK
from depth_nodes.runtime.manifest import (
    DEFAULT_INPUT_HEIGHT_PX,
    DEFAULT_INPUT_WIDTH_PX,
    DEFAULT_TILE_HEIGHT_PX,
    DEFAULT_TILE_WIDTH_PX,
    FILE_KINDS,
    is_file_name,
    MANIFEST_NAME,
    ModelFiles,
    read_manifest,
)

logger = logging.getLogger(__name__)

FAKE_MODEL_NAME = 'fake'
DEFAULT_TILE_SIZE_PX = DEFAULT_TILE_HEIGHT_PX, DEFAULT_TILE_WIDTH_PX
MAX_HEADER_BYTES = 1 << 24  # of the largest networks, a hundredth of it
# What JSON of another make causes; infinity is no integer: OverflowError.
BAD_HEADER = (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError)
MODELS = Path('models')
SHARE = Path('share/depth_nodes')
PACKAGE_DIR = Path(__file__).resolve().parents[1]
RESTORE = (
    'restore it from the release of depth_nodes that you installed '
    '(`git checkout models/` in a clone)'
)


def fake_model() -> ModelFiles:
    """The model of the fake backend: no files."""
    return ModelFiles(
        name=FAKE_MODEL_NAME, license='Apache-2.0', summary='no network: a test scene'
    )


def find_model(name_or_path: str, models_dir: Path | None = None) -> ModelFiles:
    """A model by its name in the manifest, or by the path of an .onnx or .safetensors file.

    Raises:
        CheckpointError: no such model, or a file that tells nothing about itself.
        ConfigError: the manifest is wrong.
        BackendError: an .onnx path was given and onnxruntime is not installed.
    """
    if name_or_path == FAKE_MODEL_NAME:
        return fake_model()
    if Path(name_or_path).suffix in ('.onnx', '.safetensors'):
        return _model_from_file(Path(name_or_path), models_dir)
    directory = models_dir or default_models_dir()
    models = read_manifest(directory / MANIFEST_NAME)
    if name_or_path not in models:
        known = ', '.join(models) or 'none'
        raise CheckpointError(
            f'there is no model {name_or_path!r} in {directory}; it holds {known}; '
            'an .onnx or .safetensors file works too'
        )
    return models[name_or_path]


def list_models(models_dir: Path | None = None) -> list[ModelFiles]:
    """The models of the manifest, in its order.

    Raises:
        CheckpointError, ConfigError: as `find_model`.
    """
    return list(read_manifest((models_dir or default_models_dir()) / MANIFEST_NAME).values())


def default_models_dir() -> Path:
    """The folder of the shipped models: of the checkout, else of the installation.

    Raises:
        CheckpointError: none was found.
    """
    manifest = find_share(MODELS / MANIFEST_NAME)
    if manifest is None:
        raise CheckpointError(
            f'no {SHARE / MODELS / MANIFEST_NAME} is installed; install depth_nodes again, or '
            'give the path of an .onnx or .safetensors file as model'
        )
    return manifest.parent


def find_share(path: Path) -> Path | None:
    """A file that this package brings along: of the checkout, else of the installation.

    Args:
        path: relative to the checkout, and to `share/depth_nodes`.
    """
    prefixes = [*PACKAGE_DIR.parents, Path(sys.prefix)]
    prefixes += [Path(one) for one in os.environ.get('AMENT_PREFIX_PATH', '').split(':') if one]
    candidates = [PACKAGE_DIR.parent / path, *(prefix / SHARE / path for prefix in prefixes)]
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def warn_of_license(model: ModelFiles) -> None:
    """Logs the licence of a model that does not allow any use."""
    if not model.is_permissive:
        logger.warning(
            'model %s: its licence is %s; read it before you use the depth commercially',
            model.name,
            model.license or 'unknown',
        )


def verified_path(model: ModelFiles, kind: str) -> Path:
    """The model's `onnx` or `safetensors` file, after comparing its hash with the recorded one.

    Raises:
        CheckpointError: there is none, or it is missing or damaged.
    """
    path, expected = model.path(kind), model.sha256(kind)
    if path is None:
        raise CheckpointError(
            f'model {model.name} has no .{kind} file; `depth_nodes models` lists what there is'
        )
    if expected is None:  # a file of the user's own
        if not path.is_file():
            raise _missing(path)
    elif file_sha256(path) != expected:
        raise CheckpointError(
            f'{path} is damaged: its sha256 is not the one that was recorded; {RESTORE}'
        )
    return path


def file_sha256(path: Path) -> str:
    """The file's hash; computed once as long as the file stays as it is.

    Raises:
        CheckpointError: the file is missing.
    """
    try:
        status = path.stat()
        return _sha256(path, status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise CheckpointError(f'{path} is missing; {RESTORE}') from error


@lru_cache(maxsize=64)
def _sha256(path: Path, mtime_ns: int, num_bytes: int) -> str:
    del mtime_ns, num_bytes  # part of the key: a changed file is hashed again
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _missing(path: Path) -> CheckpointError:
    return CheckpointError(
        f'{path} is missing; correct the path, or give a name that `depth_nodes models` lists'
    )


def _model_from_file(path: Path, models_dir: Path | None) -> ModelFiles:
    if not path.is_file():
        raise _missing(path)
    is_onnx = path.suffix == '.onnx'
    text = (_onnx_metadata if is_onnx else safetensors_metadata)(path).get(HEADER_KEY)
    try:
        header: dict[str, Any] = json.loads(text or '')
        metadata = header['metadata']
        sizes = _sizes_of_refiner(metadata) if 'coarse' in metadata else _input_size(metadata)
        model = ModelFiles(
            name=str(metadata.get('name', path.stem)),
            onnx_path=path if is_onnx else None,
            safetensors_path=None if is_onnx else path,
            canonical=CanonicalCamera(**header['canonical']),
            license=str(metadata.get('license', '')),
            is_multi_frame=header.get('network') == MULTI_FRAME_NETWORK,
            **sizes,
        )
    except ConfigError as error:
        raise CheckpointError(
            f'{path} cannot be used: {error}; write it anew with `depth_nodes export` or `train`'
        ) from error
    except BAD_HEADER as error:
        raise CheckpointError(
            f'{path} does not say which camera it predicts for; '
            'write it with `depth_nodes train` or `depth_nodes export`'
        ) from error
    if 'coarse' not in metadata:
        return model
    return replace(model, coarse=_coarse_beside(path, metadata, models_dir))


def _input_size(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {
        'input_height_px': int(metadata.get('input_height_px', DEFAULT_INPUT_HEIGHT_PX)),
        'input_width_px': int(metadata.get('input_width_px', DEFAULT_INPUT_WIDTH_PX)),
    }


def _sizes_of_refiner(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Its coarse network's input and its tiles, each as height and width."""
    coarse_height, coarse_width = metadata['coarse_size']
    tile_height, tile_width = metadata.get('tile_size', DEFAULT_TILE_SIZE_PX)
    return {
        'input_height_px': int(coarse_height),
        'input_width_px': int(coarse_width),
        'tile_height_px': int(tile_height),
        'tile_width_px': int(tile_width),
    }


def _coarse_beside(path: Path, metadata: Mapping[str, Any], models_dir: Path | None) -> ModelFiles:
    """The coarse network of a refiner: in the same folder, else its weights among the models."""
    name, kind = str(metadata['coarse']), path.suffix[1:]
    if not is_file_name(name) or Path(name).suffix[1:] in FILE_KINDS:
        raise CheckpointError(
            f'{path} names {name!r} as its coarse network; write it anew with `depth_nodes train`'
        )
    beside = path.parent / f'{name}{path.suffix}'
    if not beside.is_file() and kind == 'safetensors':
        return find_model(name, models_dir)
    files: dict[str, Any] = {
        f'{kind}_path': beside,
        f'{kind}_sha256': metadata.get('coarse_sha256'),
    }
    return ModelFiles(name=name, **files)


def _onnx_metadata(path: Path) -> dict[str, str]:
    from depth_nodes.runtime.onnx_session import open_session

    return dict(open_session(path).get_modelmeta().custom_metadata_map)


def safetensors_metadata(path: Path) -> dict[str, str]:
    """The header alone: 8 bytes of length, then JSON; so no torch is needed to look into it."""
    try:
        with path.open('rb') as file:
            num_bytes = int.from_bytes(file.read(8), 'little')
            header = json.loads(file.read(min(num_bytes, MAX_HEADER_BYTES)))
        return dict(header.get('__metadata__') or {})
    except BAD_HEADER as error:
        raise CheckpointError(
            f'{path} is no safetensors file ({error}); fetch it again'
        ) from error
