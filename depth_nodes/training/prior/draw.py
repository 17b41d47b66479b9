"""Entries of a bank: what a teacher makes of pixels of many frames (RPrDepth, section 3.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from jaxtyping import Float
import numpy as np
import torch
from torch import Tensor
import torch.nn.functional as F

from depth_nodes.data.sample import Sample
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.losses.prior import relative_log_depth
from depth_nodes.networks.depth_network import DepthNetwork
from depth_nodes.training.prior.bank_config import PriorBankConfig
from depth_nodes.training.sampler import source_shares
from depth_nodes.training.sources import FrameSource
from depth_nodes.training.whole_view import padded_image, whole_view

LEVEL, LEVEL_STRIDE = 3, 16


class Entries(NamedTuple):
    """Features at stride 16 as the teacher has them, and ln of depth over its image's median."""

    features: Float[Tensor, 'entry channel']
    log_depth: Float[Tensor, ' entry']


def drawn_entries(
    teacher: DepthNetwork,
    canonical: CanonicalCamera,
    sources: list[FrameSource],
    config: PriorBankConfig,
) -> Entries:
    """Entries of all drawn frames, features in 16 bits: there may be a million."""
    random = np.random.default_rng(config.seed)
    device = next(teacher.parameters()).device
    parts = []
    for sample in _drawn_frames(sources, config.num_frames, random):
        view = whole_view(sample, *config.teacher_size)
        image = padded_image(view).to(device)
        height, width = view.depth_m.shape
        cells = _entries_of(teacher, canonical, image, (height, width))
        num_drawn = max(round(config.pixel_share * height * width), 1)
        num_cells = len(cells.log_depth)
        index = random.choice(num_cells, min(num_drawn, num_cells), replace=False)
        parts.append([one[torch.from_numpy(np.sort(index))] for one in cells])
    return Entries(*(torch.cat(one) for one in zip(*parts, strict=True)))


def _drawn_frames(
    sources: list[FrameSource], num_frames: int, random: np.random.Generator
) -> Iterator[Sample]:
    """Frames by the shares of their sources, none twice."""
    for source, share in zip(sources, source_shares(sources, 0.0), strict=True):
        num_drawn = min(round(share * num_frames), len(source.samples))
        for index in random.choice(len(source.samples), num_drawn, replace=False):
            yield source.samples[int(index)]


# Not in inference mode: what is said lives on in a bank that a network learns with.
@torch.no_grad()
def _entries_of(
    teacher: DepthNetwork,
    canonical: CanonicalCamera,
    image: Float[Tensor, '1 3 height width'],
    size: tuple[int, int],
) -> Entries:
    """Those of the 16x16 pixels that lie inside `size` = (height, width), the rest is padding."""
    rows, columns = (side // LEVEL_STRIDE for side in size)
    prediction = teacher.predict(image)
    inverse_depth = canonical.inverse_depth_from_sigmoid(prediction.output.full)
    # Planes are affine in inverse depth, so its mean is that of the pixel in the middle.
    inverse_depth = F.avg_pool2d(inverse_depth, LEVEL_STRIDE)[..., :rows, :columns]
    features = prediction.features.encoder[LEVEL][0, :, :rows, :columns]
    log_depth = relative_log_depth(inverse_depth).flatten()
    return Entries(features.flatten(1).T.half().cpu(), log_depth.cpu())
