"""The files of a shipped model: weights, graph and manifest entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
import re
from typing import Any

import yaml

from depth_nodes.config_loader import read_yaml
from depth_nodes.data.synthetic.scene import DOMAINS
from depth_nodes.errors import InputError
from depth_nodes.evaluation.learning_curve import LearningCurves
from depth_nodes.model_header import MULTI_FRAME_NETWORK
from depth_nodes.networks.blocks.sparse import fold_batch_norm
from depth_nodes.networks.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from depth_nodes.networks.export import export_onnx
from depth_nodes.networks.registry import NETWORKS, REFINERS
from depth_nodes.runtime.manifest import FILE_KINDS, MANIFEST_NAME, read_manifest
from depth_nodes.runtime.model_store import file_sha256
from depth_nodes.training.trainer import STATE_FILE

MANIFEST_HEAD = '# The models that ship with the package; docs in <name>.md beside this file.\n'
READABLE_BY_ALL = 0o644
RENDERED = re.compile(rf'(?:.*_)?({"|".join(DOMAINS)})(?:_\d+)?')


@dataclass(frozen=True, kw_only=True)
class Training:
    """What a training left behind: its folder, what it recorded, its averaged weights."""

    run: Path
    curves: LearningCurves
    trained: Checkpoint


@dataclass(frozen=True, kw_only=True)
class Release:
    """A model's new files, and what the manifest will say of them but for the scores.

    A refiner has `others`: what is shipped of its coarse network for it alone.
    """

    name: str
    onnx: Path
    safetensors: Path
    entry: dict[str, Any]
    others: tuple[Path, ...] = ()


def load_trained(run: Path) -> Checkpoint:
    """The averaged weights of a training.

    Raises:
        InputError: the run holds no weights, or those of several models or of no training.
        CheckpointError: they cannot be loaded.
    """
    found = [path for path in sorted(run.glob('*.safetensors')) if path.name != STATE_FILE]
    # A coarse network that learns along with its refiner goes with it.
    along = {path.with_stem(f'{path.stem}_coarse') for path in found}
    found = [path for path in found if path not in along]
    if len(found) != 1:
        names = ', '.join(path.name for path in found) or 'none'
        raise InputError(
            f'{run} must hold the weights of one model and holds {names}; '
            'give the output folder of `depth_nodes train`'
        )
    trained = load_checkpoint(found[0], {**NETWORKS, **REFINERS})
    missing = [key for key in ('name', 'license', 'training_data') if key not in trained.metadata]
    if missing:
        raise InputError(
            f'{found[0]} does not say its {missing[0]}; give the output folder of '
            '`depth_nodes train`'
        )
    return trained


def export_release(trained: Checkpoint, folder: Path, size_px: tuple[int, int]) -> Release:
    """Writes the weights of a training and their ONNX graph into a folder."""
    name = str(trained.metadata['name'])
    metadata = {
        **trained.metadata,
        'training_data': data_sets(trained.metadata['training_data']),
        'input_height_px': size_px[0],
        'input_width_px': size_px[1],
    }
    onnx, safetensors = (folder / f'{name}.{kind}' for kind in FILE_KINDS)
    save_checkpoint(safetensors, replace(trained, metadata=metadata))
    export_onnx(trained.network, onnx, canonical=trained.canonical, metadata=metadata)
    folded = fold_batch_norm(trained.network)
    entry = {
        'onnx': file_entry(onnx),
        'safetensors': file_entry(safetensors),
        'license': metadata['license'],
        'training_data': metadata['training_data'],
        'input_height_px': size_px[0],
        'input_width_px': size_px[1],
        'canonical': asdict(trained.canonical),
        'num_parameters': sum(parameter.numel() for parameter in folded.parameters()),
    }
    if trained.network_name == MULTI_FRAME_NETWORK:
        entry['is_multi_frame'] = True
    return Release(name=name, onnx=onnx, safetensors=safetensors, entry=entry)


def file_entry(path: Path) -> dict[str, str]:
    """What the manifest says of a file."""
    return {'file': path.name, 'sha256': file_sha256(path)}


def data_sets(sources: Iterable[str]) -> list[str]:
    """The sources of a training, all rendered folders of one domain (`yard_1000`) as one."""
    matches = ((name, RENDERED.fullmatch(name)) for name in sources)
    return list(dict.fromkeys(f'rendered_{hit[1]}' if hit else name for name, hit in matches))


def ship(release: Release, models_dir: Path, scores: Mapping[str, Any], summary: str) -> None:
    """Moves the files into the folder of models and writes the manifest entry.

    Args:
        release: the files, on the file system of the folder.
        models_dir: the folder; its other models stay as they are.
        scores: for the manifest, by sequence.
        summary: a line for people; empty keeps the one that is there.

    Raises:
        ConfigError: the manifest that is there is wrong.
    """
    path = models_dir / MANIFEST_NAME
    models: dict[str, Any] = {}
    if path.is_file():
        read_manifest(path)  # says what is wrong with it
        models = read_yaml(path).get('models', {})
    old = models.get(release.name, {})
    models[release.name] = {
        'summary': summary or old.get('summary', ''),
        **release.entry,
        'scores': dict(scores),
    }
    partial = path.with_name(path.name + '.partial')
    partial.write_text(MANIFEST_HEAD + yaml.safe_dump({'models': models}, sort_keys=False))
    for file in (release.onnx, release.safetensors, *release.others):
        file.chmod(READABLE_BY_ALL)
        file.replace(models_dir / file.name)
    partial.replace(path)
