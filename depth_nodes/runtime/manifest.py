"""What is known about a model, and the manifest that lists the shipped ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from depth_nodes.config_loader import load_config
from depth_nodes.errors import CheckpointError, ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera

MANIFEST_NAME = 'manifest.yaml'
DEFAULT_INPUT_HEIGHT_PX, DEFAULT_INPUT_WIDTH_PX = 192, 640
DEFAULT_TILE_HEIGHT_PX, DEFAULT_TILE_WIDTH_PX = 384, 512
TILE_MULTIPLE_PX = 32
MIN_INPUT_PX, MAX_INPUT_PX = 32, 4096
FILE_KINDS = ('onnx', 'safetensors')
PERMISSIVE_LICENSES = frozenset(
    {'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC-BY-4.0', 'CC0-1.0', 'MIT'}
)


@dataclass(frozen=True, kw_only=True)
class ModelFiles:
    """A model's files and how to use them.

    Attributes:
        name: what a user calls it.
        onnx_path: the graph for ONNX Runtime; None where there is none.
        safetensors_path: the weights for torch; None where there are none.
        onnx_sha256: what the file must hash to; None: unknown.
        safetensors_sha256: the same.
        canonical: the camera that the network predicts for.
        input_height_px: images are fitted into this size where nothing else is asked for.
        input_width_px: the same.
        license: SPDX identifier of the weights; empty: unknown.
        training_data: data sets and renderers that it learnt from.
        scores: measured; data set to metric to value.
        num_parameters: of the folded network; 0: unknown.
        summary: one line for people.
        coarse: what a refiner sharpens: a network with an .onnx of its features; None: this is a
            depth network itself.
        prior_bank_path: what the network looks up; None: it has no bank, or its own.
        tile_height_px: of a refiner's tiles, at the camera's own resolution.
        tile_width_px: the same.
        is_multi_frame: whether it looks at the frame before as well.
    """

    name: str
    onnx_path: Path | None = None
    safetensors_path: Path | None = None
    onnx_sha256: str | None = None
    safetensors_sha256: str | None = None
    canonical: CanonicalCamera = field(default_factory=CanonicalCamera)
    input_height_px: int = DEFAULT_INPUT_HEIGHT_PX
    input_width_px: int = DEFAULT_INPUT_WIDTH_PX
    license: str = ''
    training_data: tuple[str, ...] = ()
    scores: Mapping[str, Any] = field(default_factory=dict)
    num_parameters: int = 0
    summary: str = ''
    coarse: ModelFiles | None = None
    prior_bank_path: Path | None = None
    tile_height_px: int = DEFAULT_TILE_HEIGHT_PX
    tile_width_px: int = DEFAULT_TILE_WIDTH_PX
    is_multi_frame: bool = False

    def __post_init__(self) -> None:
        """Refuses sizes that no network takes."""
        _check_sizes(self)

    @property
    def is_permissive(self) -> bool:
        """Whether the licence is known to allow any use."""
        return self.license in PERMISSIVE_LICENSES

    def path(self, kind: str) -> Path | None:
        """The file of this kind, `onnx` or `safetensors`."""
        return {'onnx': self.onnx_path, 'safetensors': self.safetensors_path}[kind]

    def sha256(self, kind: str) -> str | None:
        """What the file of this kind must hash to."""
        return {'onnx': self.onnx_sha256, 'safetensors': self.safetensors_sha256}[kind]


@dataclass(frozen=True, kw_only=True)
class _WeightsFile:
    file: str
    sha256: str

    def __post_init__(self) -> None:
        if not is_file_name(self.file):
            raise ConfigError(
                f'file is {self.file!r}; give the name of a file beside the manifest'
            )


@dataclass(frozen=True, kw_only=True)
class _Files:
    onnx: _WeightsFile | None = None
    safetensors: _WeightsFile | None = None


@dataclass(frozen=True, kw_only=True)
class _Entry(_Files):
    """A model as the manifest has it; `ModelFiles` explains the fields."""

    canonical: CanonicalCamera = field(default_factory=CanonicalCamera)
    input_height_px: int = DEFAULT_INPUT_HEIGHT_PX
    input_width_px: int = DEFAULT_INPUT_WIDTH_PX
    license: str
    training_data: tuple[str, ...] = ()
    scores: dict[str, Any] = field(default_factory=dict)
    num_parameters: int = 0
    summary: str = ''
    coarse: _Files | None = None
    tile_height_px: int = DEFAULT_TILE_HEIGHT_PX
    tile_width_px: int = DEFAULT_TILE_WIDTH_PX
    is_multi_frame: bool = False

    def __post_init__(self) -> None:
        # Here too, so that the error names the entry.
        _check_sizes(self)


@dataclass(frozen=True, kw_only=True)
class _Manifest:
    models: dict[str, _Entry] = field(default_factory=dict)


def read_manifest(path: Path) -> dict[str, ModelFiles]:
    """The models of a manifest by name; files are relative to it.

    Raises:
        CheckpointError: there is no manifest.
        ConfigError: it is no YAML, or has a key or value that does not belong; names both.
    """
    if not path.is_file():
        raise CheckpointError(
            f'{path} is missing; give a folder that holds a {MANIFEST_NAME}, or a model file'
        )
    manifest = load_config(_Manifest, path)
    return {name: _model(name, entry, path.parent) for name, entry in manifest.models.items()}


def is_file_name(text: str) -> bool:
    """Whether a text that came from a file names one in a folder, and leads nowhere else."""
    return Path(text).name == text not in ('', '..') and text.isprintable()


def _model(name: str, entry: _Entry, directory: Path) -> ModelFiles:
    values = {one.name: getattr(entry, one.name) for one in fields(entry)}
    for kind in FILE_KINDS:
        del values[kind]
    coarse = values.pop('coarse')
    if coarse is not None:
        values['coarse'] = ModelFiles(
            name=f'{name} (coarse)', **_paths(coarse, directory), canonical=entry.canonical
        )
    return ModelFiles(name=name, **_paths(entry, directory), **values)


def _paths(entry: _Files, directory: Path) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for kind in FILE_KINDS:
        weights = getattr(entry, kind)
        if weights is not None:
            paths[f'{kind}_path'] = directory / weights.file
            paths[f'{kind}_sha256'] = weights.sha256
    return paths


def _check_sizes(model: ModelFiles | _Entry) -> None:
    for name in ('input_height_px', 'input_width_px', 'tile_height_px', 'tile_width_px'):
        value = getattr(model, name)
        if not MIN_INPUT_PX <= value <= MAX_INPUT_PX:
            raise ConfigError(f'{name} is {value}; choose {MIN_INPUT_PX} to {MAX_INPUT_PX}')
        if name.startswith('tile') and value % TILE_MULTIPLE_PX:
            raise ConfigError(f'{name} is {value}; choose a multiple of {TILE_MULTIPLE_PX}')
