"""What the colours of the pictures mean, as bars with numbers."""

from __future__ import annotations

from collections.abc import Mapping
import math

import numpy as np

from depth_nodes.evaluation.pictures import colour_depth, TICKS_M
from depth_nodes.evaluation.report.frame_panels import colour_error, MAX_ERROR, Rgb
from depth_nodes.evaluation.report.markup import element, Markup
from depth_nodes.evaluation.report.number_text import signed_percent

WIDTH, HEIGHT, BAR_HEIGHT = 360, 42, 12
LEFT, RIGHT, TOP = 20, 340, 14
NUM_STOPS = 24
MIN_GAP = 26  # between two numbers, so that they do not touch


def depth_scale(limits_m: tuple[float, float], name: str) -> Markup:
    """The logarithmic scale of depth [m]; `name` must differ between the scales of a page."""
    near, far = limits_m
    depths = np.geomspace(near, far, NUM_STOPS).astype(np.float32)

    def share(depth_m: float) -> float:
        return math.log(depth_m / near) / math.log(far / near)

    ticks = {share(tick): f'{tick:g}' for tick in TICKS_M if near <= tick <= far}
    return _bar(f'{name}-depth', 'depth [m]', colour_depth(depths[None], limits_m), ticks)


def error_scale(name: str) -> Markup:
    """The scale of the relative error."""
    errors = np.linspace(-MAX_ERROR, MAX_ERROR, NUM_STOPS, dtype=np.float32)
    ticks = {
        0.5 + 0.5 * value / MAX_ERROR: signed_percent(value)
        for value in (-MAX_ERROR, -MAX_ERROR / 2, 0.0, MAX_ERROR / 2, MAX_ERROR)
    }
    title = 'relative error: blue too near, red too far, gray unknown'
    return _bar(f'{name}-error', title, colour_error(errors[None]), ticks)


def _bar(name: str, title: str, colours: Rgb, ticks: Mapping[float, str]) -> Markup:
    row = colours[0].tolist()
    stops = [
        element(
            'stop', offset=f'{index / (len(row) - 1):.3f}', stop_color=f'rgb({red},{green},{blue})'
        )
        for index, (red, green, blue) in enumerate(row)
    ]

    def place(share: float) -> float:
        return LEFT + share * (RIGHT - LEFT)

    labels, last = [], -math.inf
    for share, label in ticks.items():
        if place(share) - last >= MIN_GAP:
            last = place(share)
            labels.append(
                element('text', label, x=f'{last:.1f}', y=HEIGHT - 4, text_anchor='middle')
            )
    return element(
        'svg',
        element('linearGradient', *stops, id=name),
        element('text', title, x=LEFT, y=10),
        element('rect', x=LEFT, y=TOP, width=RIGHT - LEFT, height=BAR_HEIGHT, rx=2,
                fill=f'url(#{name})'),
        *labels,
        viewBox=f'0 0 {WIDTH} {HEIGHT}',
        role='img',
        aria_label=title,
    )  # fmt: skip
