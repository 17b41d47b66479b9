"""From a trained network to the files that engines load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
import json
from pathlib import Path
from typing import Any

import torch

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.deployment import DeployedSmallDepth
from depth_nodes.networks.small_depth import SmallDepth

OPSET = 18
MULTIPLE_PX = 32
MIN_MULTIPLE, MAX_MULTIPLE = 3, 128
HEADER_KEY = 'depth_nodes'
INPUT_NAME, OUTPUT_NAME = 'image', 'sigmoid_output'
EXAMPLE_HEIGHT_PX, EXAMPLE_WIDTH_PX = 192, 640


def exported_program(
    network: SmallDepth,
    height_px: int = EXAMPLE_HEIGHT_PX,
    width_px: int = EXAMPLE_WIDTH_PX,
    is_dynamic: bool = True,
) -> torch.export.ExportedProgram:
    """The network as a graph, for this size or for every size of multiples of 32 from 96."""
    image = torch.zeros(1, 3, height_px, width_px)
    dynamic_shapes = None
    if is_dynamic:
        height, width = (
            MULTIPLE_PX * torch.export.Dim(name, min=MIN_MULTIPLE, max=MAX_MULTIPLE)
            for name in ('height_32', 'width_32')
        )
        dynamic_shapes = {'image': {2: height, 3: width}}
    return torch.export.export(
        DeployedSmallDepth(network).eval(), (image,), dynamic_shapes=dynamic_shapes
    )


def export_onnx(
    network: SmallDepth, path: Path, *, canonical: CanonicalCamera, metadata: Mapping[str, Any]
) -> None:
    """Writes the network for ONNX Runtime; the file appears whole or not at all.

    Input `image`: float32 [1, 3, height, width], RGB in 0..1, sides multiples of 32 and at least
    96. Output `sigmoid_output`: [1, 1, height, width]. The canonical camera and the metadata go
    into the file, where the runtime finds them.
    """
    program = torch.onnx.export(
        exported_program(network),
        input_names=[INPUT_NAME],
        output_names=[OUTPUT_NAME],
        opset_version=OPSET,
        dynamo=True,
        verbose=False,
    )
    assert program is not None, 'the exporter returns its program where it is given no file'
    header = {'canonical': asdict(canonical), 'metadata': dict(metadata)}
    program.model.metadata_props[HEADER_KEY] = json.dumps(header)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + '.partial')
    program.save(partial, external_data=False)
    partial.replace(path)
