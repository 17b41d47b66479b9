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

import torch
from torch import nn

from depth_nodes.errors import ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.model_header import ENTROPY_NAME, HEADER_KEY, INPUT_NAME, OUTPUT_NAME
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
    deployed = deployed_form(network)
    if isinstance(deployed, DeployedSmallDepthPrior):
        deployed = WithEntropy(deployed)
    return exported_for_images(deployed)


def exported_for_images(module: nn.Module) -> torch.export.ExportedProgram:
    """Any module that takes `image`, as a graph for every size of multiples of 32 from 96."""
    image = torch.zeros(1, 3, EXAMPLE_HEIGHT_PX, EXAMPLE_WIDTH_PX)
    height, width = (
        MULTIPLE_PX * torch.export.Dim(name, min=MIN_MULTIPLE, max=MAX_MULTIPLE)
        for name in ('height_32', 'width_32')
    )
    shapes = {'image': {2: height, 3: width}}
    with quiet_exporter():
        return torch.export.export(module, (image,), dynamic_shapes=shapes)


def export_onnx(
    network: nn.Module, path: Path, *, canonical: CanonicalCamera, metadata: Mapping[str, Any]
) -> None:
    """Writes the network for ONNX Runtime; the file appears whole or not at all.

    Input `image`: float32 [1, 3, height, width], RGB in 0..1, sides multiples of 32 and at least
    96. Output `sigmoid_output`: [1, 1, height, width]; where a prior bank is looked up, then
    `prior_entropy`: [1]. The canonical camera and the metadata go into the file, where the runtime
    finds them.

    Raises:
        ConfigError: the network looks at several frames.
    """
    if isinstance(network, MultiFrameDepth):
        raise ConfigError(
            f'{path.stem} looks at the frame before, which no exported file does yet; run its '
            '.safetensors with the backend torch'
        )
    header = {'canonical': asdict(canonical), 'metadata': dict(metadata)}
    names = [OUTPUT_NAME, ENTROPY_NAME] if isinstance(network, SmallDepthPrior) else [OUTPUT_NAME]
    write_onnx(exported_program(network), path, [INPUT_NAME], names, header)


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
