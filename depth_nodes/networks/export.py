"""From a trained network to the files that engines load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
import gc
import json
import logging
from pathlib import Path
from typing import Any
import warnings

from jaxtyping import Float
import torch
from torch import nn, Tensor

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.model_header import (
    ENTROPY_NAME,
    HEADER_KEY,
    INPUT_NAME,
    MULTI_FRAME_NETWORK,
    OUTPUT_NAME,
    PREVIOUS_NAMES,
)
from depth_nodes.networks.multi_frame_deployment import DeployedMultiFrameDepth
from depth_nodes.networks.multi_frame_depth import MultiFrameDepth
from depth_nodes.networks.prior.deployed_small_prior import DeployedSmallDepthPrior, WithEntropy
from depth_nodes.networks.prior.small_prior import SmallDepthPrior
from depth_nodes.networks.registry import deployed_form

# Where each operation was written, in paths of this machine.
TRACE_KEY = 'pkg.torch.onnx.stack_trace'
OPSET = 18
MULTIPLE_PX = 32
MIN_MULTIPLE, MAX_MULTIPLE = 3, 128
EXAMPLE_HEIGHT_PX, EXAMPLE_WIDTH_PX = 192, 640


def exported_program(network: nn.Module) -> torch.export.ExportedProgram:
    """The network as a graph for every size of multiples of 32 from 96."""
    if isinstance(network, MultiFrameDepth):
        return _exported_with_previous(DeployedMultiFrameDepth(network))
    deployed = deployed_form(network)
    if isinstance(deployed, DeployedSmallDepthPrior):
        deployed = WithEntropy(deployed)
    return exported_for_images(deployed)


def exported_for_images(module: nn.Module) -> torch.export.ExportedProgram:
    """Any module that takes `image`, as a graph for every size of multiples of 32 from 96."""
    with quiet_exporter():
        return torch.export.export(
            module, (_example_image(),), dynamic_shapes={'image': _image_shape()}
        )


def _exported_with_previous(module: DeployedMultiFrameDepth) -> torch.export.ExportedProgram:
    examples = (_example_image(), _example_image(), torch.eye(4)[None], torch.eye(3)[None])
    shape = _image_shape()
    shapes = {INPUT_NAME: shape, **dict.fromkeys(PREVIOUS_NAMES), PREVIOUS_NAMES[0]: shape}
    with quiet_exporter(), torch.no_grad():  # the exporter knows cond without gradients alone
        return torch.export.export(module, examples, dynamic_shapes=shapes)


def _example_image() -> Float[Tensor, '1 3 height width']:
    return torch.zeros(1, 3, EXAMPLE_HEIGHT_PX, EXAMPLE_WIDTH_PX)


def _image_shape() -> dict[int, Any]:
    height, width = (
        MULTIPLE_PX * torch.export.Dim(name, min=MIN_MULTIPLE, max=MAX_MULTIPLE)
        for name in ('height_32', 'width_32')
    )
    return {2: height, 3: width}


def export_onnx(
    network: nn.Module, path: Path, *, canonical: CanonicalCamera, metadata: Mapping[str, Any]
) -> None:
    """Writes the network for ONNX Runtime; the file appears whole or not at all.

    Input `image`: float32 [1, 3, height, width], RGB in 0..1, sides multiples of 32 and at least
    96. Output `sigmoid_output`: [1, 1, height, width]; where a prior bank is looked up, then
    `prior_entropy`: [1]. A network of several frames has further inputs: `previous_image`, of the
    same size; `previous_from_current` [1, 4, 4], its pose in metres, where no translation says
    that there is no such frame; `intrinsics` [1, 3, 3] of both. The canonical camera and the
    metadata go into the file, where the runtime finds them.
    """
    header: dict[str, Any] = {'canonical': asdict(canonical), 'metadata': dict(metadata)}
    inputs, outputs = [INPUT_NAME], [OUTPUT_NAME]
    if isinstance(network, MultiFrameDepth):
        header['network'] = MULTI_FRAME_NETWORK
        inputs += PREVIOUS_NAMES
    if isinstance(network, SmallDepthPrior):
        outputs.append(ENTROPY_NAME)
    write_onnx(exported_program(network), path, inputs, outputs, header)


def write_onnx(
    exported: torch.export.ExportedProgram,
    path: Path,
    input_names: list[str],
    output_names: list[str],
    header: Mapping[str, Any],
) -> None:
    """Writes a graph and its header for ONNX Runtime; the file appears whole or not at all."""
    with quiet_exporter():
        program = torch.onnx.export(
            exported,
            input_names=input_names,
            output_names=output_names,
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None, 'the exporter returns its program where it is given no file'
    program.model.metadata_props[HEADER_KEY] = json.dumps(header)
    for node in program.model.graph.all_nodes():
        node.metadata_props.pop(TRACE_KEY, None)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + '.partial')
    program.save(partial, external_data=False)
    partial.replace(path)


@contextmanager
def quiet_exporter() -> Iterator[None]:
    """Keeps what concerns torch's developers, such as its own deprecations, from our users.

    Garbage waits: the exporter makes many objects that stay, and to look through them again and
    again would take a fourth of its time.
    """
    logger = logging.getLogger('torch.onnx')
    level, is_collecting = logger.level, gc.isenabled()
    logger.setLevel(logging.ERROR)
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            yield
    finally:
        logger.setLevel(level)
        if is_collecting:
            gc.enable()
