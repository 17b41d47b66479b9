"""Entries of a bank: what a teacher makes of pixels of many frames (RPrDepth, section 3.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from jaxtyping import Float
import numpy as np
import torch
from torch import Tensor
import torch.nn.functional as F

from depth_nodes.data.transforms import View
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.losses.prior import relative_log_depth
from depth_nodes.networks.depth_network import DepthNetwork, FUSED_LEVEL, FUSED_STRIDE
from depth_nodes.training.batch import batch_from_views
from depth_nodes.training.multi_frame import predicted
from depth_nodes.training.prior.bank_config import PriorBankConfig
from depth_nodes.training.sampler import source_shares
from depth_nodes.training.sources import FrameSource
from depth_nodes.training.whole_view import whole_view


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
    """Entries of all drawn frames, features in 16 bits: there may be a million.

    A teacher of several frames sees each with the one before, where the source has that with a
    recorded pose.
    """
    random = np.random.default_rng(config.seed)
    parts = []
    for view in _drawn_views(sources, config, random):
        cells = _entries_of(teacher, canonical, view)
        num_drawn = max(round(config.pixel_share * view.depth_m.size), 1)
        num_cells = len(cells.log_depth)
        index = random.choice(num_cells, min(num_drawn, num_cells), replace=False)
        parts.append([one[torch.from_numpy(np.sort(index))] for one in cells])
    return Entries(*(torch.cat(one) for one in zip(*parts, strict=True)))


def _drawn_views(
    sources: list[FrameSource], config: PriorBankConfig, random: np.random.Generator
) -> Iterator[View]:
    """Whole frames by the shares of their sources, none twice."""
    for source, share in zip(sources, source_shares(sources, 0.0), strict=True):
        num_drawn = min(round(share * config.num_frames), len(source.samples))
        for index in random.choice(len(source.samples), num_drawn, replace=False):
            neighbours = source.neighbours[index] if source.neighbours else ()
            yield whole_view(source.samples[index], *config.teacher_size, neighbours)


# Not in inference mode: what is said lives on in a bank that a network learns with.
@torch.no_grad()
def _entries_of(teacher: DepthNetwork, canonical: CanonicalCamera, view: View) -> Entries:
    """Those of the 16x16 pixels that lie inside the view, the rest is padding."""
    device = next(teacher.parameters()).device
    batch = batch_from_views([view], [True], [False]).mapped(lambda tensor: tensor.to(device))
    prediction = predicted(teacher, batch)
    rows, columns = (side // FUSED_STRIDE for side in view.depth_m.shape)
    inverse_depth = canonical.inverse_depth_from_sigmoid(prediction.output.full)
    # Planes are affine in inverse depth, so its mean is that of the pixel in the middle.
    inverse_depth = F.avg_pool2d(inverse_depth, FUSED_STRIDE)[..., :rows, :columns]
    features = prediction.features.encoder[FUSED_LEVEL][0, :, :rows, :columns]
    log_depth = relative_log_depth(inverse_depth).flatten()
    return Entries(features.flatten(1).T.half().cpu(), log_depth.cpu())
