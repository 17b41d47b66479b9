"""A model together with a prior bank that was trained for it; needs no torch."""

from __future__ import annotations

from dataclasses import replace
import json
import logging
from pathlib import Path
from typing import Any

from depth_nodes.errors import BackendError, CheckpointError
from depth_nodes.model_header import HEADER_KEY, PRIOR_BANK_KEY
from depth_nodes.runtime.model_store import (
    BAD_HEADER,
    file_sha256,
    ModelFiles,
    safetensors_metadata,
    verified_path,
)
from depth_nodes.runtime.onnx_session import open_session

logger = logging.getLogger(__name__)


def with_bank_or_plain(model: ModelFiles, path: Path) -> ModelFiles:
    """The model with a bank and the graph beside it; as it is, with a warning, if they do not fit.

    A bank `NAME.safetensors` comes with `NAME.onnx`, where the model has a graph too.
    """
    try:
        return _with_graph(with_bank(model, path), path)
    except CheckpointError as error:
        logger.warning('prior_bank is left out: %s', error)
        return model


def with_bank(model: ModelFiles, path: Path) -> ModelFiles:
    """The model with the bank, for what reads its weights.

    Raises:
        CheckpointError: the bank is missing, damaged, or of another network.
    """
    if not path.is_file():
        raise CheckpointError(f'{path} does not exist; correct the path of the prior bank')
    if _network_sha256(path) != file_sha256(verified_path(model, 'safetensors')):
        raise CheckpointError(
            f'{path} has not learnt with the weights of {model.name}; give the bank that has'
        )
    return replace(model, prior_bank_path=path)


def _with_graph(model: ModelFiles, path: Path) -> ModelFiles:
    if model.onnx_path is None:
        return model
    graph = path.with_suffix('.onnx')
    advice = f'`depth_nodes export --model {model.name} --prior-bank {path} --output {graph}`'
    if not graph.is_file():
        raise CheckpointError(f'{graph} does not exist; write it with {advice}')
    try:
        properties = open_session(graph).get_modelmeta().custom_metadata_map
    except BackendError:  # no ONNX Runtime, so nobody will load the graph
        return replace(model, onnx_path=None)
    if _metadata(properties, graph).get(PRIOR_BANK_KEY) != file_sha256(path):
        raise CheckpointError(f'{graph} is of another prior bank; write it anew with {advice}')
    return replace(model, onnx_path=graph, onnx_sha256=None)


def _network_sha256(path: Path) -> Any:
    return _metadata(safetensors_metadata(path), path).get('network_sha256')


def _metadata(properties: dict[str, str], path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(properties.get(HEADER_KEY, ''))['metadata'])
    except BAD_HEADER as error:
        raise CheckpointError(f'{path} was not written by depth_nodes; give another') from error
