"""The learning curves of a training as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple, TYPE_CHECKING

import numpy as np

from depth_nodes.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CURVES_FILE = 'curves.jsonl'
SMOOTHING = 25
SIZE_INCHES, DOTS_PER_INCH = (10.0, 3.8), 100

Curve = list[tuple[int, float]]


class Measure(NamedTuple):
    """What a training's validation measured, of which a picture shows two curves a source.

    Attributes:
        title: of the picture.
        styles: of lines, by what follows the source in the names of scores.
    """

    title: str
    styles: dict[str, str]


# As `training.validation` and `training.refiner.validation` name their scores.
DEPTH = Measure(
    'held-out abs_rel: solid in metres, dashed after median scaling', {'none': '-', 'median': '--'}
)
REFINER = Measure(
    'held-out F1 of edges: solid refined, dashed coarse',
    {'refined_edge_f1': '-', 'coarse_edge_f1': '--'},
)


class LearningCurves(NamedTuple):
    """Points of (step, value).

    Attributes:
        loss: of the batches.
        validation: by `SOURCE/SCORE`; empty where nothing was held out.
        elapsed_s: what the training took.
    """

    loss: Curve
    validation: dict[str, Curve]
    elapsed_s: float = 0.0


def read_curves(path: Path) -> LearningCurves:
    """The curves of a training, out of its `curves.jsonl`.

    Raises:
        InputError: the file is missing, damaged, without a loss, or its training diverged.
    """
    try:
        records = [json.loads(line) for line in path.read_text().splitlines()]
        loss = [(record['step'], record['loss']) for record in records if 'loss' in record]
        # A step or a loss that is no number raises here, and not after the model is shipped.
        elapsed_s = float(max(record.get('elapsed_s', 0.0) for record in records))
        is_finite = bool(np.isfinite(np.array(loss, float)).all())
        validation: dict[str, Curve] = {}
        for record in records:
            for name in (one for one in record if '/' in one):
                validation.setdefault(name, []).append((record['step'], record[name]))
    except (AttributeError, OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f'{path} holds no learning curves ({error}); give the output folder of a training'
        ) from error
    if not loss:
        raise InputError(f'{path} holds no loss yet; wait until the training has taken some steps')
    if not is_finite:
        raise InputError(f'{path}: the loss is no number at some step; train anew')
    return LearningCurves(loss, validation, elapsed_s)


def draw_curves(curves: LearningCurves, path: Path, measure: Measure = DEPTH) -> None:
    """Writes loss (left) and held-out scores (right) over the steps as PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE_INCHES, layout='constrained')
    left, right = figure.subplots(1, 2)
    _draw_loss(left, curves.loss)
    _draw_validation(right, curves.validation, measure)
    for axes in (left, right):
        axes.set_xlabel('step')
        axes.grid(alpha=0.3)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=DOTS_PER_INCH)


def _draw_loss(axes: Axes, loss: Curve) -> None:
    steps, values = np.array(loss, float).T
    axes.plot(steps, values, color='tab:blue', alpha=0.25, linewidth=0.8)
    length = min(SMOOTHING, len(values))
    mean = np.convolve(values, np.full(length, 1 / length), 'valid')
    axes.plot(steps[length - 1 :], mean, color='tab:blue', label=f'mean of {length} records')
    axes.set_title('training loss', fontsize=10)
    axes.set_ylim(0, float(np.percentile(values, 99)) * 1.15)
    axes.legend(frameon=False)


def _draw_validation(axes: Axes, validation: dict[str, Curve], measure: Measure) -> None:
    axes.set_title(measure.title, fontsize=10)
    drawn = {name: curve for name, curve in validation.items() if _score(name) in measure.styles}
    sources = list(dict.fromkeys(name.rpartition('/')[0] for name in drawn))
    for name, curve in drawn.items():
        source, style = name.rpartition('/')[0], measure.styles[_score(name)]
        axes.plot(
            *zip(*curve, strict=True),
            color=f'C{sources.index(source)}',
            linestyle=style,
            marker='.',
            label=source if style == '-' else None,
        )
    if drawn:
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False, loc='lower left')


def _score(name: str) -> str:
    return name.rpartition('/')[2]
