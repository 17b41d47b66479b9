"""The ranking loss: of two points, the nearer one shall be the nearer one.

Structure-guided ranking of Xian et al. (CVPR 2020), as PatchRefiner V2 (arXiv 2501.01121) takes
it over: most pairs lie across the teacher's depth edges.
"""

from __future__ import annotations

import cv2
from jaxtyping import Bool, Float, Int
import numpy as np
import torch
from torch import Tensor
import torch.nn.functional as F

# Depths whose ratio is within this count as equal.
EQUAL_RATIO = 1.03
MAX_ANCHORS = 10_000
MIN_OFFSET_PX, MAX_OFFSET_PX = 2.0, 30.0
# Of the Sobel gradient of ln(depth), which is 4 times the height of a step. An edge goes on as
# long as it is half as high.
MIN_STEP = 4 * float(np.log(1.1))
# The gradient is handed to Canny's detector in whole numbers.
STEPS_PER_UNIT, MAX_STEPS = 1000, 32767
MIN_DEPTH_M = 1e-3

# Indices into the pixels of an image, row by row.
Pairs = Int[Tensor, '2 pair']


def ranking_loss(
    depth: Float[Tensor, 'batch 1 height width'],
    teacher: Float[Tensor, 'batch 1 height width'],
    is_valid: Bool[Tensor, 'batch 1 height width'],
    random: torch.Generator,
) -> Float[Tensor, '']:
    """Mean over the images, of pairs across the teacher's edges and as many random ones.

    An image in which the teacher has no edge adds nothing.

    Args:
        depth: predicted [m].
        teacher: depth that tells the order [m].
        is_valid: where both count.
        random: a generator of the CPU.
    """
    losses = [depth.new_zeros(())]
    for values, order, known in zip(depth, teacher, is_valid, strict=True):
        pairs = edge_pairs(order[0], random)
        pairs = torch.cat((pairs, _random_pairs(known, pairs.shape[1], random)), dim=1)
        pairs = pairs.to(depth.device)
        pairs = pairs[:, known.flatten()[pairs].all(dim=0)]
        losses.append(pair_loss(values.flatten()[pairs], order.flatten()[pairs]))
    return torch.stack(losses).sum() / len(depth)


def pair_loss(
    depth: Float[Tensor, '2 pair'], teacher: Float[Tensor, '2 pair']
) -> Float[Tensor, '']:
    """Mean of (A - B)^2 of equal pairs, plus mean of ln(1 + exp(-l (A - B))) of the others.

    l is 1 where A is the farther one for the teacher, else -1.
    """
    difference = depth[0] - depth[1]
    low, high = teacher * EQUAL_RATIO >= teacher.flip(0)
    is_equal = low & high
    sign = torch.where(teacher[0] > teacher[1], 1.0, -1.0)
    of_equal = torch.where(is_equal, difference.square(), 0.0).sum()
    of_others = F.softplus(-sign * difference)
    of_others = torch.where(is_equal, 0.0, of_others).sum()
    return of_equal / is_equal.sum().clamp(min=1) + of_others / (~is_equal).sum().clamp(min=1)


@torch.no_grad()
def edge_pairs(teacher: Float[Tensor, 'height width'], random: torch.Generator) -> Pairs:
    """Three consecutive pairs of the four points around each of up to 10,000 edge pixels.

    The points lie along the gradient of ln(depth), two on either side, 2 to 30 px from the edge.
    Pairs that leave the image are left out.
    """
    anchors, directions = _edges(teacher)
    chosen = torch.randperm(len(anchors), generator=random)[:MAX_ANCHORS]
    span = MAX_OFFSET_PX - MIN_OFFSET_PX
    offsets = MIN_OFFSET_PX + span * torch.rand(4, len(chosen), generator=random)
    offsets = torch.cat((-offsets[:2], offsets[2:])).sort(dim=0).values
    points = (anchors[chosen] + offsets[..., None] * directions[chosen]).round().long()
    rows, columns = points.unbind(-1)
    height, width = teacher.shape
    is_inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    index = rows * width + columns
    pairs = torch.stack((index[:-1], index[1:]))
    return pairs[:, is_inside[:-1] & is_inside[1:]]


def _edges(
    teacher: Float[Tensor, 'height width'],
) -> tuple[Int[Tensor, 'edge 2'], Float[Tensor, 'edge 2']]:
    """Rows and columns of the edges in ln(depth) by Canny's detector, and their gradients of 1."""
    log_depth = teacher.float().clamp(min=MIN_DEPTH_M).log().cpu().numpy()
    down, across = (cv2.Sobel(log_depth, cv2.CV_32F, *order) for order in ((0, 1), (1, 0)))
    x, y = (
        np.clip(slope * STEPS_PER_UNIT, -MAX_STEPS, MAX_STEPS).astype(np.int16)
        for slope in (across, down)
    )
    high = MIN_STEP * STEPS_PER_UNIT
    is_edge = cv2.Canny(x, y, high / 2, high, L2gradient=True) > 0
    slopes = np.stack([down[is_edge], across[is_edge]], axis=-1)
    directions = slopes / np.linalg.norm(slopes, axis=-1, keepdims=True)
    return torch.from_numpy(np.argwhere(is_edge)), torch.from_numpy(directions)


def _random_pairs(
    is_valid: Bool[Tensor, '1 height width'], count: int, random: torch.Generator
) -> Pairs:
    places = is_valid.flatten().nonzero()[:, 0].cpu()
    if not len(places):
        return torch.empty(2, 0, dtype=torch.long)
    return places[torch.randint(len(places), (2, count), generator=random)]
