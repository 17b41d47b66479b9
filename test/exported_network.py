"""What ONNX Runtime makes of an exported network, beside torch."""

from collections.abc import Callable
import json
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import nn

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.export import export_onnx


def assert_exported_agrees(
    network: nn.Module, path: Path, function: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    """Exports the network: the file says at other sizes what the function says."""
    export_onnx(network, path, canonical=CanonicalCamera(), metadata={'name': 'a'})
    session = onnxruntime.InferenceSession(str(path), providers=['CPUExecutionProvider'])
    header = json.loads(session.get_modelmeta().custom_metadata_map['depth_nodes'])
    assert header['metadata'] == {'name': 'a'}
    for size in ((96, 96), (128, 416)):
        image = np.random.default_rng(1).random((1, 3, *size), dtype=np.float32)
        (output,) = session.run(['sigmoid_output'], {'image': image})
        with torch.no_grad():
            expected = function(torch.from_numpy(image)).numpy()
        assert output.shape == (1, 1, *size)
        assert expected.max() > 1.1 * expected.min()
        assert (np.abs(output - expected) / expected).mean() <= 1e-4
