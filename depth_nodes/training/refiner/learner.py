"""How a patch refiner learns (PatchRefiner V2, arXiv 2501.01121, sections 3.3 and 3.4)."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

from jaxtyping import Float
import torch
from torch import nn, Tensor
from torch.func import functional_call

from depth_nodes.losses.gradient_matching import gradient_matching_loss
from depth_nodes.losses.scale_invariant import absolute_log_loss, silog_error, silog_loss
from depth_nodes.networks.checkpoints import Checkpoint, load_checkpoint
from depth_nodes.networks.depth_network import DepthNetwork
from depth_nodes.networks.patch_refiner_v2.coarse_maps import CoarseMaps
from depth_nodes.networks.patch_refiner_v2.encoder import SmallDepthEncoder
from depth_nodes.networks.patch_refiner_v2.patch_refiner import PatchRefiner
from depth_nodes.networks.registry import REFINERS
from depth_nodes.networks.small_depth import SmallDepth
from depth_nodes.training.batch import network_image
from depth_nodes.training.learner import Learner, start_from
from depth_nodes.training.precision import rounding
from depth_nodes.training.process_group import ProcessGroup
from depth_nodes.training.refiner.config import RefinerConfig
from depth_nodes.training.refiner.detail_teacher import DetailTeacher
from depth_nodes.training.refiner.refinement import (
    brought_to_truth,
    known_median,
    noise_maps,
    Refinement,
    repeated,
)
from depth_nodes.training.refiner.tile_batch import FrameBatch, TileBatch

LABEL_LOSSES = {'silog': silog_loss, 'absolute': absolute_log_loss}
RESIDUAL = 'fine_to_coarse.residual.weight'


class RefinerLearner(Learner[TileBatch]):
    """A refiner that learns, first without the coarse network and then with it.

    In noisy pretraining a filter of its own takes the place of the last one, whose residual stays
    0: so with the coarse network, learning begins at the coarse depth, and nothing is handed over.

    Args:
        config: everything that decides the weights.
        group: processes that share each step; all of them have the same weights.

    Raises:
        CheckpointError: weights cannot be read, or are of another network than the settings say.
    """

    config: RefinerConfig
    network: Refinement
    averaged: Refinement

    def __init__(self, config: RefinerConfig, group: ProcessGroup) -> None:
        torch.manual_seed(config.seed)
        coarse = load_checkpoint(Path(config.coarse))
        assert isinstance(coarse.network, DepthNetwork)
        refiner = _initial_refiner(config, coarse)
        self.coarse_name = coarse.network_name
        self.noisy_head = _noisy_head(refiner)
        network = Refinement(refiner, coarse.network, coarse.canonical)
        others = {'noisy_head': self.noisy_head.to(group.device)}
        super().__init__(config, group, network, others if config.noisy_pretraining else {})
        self.teacher = None
        if config.detail.teacher:
            self.teacher = DetailTeacher(config.detail, group.device, config.precision)
        with torch.no_grad():
            black = torch.zeros(1, 3, *config.coarse_size, dtype=torch.uint8)
            depth, focal_px = torch.ones(1, 1, *config.coarse_size), torch.ones(1, 1, 1, 1)
            frame = FrameBatch(*(one.to(group.device) for one in (black, depth, focal_px)))
            self._any_maps = self.averaged.coarse_maps(frame)

    def checkpoints(self) -> dict[str, Checkpoint]:
        """The refiner, and the coarse network where it learns too."""
        config, averaged = self.config, self.averaged
        coarse = f'{config.name}_coarse' if config.coarse_rate else Path(config.coarse).stem
        found = {
            config.name: Checkpoint(
                network=averaged.refiner,
                network_name=config.architecture,
                canonical=averaged.canonical,
                metadata={
                    'coarse': coarse,
                    'coarse_size': config.coarse_size,
                    'tile_size': config.tile_size,
                },
            )
        }
        if config.coarse_rate:
            found[coarse] = Checkpoint(
                network=averaged.coarse,
                network_name=self.coarse_name,
                canonical=averaged.canonical,
            )
        return found

    def set_mode(self, progress: float) -> None:
        """The coarse network keeps the statistics of its norms, whether it learns or not."""
        super().set_mode(progress)
        self.network.coarse.eval()

    def cycle_progress(self, progress: float) -> float:
        """Noisy pretraining has a cycle of its own."""
        share = self.config.noisy_pretraining
        return progress / share if progress < share else (progress - share) / (1 - share)

    def rate_factor(self, name: str) -> float:
        """Those of the encoder and of the coarse network are in the settings."""
        if name.startswith('network.coarse.'):
            return self.config.coarse_rate
        return self.config.encoder_rate if name.startswith('network.refiner.encoder.') else 1.0

    def add_gradients(
        self, batch: TileBatch, progress: float, random: torch.Generator
    ) -> dict[str, Tensor]:
        """Adds the gradients of the terms; those of detail where there is a teacher."""
        if batch.frames is None:
            truth = batch.depth_m / known_median(batch.depth_m)
            terms = self._terms(self._depth_without_coarse(batch), truth)
        else:
            maps = self.coarse_maps(batch)
            depth = self.refined_depth(batch, maps)
            terms = self._terms(depth, batch.depth_m)
            if self.teacher is not None:
                terms |= self.teacher(depth, batch, maps, random)
        loss = torch.stack(list(terms.values())).sum()
        loss.backward()
        return {name: term.detach() for name, term in {**terms, 'loss': loss}.items()}

    def _terms(
        self,
        depth: Float[Tensor, 'tile 1 height width'],
        truth: Float[Tensor, 'tile 1 height width'],
    ) -> dict[str, Tensor]:
        """How far depth is from the truth, where that is above 0."""
        name, weight = self.config.label_loss, self.config.gradient_weight
        terms: dict[str, Tensor] = {name: LABEL_LOSSES[name](depth, truth, truth > 0)}
        if weight > 0:
            error = silog_error(depth, truth, truth > 0)
            terms['gradient'] = weight * gradient_matching_loss(error, truth > 0)
        return terms

    def coarse_maps(self, batch: TileBatch) -> CoarseMaps:
        """Those of each tile's frame, its depth brought to the truth."""
        assert batch.frames is not None, 'noisy pretraining asks for none'
        learns = self.config.coarse_rate > 0
        with torch.set_grad_enabled(learns), rounding(self.config.precision, self.group.device):
            maps = self.network.coarse_maps(batch.frames)
        aligned = brought_to_truth(maps, batch.frames)
        return repeated(aligned, self.config.tiles_per_frame)

    def refined_depth(
        self, batch: TileBatch, maps: CoarseMaps
    ) -> Float[Tensor, 'tile 1 height width']:
        """Of each tile [m]."""
        with rounding(self.config.precision, self.group.device):
            return self.network.refiner(network_image(batch.image), batch.boxes, maps).depth

    def _depth_without_coarse(self, batch: TileBatch) -> Float[Tensor, 'tile 1 height width']:
        """Of each tile, by its image alone, in units of its median depth."""
        maps = noise_maps(self._any_maps, len(batch.image))
        inputs = network_image(batch.image), batch.boxes, maps
        with rounding(self.config.precision, self.group.device):
            head = {RESIDUAL: self.noisy_head.weight}
            return functional_call(self.network.refiner, head, inputs).depth


def _initial_refiner(config: RefinerConfig, coarse: Checkpoint) -> PatchRefiner:
    refiner = PatchRefiner(config.network)
    if isinstance(refiner.encoder, SmallDepthEncoder) and isinstance(coarse.network, SmallDepth):
        start = SmallDepthEncoder(deepcopy(coarse.network))
        start_from(refiner.encoder, config.coarse, start)
    if config.initial_checkpoint:
        initial = load_checkpoint(Path(config.initial_checkpoint), REFINERS)
        start_from(refiner, config.initial_checkpoint, initial.network)
    return refiner


def _noisy_head(refiner: PatchRefiner) -> nn.Conv2d:
    """The last filter of noisy pretraining; at first it says the median everywhere."""
    head = nn.Conv2d(refiner.fine_to_coarse.residual.in_channels, 1, 3, bias=False)
    nn.init.zeros_(head.weight)
    return head
