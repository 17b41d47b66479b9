"""Numbers as people read them."""

from __future__ import annotations

NONE = '–'


def fixed(value: float | None, digits: int = 3) -> str:
    """With so many digits behind the point; a dash where there is no number."""
    return NONE if value is None else f'{value:.{digits}f}'.replace('-', '−')


def short(value: float | None) -> str:
    """With three figures that count, as `0.0123` and `12.3`."""
    if value is None:
        return NONE
    # Adding zero takes the sign of a negative zero.
    text = f'{value + 0.0:.3g}' if abs(value) < 1000 else f'{value:.0f}'
    return text.replace('-', '−')


def percent(share: float | None) -> str:
    """A share as a percentage: one digit behind the point below ten."""
    if share is None:
        return NONE
    value = 100 * share
    return f'{value:.{1 if 0.05 < abs(value) < 9.95 else 0}f}\N{NO-BREAK SPACE}%'.replace('-', '−')


def signed_percent(share: float | None) -> str:
    """With a plus where it is more."""
    return ('+' if share is not None and share > 0 else '') + percent(share)


def range_text(near: float, far: float, unit: str = 'm') -> str:
    """Such as `2–5 m`."""
    return f'{near:g}–{far:g} {unit}'
