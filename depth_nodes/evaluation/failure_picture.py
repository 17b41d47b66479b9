"""Where a model fails most: the worst frame of each sequence, with truth and error."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TYPE_CHECKING

from jaxtyping import Float32
import numpy as np

from depth_nodes.data.sample import dense_depth
from depth_nodes.evaluation.pictures import depth_range, TICKS_M
from depth_nodes.evaluation.scorecard import MAX_DEPTH_M, MIN_DEPTH_M, WorstFrame

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLES = ('image', 'true depth [m]', 'predicted depth [m]', 'predicted / true')
WIDTH_INCHES, ROW_INCHES, DOTS_PER_INCH = 13.0, 1.85, 90
JPEG_QUALITY = 88
UNKNOWN = (0.2, 0.2, 0.22)
MAX_RATIO = 2.0
RATIO_TICKS = (0.5, 0.7, 1, 1.4, 2)
MAX_TICKS = 6


def draw_failures(frames: Mapping[str, WorstFrame], path: Path) -> None:
    """Writes a JPEG with a row for each frame: image, truth, prediction, error.

    Args:
        frames: by the name that stands beside the row; one or more.
        path: where to.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_INCHES, ROW_INCHES * len(frames) + 0.3), layout='constrained')
    axes = figure.subplots(len(frames), len(TITLES), squeeze=False)
    for row, (name, frame) in zip(axes, frames.items(), strict=True):
        _draw_row(figure, row, frame)
        row[0].set_ylabel(f'{name}\n{caption(frame)}', fontsize='small')
    for one in axes.flat:
        one.set(xticks=[], yticks=[], facecolor=UNKNOWN)
    for one, title in zip(axes[0], TITLES, strict=True):
        one.set_title(title, fontsize='medium')
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=DOTS_PER_INCH, pil_kwargs={'quality': JPEG_QUALITY})


def caption(frame: WorstFrame) -> str:
    """The frame's errors in words."""
    metres, median = frame.metres, frame.median
    return f'abs_rel {metres.abs_rel:.2f},\n{median.abs_rel:.2f} scaled by {metres.scale:.2f}'


def known_truth(frame: WorstFrame) -> Float32[np.ndarray, 'height width']:
    """True depth [m] at the image's size, NaN where it is unknown or takes no part."""
    truth = dense_depth(frame.sample)
    with np.errstate(invalid='ignore'):
        return np.where((truth > MIN_DEPTH_M) & (truth < MAX_DEPTH_M), truth, np.float32(np.nan))


def _draw_row(figure: Figure, row: np.ndarray, frame: WorstFrame) -> None:
    from matplotlib.colors import LogNorm

    truth = known_truth(frame)
    near, far = depth_range([truth])
    scale: dict[str, Any] = {'norm': LogNorm(near, far), 'cmap': 'turbo_r'}
    row[0].imshow(frame.sample.image)
    row[1].imshow(truth, **scale)
    _add_bar(figure, row[2], row[2].imshow(frame.depth_m, **scale), _ticks(near, far))
    ratio = row[3].imshow(
        frame.depth_m / truth, norm=LogNorm(1 / MAX_RATIO, MAX_RATIO), cmap='RdBu_r'
    )
    _add_bar(figure, row[3], ratio, RATIO_TICKS)


def _add_bar(figure: Figure, axes: Axes, picture: Any, ticks: tuple[float, ...]) -> None:
    bar = figure.colorbar(picture, ax=axes, pad=0.02)
    bar.set_ticks(list(ticks), labels=[f'{tick:g}' for tick in ticks])
    bar.ax.minorticks_off()


def _ticks(near: float, far: float) -> tuple[float, ...]:
    """Round depths [m] between the two, not too many."""
    inside = tuple(tick for tick in TICKS_M if near <= tick <= far)
    return inside[:: -(-len(inside) // MAX_TICKS) or 1]
