"""Good, fair or poor: rules of thumb for the numbers that a robot depends on."""

from __future__ import annotations

from typing import Literal

from depth_nodes.evaluation.report.number_text import percent

Grade = Literal['good', 'fair', 'poor', 'unknown']

# Up to the first number a grade is good, up to the second fair.
SCALE_OFF = (0.05, 0.15)
ERROR = (0.10, 0.25)
OBSTACLES = (0.02, 0.10)
SCALE_JITTER = (0.02, 0.05)
DROPPED = (0.01, 0.10)
SKIPPED = (0.02, 0.20)
AGE_MS = (100.0, 250.0)
NEAR_M = 10.0
GRADES: tuple[Grade, ...] = ('unknown', 'good', 'fair', 'poor')


def grade_of(value: float, limits: tuple[float, float]) -> Grade:
    """The grade of a number; less is better."""
    good, fair = limits
    return 'good' if value <= good else 'fair' if value <= fair else 'poor'


def worse_of(*grades: Grade) -> Grade:
    """The worst of some grades."""
    return max(grades, key=GRADES.index)


def rules() -> str:
    """What good and fair mean."""
    limits = {
        'scale off or spread': SCALE_OFF,
        f'mean error up to {NEAR_M:g} m': ERROR,
        'obstacles missed or phantom': OBSTACLES,
        'scale jumps': SCALE_JITTER,
        'frames dropped': DROPPED,
        'frames skipped': SKIPPED,
    }
    parts = [f'{name} {percent(good)} / {percent(fair)}' for name, (good, fair) in limits.items()]
    parts.append(f'age (p95) {AGE_MS[0]:g} / {AGE_MS[1]:g} ms')
    return (
        'Good, fair and poor are rules of thumb, not requirements of a standard. Up to the first '
        f'number good, up to the second fair: {", ".join(parts)}.'
    )
