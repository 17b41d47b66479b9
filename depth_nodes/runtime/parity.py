"""Whether an engine still computes the network's depth: compared with float32 torch, once."""

from __future__ import annotations

from collections.abc import Mapping
import math
from typing import NamedTuple

from jaxtyping import Float
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from depth_nodes.errors import ConfigError, EngineMismatchError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.runtime.torch_network import DeviceNetwork, without_tf32

# Share of the depth by which an engine may differ in the mean, the worst image counting.
MAX_ABS_REL = {'fp16': 5e-3, 'fp32': 5e-4}
REMEDY = {
    'fp16': 'choose precision fp32',
    'fp32': 'choose the torch backend, and report it with the versions of TensorRT and driver',
}
SEED = 0
COARSEST_CELL_PX = 64
NUM_STEPS = 4


def require_parity(
    candidate: DeviceNetwork,
    reference: DeviceNetwork,
    shape: tuple[int, int, int],
    precision: str,
    *,
    canonical: CanonicalCamera | None = None,
    device: torch.device | str | None = None,
) -> float:
    """abs_rel of the candidate's depth to the reference's, of the worst image of all frames.

    Args:
        candidate: what is to be used.
        reference: the same network in float32; TensorFloat-32 is switched off while it runs,
            which does not reach into a CUDA graph that was captured before.
        shape: batch, height and width.
        precision: of the candidate.
        canonical: the range that the sigmoid spans; None: the default one.
        device: of both networks; None: the GPU if torch has one, else the CPU.

    Raises:
        EngineMismatchError: the candidate is farther off than its precision explains.
        ConfigError: there is no such precision.
    """
    if precision not in MAX_ABS_REL:
        raise ConfigError(
            f'precision {precision!r} is unknown; choose from {", ".join(MAX_ABS_REL)}'
        )
    if device is None:
        device = 'cuda' if torch.cuda.is_available() else 'cpu'
    canonical = canonical or CanonicalCamera()
    off = {}
    for name, frame in fixed_frames(shape).items():
        image = frame.to(device)
        with torch.no_grad():
            # An engine may use its output's memory again in the next call.
            output = _checked(candidate(image), image, f'the {precision} engine').clone()
            with without_tf32():
                expected = _checked(reference(image), image, 'the network in torch')
        off[name] = _worst_abs_rel(output, expected.to(output.device), canonical)
    worst = max(off, key=lambda name: off[name])
    limit = MAX_ABS_REL[precision]
    if not off[worst] <= limit:
        raise EngineMismatchError(
            f'the {precision} engine is {off[worst]:.2%} off the depth of float32 torch on '
            f'{worst}, more than {limit:.2%}; {REMEDY[precision]}'
        )
    return off[worst]


class Agreement(NamedTuple):
    """Two tensors that should be one, and how large their difference may seem.

    Attributes:
        found: what is to be used.
        expected: the same in float32 torch.
        unit: the mean of its magnitude is what the mean difference is a share of.
    """

    found: Tensor
    expected: Tensor
    unit: Tensor


def require_agreement(tensors: Mapping[str, Agreement], precision: str) -> None:
    """Holds anything that an engine gives against torch; by name, for the message.

    Raises:
        EngineMismatchError: one is farther off than the precision explains.
    """
    limit = MAX_ABS_REL[precision]
    for name, (found, expected, unit) in tensors.items():
        if found.shape != expected.shape or found.dtype != expected.dtype:
            raise EngineMismatchError(
                f'the {precision} engine gives {found.dtype} of shape {tuple(found.shape)} for '
                f'{name}, not {expected.dtype} of {tuple(expected.shape)}; choose another backend'
            )
        off = float((found - expected).abs().mean() / unit.abs().mean())
        if not off <= limit:
            raise EngineMismatchError(
                f'the {precision} engine is {off:.2%} off float32 torch in {name}, more than '
                f'{limit:.2%}; {REMEDY[precision]}'
            )


def fixed_frames(
    shape: tuple[int, int, int],
) -> dict[str, Float[Tensor, 'batch 3 height width']]:
    """Images on the CPU, by what they show; the same every time, each image of a batch another."""
    batch, height, width = shape
    generator = torch.Generator().manual_seed(SEED)
    direction = torch.rand(batch, 3, 2, 1, 1, generator=generator) * 2 - 1
    rows = torch.linspace(-1, 1, height)[:, None]
    columns = torch.linspace(-1, 1, width)
    gradient = 0.5 + 0.25 * (direction[:, :, 0] * rows + direction[:, :, 1] * columns)
    return {
        'a smooth gradient': gradient,
        'a texture': _texture(shape, generator),
        'noise': torch.rand(batch, 3, height, width, generator=generator),
        'step edges': (gradient * NUM_STEPS**2).floor() % NUM_STEPS / (NUM_STEPS - 1),
    }


def _texture(
    shape: tuple[int, int, int], generator: torch.Generator
) -> Float[Tensor, 'batch 3 height width']:
    """Blobs of all sizes, the contrast growing with the size, as in photographs."""
    batch, height, width = shape
    texture = torch.zeros(batch, 3, height, width)
    cell, total = 1, 0
    while cell <= COARSEST_CELL_PX:
        size = math.ceil(height / cell), math.ceil(width / cell)
        blobs = torch.rand(batch, 3, *size, generator=generator)
        texture += cell * interpolate(blobs, (height, width), mode='bilinear')
        total += cell
        cell *= 2
    return texture / total


def _worst_abs_rel(
    output: Float[Tensor, 'batch 1 height width'],
    expected: Float[Tensor, 'batch 1 height width'],
    canonical: CanonicalCamera,
) -> float:
    """Of the image that differs most: one wrong camera must not hide among right ones."""
    depth, true_depth = (
        1 / canonical.inverse_depth_from_sigmoid(one) for one in (output, expected)
    )
    return float(((depth - true_depth).abs() / true_depth).mean(dim=(1, 2, 3)).max())


def _checked(output: Tensor, image: Tensor, who: str) -> Tensor:
    """The output, if it is one of this image at all."""
    batch, _, height, width = image.shape
    if output.dtype != torch.float32 or output.shape != (batch, 1, height, width):
        raise EngineMismatchError(
            f'{who} gives {output.dtype} of shape {tuple(output.shape)} for an input of shape '
            f'{tuple(image.shape)}, not float32 of one channel and the same size; choose another '
            'backend'
        )
    if not output.isfinite().all():
        raise EngineMismatchError(f'{who} gives NaN or infinity; choose another backend')
    return output
