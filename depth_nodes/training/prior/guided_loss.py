"""The rich-resource guided loss of RPrDepth (arXiv 2408.00361, section 3.4)."""

from __future__ import annotations

from pathlib import Path

from jaxtyping import Float
import torch
from torch import Tensor
import torch.nn.functional as F

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.losses.prior import (
    gradient_consistency_loss,
    retrieval_loss,
    view_reconstruction_loss,
)
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.networks.depth_network import DepthNetwork, Prediction
from depth_nodes.training.batch import Batch, network_image
from depth_nodes.training.multi_frame import predicted
from depth_nodes.training.precision import at_least_float32, rounding
from depth_nodes.training.prior.config import GuidedConfig


class GuidedLoss:
    """What a frozen teacher, and larger images, say of a prediction.

    The terms know no scale but that of recorded poses, so the teacher may predict for another
    camera. A teacher of several frames looks at the frame before each view, where that is in the
    batch with a recorded pose, else at the view alone.

    Args:
        config: its `teacher` names a checkpoint.
        canonical: the camera that the student predicts for.
        device: where the teacher computes.
        precision: in which format it does so, as in `TrainingConfig`.

    Raises:
        CheckpointError: the teacher cannot be read.
    """

    def __init__(
        self,
        config: GuidedConfig,
        canonical: CanonicalCamera,
        device: torch.device,
        precision: str = 'float32',
    ) -> None:
        checkpoint = load_checkpoint(Path(config.teacher))
        assert isinstance(checkpoint.network, DepthNetwork)
        self.config = config
        self.canonical = canonical
        self.teacher: DepthNetwork = checkpoint.network.requires_grad_(False).to(device)
        self.teacher_canonical = checkpoint.canonical
        self.precision = precision

    def __call__(
        self, prediction: Prediction, views: Batch, rich: Batch
    ) -> tuple[Float[Tensor, ''], dict[str, Float[Tensor, '']]]:
        """The loss, and its terms by name, weighted.

        Args:
            prediction: of the views.
            views: what the student saw.
            rich: the same in larger.
        """
        target = self._teacher_inverse_depth(rich)
        inverse_depth = self.canonical.inverse_depth_from_sigmoid(prediction.output.full)
        larger = F.interpolate(
            inverse_depth, size=target.shape[-2:], mode='bilinear', align_corners=False
        )
        consistency = gradient_consistency_loss(larger, target)
        terms = {
            'guided_view': self.config.view_weight * self._view_term(inverse_depth, views, rich),
            'guided_consistency': self.config.consistency_weight * consistency,
        }
        if prediction.retrieved is not None:
            retrieved = at_least_float32(prediction.retrieved.log_depth)
            weight = self.config.retrieval_weight
            terms['guided_retrieval'] = weight * retrieval_loss(retrieved, target)
        loss = torch.stack(list(terms.values())).sum()
        return loss, {name: term.detach() for name, term in terms.items()}

    # Not in inference mode: the student's gradient needs what the teacher said.
    @torch.no_grad()
    def _teacher_inverse_depth(self, rich: Batch) -> Float[Tensor, 'batch 1 height width']:
        with rounding(self.precision, rich.image.device):
            full = predicted(self.teacher, rich).output.full
        return self.teacher_canonical.inverse_depth_from_sigmoid(at_least_float32(full))

    def _view_term(
        self, inverse_depth: Float[Tensor, 'batch 1 rows columns'], views: Batch, rich: Batch
    ) -> Float[Tensor, '']:
        """L_vp of the views whose neighbours have recorded poses; 0 where none have."""
        neighbours = rich.neighbours
        if neighbours is None or not neighbours.is_pose_known.any():
            return inverse_depth.new_zeros(())
        is_known = neighbours.is_pose_known
        row = neighbours.row[is_known]
        depth = self.canonical.depth_from_canonical(1 / inverse_depth, views.focal_px)
        return view_reconstruction_loss(
            1 / depth[row],
            (network_image(rich.image[row]), network_image(neighbours.image[is_known])),
            rich.intrinsics[row],
            neighbours.neighbour_from_view[is_known],
            row.unique(return_inverse=True)[1],
        )
