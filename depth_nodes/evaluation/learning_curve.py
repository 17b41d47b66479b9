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
# How `training.validation` names what it measures: SOURCE/none and SOURCE/median.
STYLES = {'none': '-', 'median': '--'}

Curve = list[tuple[int, float]]


class LearningCurves(NamedTuple):
    """Points of (step, value).

    Attributes:
        loss: of the batches.
        validation: abs_rel by `SOURCE/ALIGNMENT`; empty where nothing was held out.
    """

    loss: Curve
    validation: dict[str, Curve]


def read_curves(path: Path) -> LearningCurves:
    """The curves of a training, out of its `curves.jsonl`.

    Raises:
        InputError: the file is missing, damaged, without a loss, or its training diverged.
    """
    try:
        records = [json.loads(line) for line in path.read_text().splitlines()]
        loss = [(record['step'], record['loss']) for record in records if 'loss' in record]
        # A step or a loss that is no number raises here, and not after the model is shipped.
        is_finite = bool(np.isfinite(np.array(loss, float)).all())
        validation: dict[str, Curve] = {}
        for record in records:
            for name in (one for one in record if one.rpartition('/')[2] in STYLES):
                validation.setdefault(name, []).append((record['step'], record[name]))
    except (AttributeError, OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f'{path} holds no learning curves ({error}); give the output folder of a training'
        ) from error
    if not loss:
        raise InputError(f'{path} holds no loss yet; wait until the training has taken some steps')
    if not is_finite:
        raise InputError(f'{path}: the loss is no number at some step; train anew')
    return LearningCurves(loss, validation)


def draw_curves(curves: LearningCurves, path: Path) -> None:
    """Writes loss (left) and held-out error (right) over the steps as PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE_INCHES, layout='constrained')
    left, right = figure.subplots(1, 2)
    _draw_loss(left, curves.loss)
    _draw_validation(right, curves.validation)
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


def _draw_validation(axes: Axes, validation: dict[str, Curve]) -> None:
    axes.set_title('held-out abs_rel: solid in metres, dashed after median scaling', fontsize=10)
    sources = list(dict.fromkeys(name.rpartition('/')[0] for name in validation))
    for name, curve in validation.items():
        source, _, align = name.rpartition('/')
        axes.plot(
            *zip(*curve, strict=True),
            color=f'C{sources.index(source)}',
            linestyle=STYLES[align],
            marker='.',
            label=source if align == 'none' else None,
        )
    if validation:
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False, loc='lower left')
