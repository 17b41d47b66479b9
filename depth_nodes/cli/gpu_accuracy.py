"""How far a network's depth is from the same weights in float64."""

from __future__ import annotations

from jaxtyping import Float64
import torch
from torch import Tensor

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.runtime.engine_key import Shape
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.model_store import verified_path
from depth_nodes.runtime.parity import fixed_frames
from depth_nodes.runtime.torch_network import DeviceNetwork, side_stream


class DepthAccuracy:
    """The depth of a few fixed frames in float64, computed once on the CPU."""

    def __init__(self, model: ModelFiles, shape: Shape) -> None:
        """Runs the network as it was trained on frames of this batch, height and width."""
        self._canonical, self._frames = model.canonical, list(fixed_frames(shape).values())
        exact = load_checkpoint(verified_path(model, 'safetensors')).network.double()
        with torch.inference_mode():
            self._expected = [
                canonical_depth(exact(frame.double()).full, model.canonical)
                for frame in self._frames
            ]

    def abs_rel(self, network: DeviceNetwork, device: str) -> dict[str, float]:
        """Mean and largest relative difference over all pixels of all frames."""
        errors = []
        with side_stream(device), torch.inference_mode():
            for frame, expected in zip(self._frames, self._expected, strict=True):
                depth = canonical_depth(network(frame.to(device)).cpu(), self._canonical)
                errors.append((depth - expected).abs() / expected)
        every = torch.stack(errors)
        return {'mean': float(every.mean()), 'max': float(every.max())}


def canonical_depth(
    sigmoid_output: Tensor, canonical: CanonicalCamera
) -> Float64[Tensor, 'batch 1 height width']:
    """Canonical depth [m]."""
    return 1 / canonical.inverse_depth_from_sigmoid(sigmoid_output.double())
