"""All that a prediction is held against: labels, neighbours, a larger network."""

from __future__ import annotations

from jaxtyping import Float
import torch
from torch import Tensor

from depth_nodes.networks.depth_network import Prediction
from depth_nodes.networks.pose_network import PoseNetwork
from depth_nodes.training.batch import Batch, network_image
from depth_nodes.training.config import TrainingConfig
from depth_nodes.training.function_approximation import FunctionApproximation
from depth_nodes.training.objective import Objective
from depth_nodes.training.posed_pairs import posed_pairs
from depth_nodes.training.precision import rounding
from depth_nodes.training.process_group import ProcessGroup
from depth_nodes.training.pyramid import Level, sliced
from depth_nodes.training.self_supervision import SelfSupervision


class Criterion:
    """The loss L^k of a level, whatever the sources give, with its terms by name.

    Of several processes each takes the mean over its own pairs, and over what its teacher is
    believed at; labels alone are weighed as in one large batch.

    Args:
        config: what there is to learn from, and what it weighs.
        group: processes that share each step.

    Attributes:
        pose_network: learns along where sources have neighbours; else None.

    Raises:
        CheckpointError: the teacher's weights cannot be read.
        ConfigError: the teacher predicts for another camera.
    """

    def __init__(self, config: TrainingConfig, group: ProcessGroup) -> None:
        self.config = config
        self.device = group.device
        self.objective = Objective(config.objective, config.canonical, group.mean)
        self.self_supervision = SelfSupervision(config.self_supervision, config.canonical)
        self.pose_network = None
        if config.has_neighbours:
            self.pose_network = PoseNetwork(config.self_supervision.pose_network).to(self.device)
        self.approximation = None
        if config.approximation.teacher:
            self.approximation = FunctionApproximation(
                config.approximation, config.canonical, self.device, config.precision
            )

    def __call__(
        self, prediction: Prediction, batch: Batch, level: Level, progress: float
    ) -> tuple[Float[Tensor, ''], dict[str, Float[Tensor, '']]]:
        """The sum of all that applies.

        Args:
            prediction: of the views, then of their neighbours.
            batch: the views at this level.
            level: the larger network is listened to at `cr` alone.
            progress: share of the training that is done.
        """
        views = sliced(prediction, len(batch.image))
        losses = [batch.depth_m.new_zeros(())]
        terms: dict[str, Tensor] = {}
        if self.config.has_labels:
            loss, terms = self.objective(views.output, batch)
            losses.append(loss)
        if self.pose_network is not None:
            # Processes exchange their terms, so each has the same ones at every step.
            terms |= dict.fromkeys(self.self_supervision.terms, losses[0])
            if batch.neighbours is not None:
                pairs = posed_pairs(batch, batch.neighbours, self.estimate_motion)
                loss, found = self.self_supervision(prediction, batch, pairs, progress)
                losses.append(loss)
                terms |= found
        if self.approximation is not None and level == 'cr':
            image = network_image(batch.image)
            loss, found = self.approximation(image, views, batch.focal_px)
            losses.append(loss)
            terms |= found
        return torch.stack(losses).sum(), terms

    def estimate_motion(
        self, view: Float[Tensor, 'pair 3 h w'], neighbour: Float[Tensor, 'pair 3 h w']
    ) -> tuple[Float[Tensor, 'pair 3'], Float[Tensor, 'pair 3']]:
        """That of the pose network, as `posed_pairs` asks for it."""
        assert self.pose_network is not None, 'there are neighbours'
        # The network alone: poses that are multiplied in bfloat16 would be off by pixels.
        with rounding(self.config.precision, self.device):
            motion: tuple[Tensor, Tensor] = self.pose_network(view, neighbour)
        return motion
