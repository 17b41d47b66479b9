"""The frames of a sequence: their course, the pictures, the worst ones by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from depth_nodes.evaluation.report.colour_scale import depth_scale, error_scale
from depth_nodes.evaluation.report.drawing import Words
from depth_nodes.evaluation.report.frame_picture import (
    FramePicture,
    frames_to_show,
    SequencePictures,
)
from depth_nodes.evaluation.report.markup import element, join, Markup, table
from depth_nodes.evaluation.report.number_text import fixed, percent
from depth_nodes.evaluation.report.plot import Line, line_plot

NUM_WORST = 5

Frame = Mapping[str, Any]


def course_plots(frames: Sequence[Frame], scale_median: float | None) -> list[Markup]:
    """Error and scale over time, or over frames where there are no stamps."""
    places, x = _places(frames)
    shown = frames_to_show(frames)
    marks = {
        place: role
        for place, frame in zip(places, frames, strict=True)
        for role, chosen in shown.items()
        if chosen is frame
    }
    levels = {'metres (1)': 1.0}
    if scale_median is not None and abs(scale_median - 1) > 0.02:
        levels['median'] = scale_median
    error = Line(points=_points(places, frames, 'abs_rel'), marks=marks)
    scale = Line(points=_points(places, frames, 'scale'), levels=levels)
    return [
        line_plot(
            Words(title='Error of each frame', x=x, y='abs_rel',
                  note='Mean of |error| / distance. The marked frames are shown below.'),
            error,
        ),
        line_plot(
            Words(title='Scale factor of each frame', x=x, y='true / predicted',
                  note='Above 1 depth is too small. A flat line at 1 is metres.'),
            scale,
            has_zero=False,
        ),
    ]  # fmt: skip


def picture_section(pictures: SequencePictures, name: str) -> Markup:
    """The shown frames under one scale of colours; `name` is no other sequence's."""
    scales = element(
        'div', depth_scale(pictures.limits_m, name), error_scale(name), class_='scales'
    )
    return join([element('h3', 'Best, median and worst frame'), scales,
                 *map(_picture_row, pictures.frames)])  # fmt: skip


def worst_table(frames: Sequence[Frame]) -> Markup:
    """The frames to look at first in the recording."""
    worst = sorted(frames, key=lambda frame: -frame['abs_rel'])[:NUM_WORST]
    return table(
        ['frame', 'stamp [s]', 'abs_rel', 'rmse [m]', 'd1', 'scale'],
        [
            [frame['name'], fixed(frame['stamp_s']), fixed(frame['abs_rel']),
             fixed(frame['rmse'], 2), percent(frame['d1']), fixed(frame['scale'])]
            for frame in worst
        ],
        caption='Look at these first',
    )  # fmt: skip


def _picture_row(picture: FramePicture) -> Markup:
    scores = picture.scores
    text = f'{scores["name"]}: abs_rel {fixed(scores["abs_rel"])}, scale {fixed(scores["scale"])}'
    panels = [
        element('figure', element('img', src=address, alt=title),
                element('figcaption', title))
        for title, address in picture.panels.items()
    ]  # fmt: skip
    head = element('h4', f'{picture.role.capitalize()} frame ', element('span', text))
    return element('div', head, element('div', *panels, class_='panels'), class_='frame')


def _places(frames: Sequence[Frame]) -> tuple[list[float], str]:
    """Where the frames stand on the axis, and what it is called."""
    stamps = [frame['stamp_s'] for frame in frames if frame['stamp_s'] is not None]
    if len(stamps) < len(frames):
        return [float(index) for index in range(len(frames))], 'frame'
    return [stamp - stamps[0] for stamp in stamps], 'time [s]'


def _points(
    places: Sequence[float], frames: Sequence[Frame], name: str
) -> list[tuple[float, float | None]]:
    return [(place, frame[name]) for place, frame in zip(places, frames, strict=True)]
