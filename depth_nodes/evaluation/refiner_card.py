"""The measured part of a refiner's card: how far its training went, and what it does to depth."""

from __future__ import annotations

from collections.abc import Mapping
import math
from typing import Any

from depth_nodes.evaluation.learning_curve import LearningCurves
from depth_nodes.evaluation.model_card import markdown_table
from depth_nodes.evaluation.refinement import RefinementScores, StageScores
from depth_nodes.evaluation.scorecard import MAX_DEPTH_M, MIN_DEPTH_M

SHOWN = {
    'edge_f1': 'F1 of edges',
    'see_m': 'soft edge error [m]',
    'rmse_m': 'RMSE [m]',
    'abs_rel': 'abs_rel',
}
# As `training.refiner.validation` names its scores.
STAGES = ('coarse', 'refined')
VALIDATED = ('edge_f1', 'rmse_m', 'abs_rel')
MAX_STEPS = 8

Scores = Mapping[str, RefinementScores]


def training_section(metadata: Mapping[str, Any], curves: LearningCurves) -> str:
    """How far the training went.

    Args:
        metadata: of the checkpoint; `frames` need not be there.
        curves: of the training.
    """
    frames = f' on {metadata["frames"]} frames' if 'frames' in metadata else ''
    text = (
        f'{metadata["steps"]} steps{frames} in {curves.elapsed_s / 3600:.1f} hours. On frames '
        'that were held out of it, coarse / refined, once the medians agree:'
    )
    return '\n\n'.join(['## How far its training went', text, validation_table(curves)])


def validation_table(curves: LearningCurves) -> str:
    """A row for each source and step, of at most eight steps; the last one always."""
    by_name = {name: dict(curve) for name, curve in curves.validation.items()}
    sources = dict.fromkeys(name.rpartition('/')[0] for name in by_name)
    steps = sorted({step for curve in by_name.values() for step in curve})
    stride = -(-len(steps) // MAX_STEPS) or 1
    rows = [('step', 'source', *(SHOWN[score] for score in VALIDATED))]
    for step in reversed(steps[::-1][::stride]):
        for source in sources:
            cells = []
            for score in VALIDATED:
                names = (f'{source}/{stage}_{score}' for stage in STAGES)
                cells.append(_pair(*(by_name.get(name, {}).get(step) for name in names)))
            rows.append((str(step), source, *cells))
    return markdown_table(rows)


def refinement_section(scores: Scores, renderer: str) -> str:
    """What refinement does to depth.

    Args:
        scores: by sequence.
        renderer: what drew the rendered ones, in words.
    """
    text = (
        f'Depth {MIN_DEPTH_M:g}-{MAX_DEPTH_M:g} m at the size of the image, coarse / refined: as '
        '`depth_node` gives it with the coarse network, and after refinement. Means over images, '
        'each scaled by the ratio of medians. `rendered_*` are scenes that no training uses '
        f'({renderer}). Edges are those of `depth_nodes evaluate --boundaries`.'
    )
    return '\n\n'.join(['## Scores', text, refinement_table(scores)])


def refinement_table(scores: Scores) -> str:
    """A row for each sequence, in Markdown: coarse / refined."""
    rows = [('sequence', *SHOWN.values(), 'F1, ratio', 'frames')]
    for name, one in scores.items():
        pairs = (_pair(*both) for both in zip(one.coarse, one.refined, strict=True))
        rows.append((name, *pairs, _number(one.ratios.edge_f1, 2), str(one.frames)))
    return markdown_table(rows)


def curve_section(curves: str) -> str:
    """The picture; its path is as seen from the card."""
    picture = f'![Training loss and F1 of edges on held-out frames over the steps]({curves})'
    return f'## Learning curves\n\n{picture}'


def manifest_scores(scores: RefinementScores) -> dict[str, float]:
    """What the manifest quotes, to three digits; what is unknown is left out."""
    stages = {'coarse': scores.coarse, 'refined': scores.refined}
    return {
        f'{stage}_{name}': round(value, 3)
        for stage, values in stages.items()
        for name, value in zip(StageScores._fields, values, strict=True)
        if not math.isnan(value)
    }


def _pair(coarse: float | None, refined: float | None) -> str:
    return f'{_number(coarse)} / {_number(refined)}'


def _number(value: float | None, digits: int = 3) -> str:
    return '-' if value is None or math.isnan(value) else f'{value:.{digits}f}'
