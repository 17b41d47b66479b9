"""Detail and scale disentangling (PatchRefiner V2, arXiv 2501.01121, section 3.4).

Real labels tell the scale, and have no edges; a refiner that learnt from rendered frames tells
the edges, and its scale is not believed.
"""

from __future__ import annotations

from pathlib import Path

from jaxtyping import Float
import torch
from torch import Tensor

from depth_nodes.losses.detail import local_ssigm_loss, ssigm_loss
from depth_nodes.losses.ranking import ranking_loss
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.networks.patch_refiner_v2.coarse_maps import CoarseMaps
from depth_nodes.networks.registry import REFINERS
from depth_nodes.training.batch import network_image
from depth_nodes.training.precision import rounding
from depth_nodes.training.refiner.config import DetailConfig
from depth_nodes.training.refiner.tile_batch import TileBatch


class DetailTeacher:
    """The losses that hold a refined depth against that of a refiner that learns no more.

    Args:
        config: its `teacher` names a checkpoint.
        device: where the teacher computes.
        precision: in which format it does so, as in the training's settings.

    Raises:
        CheckpointError: the teacher cannot be read.
    """

    def __init__(self, config: DetailConfig, device: torch.device, precision: str) -> None:
        self.config = config
        self.device = device
        self.precision = precision
        teacher = load_checkpoint(Path(config.teacher), REFINERS).network
        self.teacher = teacher.requires_grad_(False).to(device)

    def __call__(
        self,
        depth: Float[Tensor, 'tile 1 height width'],
        batch: TileBatch,
        maps: CoarseMaps,
        random: torch.Generator,
    ) -> dict[str, Float[Tensor, '']]:
        """The terms by name, weighted.

        Args:
            depth: what is learnt of the tiles [m].
            batch: the tiles.
            maps: what the coarse network says of them.
            random: a generator of the CPU.
        """
        # Not in inference mode: the student's gradient needs what the teacher said.
        with torch.no_grad(), rounding(self.precision, self.device):
            believed = self.teacher(network_image(batch.image), batch.boxes, maps).depth
        is_believed = (believed > 0) & (believed < self.config.max_depth_m)
        pair = depth, believed, is_believed
        terms: dict[str, Tensor] = {}
        for name in self.config.losses:
            if name == 'ssigm':
                value = ssigm_loss(*pair)
            elif name == 'local_ssigm':
                value = local_ssigm_loss(*pair, random)
            else:
                value = ranking_loss(*pair, random)
            terms[name] = self.config.weight * value
        return terms
