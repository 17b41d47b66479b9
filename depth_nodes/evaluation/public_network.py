"""Small networks of others, measured on the sequences that ours are measured on.

Depth 0.1-80 m, no crop, each image scaled by the ratio of medians.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Score(NamedTuple):
    """Mean error, and share of pixels within a factor of 1.25."""

    abs_rel: float
    d1: float


@dataclass(frozen=True, kw_only=True)
class PublicNetwork:
    """A network and its scores by the name of the sequence."""

    name: str
    learnt_from: str
    scores: dict[str, Score]


PUBLIC_NETWORKS = (
    PublicNetwork(
        name='TCMonoDepth small',
        learnt_from='0.19 M, any scene',
        scores={
            'kitti_scenes': Score(0.231, 0.608),
            'kitti_traffic': Score(0.373, 0.406),
            'kitti_dense': Score(0.132, 0.823),
            'seven_scenes_kitchen': Score(0.228, 0.613),
            'tum_fr1_rpy': Score(0.265, 0.518),
        },
    ),
    PublicNetwork(
        name='RT-MonoDepth-S',
        learnt_from='1.2 M, all of KITTI',
        scores={
            'kitti_scenes': Score(0.138, 0.839),
            'kitti_traffic': Score(0.330, 0.582),
            'kitti_dense': Score(0.041, 0.981),
            'seven_scenes_kitchen': Score(0.439, 0.313),
            'tum_fr1_rpy': Score(0.454, 0.343),
        },
    ),
    PublicNetwork(
        name='PyDNet pruned',
        learnt_from='KITTI',
        scores={
            'kitti_scenes': Score(0.153, 0.789),
            'kitti_traffic': Score(0.445, 0.411),
            'kitti_dense': Score(0.078, 0.904),
            'seven_scenes_kitchen': Score(0.279, 0.506),
            'tum_fr1_rpy': Score(0.371, 0.353),
        },
    ),
)
