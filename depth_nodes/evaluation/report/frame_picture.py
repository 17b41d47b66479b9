"""Pictures of the best, the median and the worst frame: image, depth, truth, error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.evaluation.evaluation_config import EvaluationConfig
from depth_nodes.evaluation.pictures import depth_range
from depth_nodes.evaluation.report.frame_panels import frame_panels, known_truth
from depth_nodes.evaluation.source import FrameSource, Predictor

ROLES = ('best', 'median', 'worst')
MAX_PICTURE_CHARACTERS = 3_500_000


@dataclass(frozen=True, kw_only=True)
class FramePicture:
    """One frame; the pictures are `data:` addresses.

    Attributes:
        role: best, median or worst of its sequence by abs_rel.
        scores: of the frame, an entry of `per_frame`.
        panels: address by title.
    """

    role: str
    scores: Mapping[str, Any]
    panels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class SequencePictures:
    """The frames of a sequence in one scale of colours.

    Attributes:
        limits_m: near and far end of the scale.
        frames: best first.
    """

    limits_m: tuple[float, float]
    frames: Sequence[FramePicture]

    @property
    def num_characters(self) -> int:
        """What they take on a page."""
        return sum(len(panel) for frame in self.frames for panel in frame.panels.values())


def frames_to_show(per_frame: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The scores of the best, the median and the worst frame by role; fewer of few frames."""
    ranked = sorted(per_frame, key=lambda frame: frame['abs_rel'])
    shown = {'worst': ranked[-1], 'best': ranked[0], 'median': ranked[(len(ranked) - 1) // 2]}
    # A frame that is two of them is called the worst rather than the best.
    roles = {str(frame['name']): role for role, frame in reversed(shown.items())}
    return {role: shown[role] for role in ROLES if role in roles.values()}


def report_pictures(
    predict: Predictor,
    sources: Sequence[FrameSource],
    results: Mapping[str, Any],
    config: EvaluationConfig,
) -> dict[str, SequencePictures]:
    """Pictures by sequence, of what `evaluate` found; sources without results have none.

    So have the later ones of many, and are not read again: a page has to stay small.
    """
    found = results['sequences']
    pictures: dict[str, SequencePictures] = {}
    num_left = MAX_PICTURE_CHARACTERS
    for source in sources:
        if source.name not in found:
            continue
        shown = frame_pictures(predict, source, found[source.name]['per_frame'], config)
        num_left -= shown.num_characters
        if num_left < 0:
            break
        pictures[source.name] = shown
    return pictures


def frame_pictures(
    predict: Predictor,
    source: Iterable[Sample],
    per_frame: Sequence[Mapping[str, Any]],
    config: EvaluationConfig,
) -> SequencePictures:
    """Reads a source once more, up to the last frame that is shown.

    Args:
        predict: depth [m] of a frame, as it was when the scores were made.
        source: the frames.
        per_frame: their scores; one or more.
        config: how depth and truth were compared.
    """
    shown = frames_to_show(per_frame)
    missing = {frame['name'] for frame in shown.values()}
    found: dict[str, tuple[Sample, np.ndarray]] = {}
    for sample in source:
        if sample.name in missing and sample.depth_m is not None:
            found[sample.name] = (sample, predict(sample))
            missing.remove(sample.name)
        if not missing:
            break
    limits = depth_range([known_truth(sample, config) for sample, _ in found.values()])
    frames = [
        FramePicture(
            role=role, scores=scores, panels=frame_panels(*found[scores['name']], config, limits)
        )
        for role, scores in shown.items()
        if scores['name'] in found
    ]
    return SequencePictures(limits_m=limits, frames=frames)
