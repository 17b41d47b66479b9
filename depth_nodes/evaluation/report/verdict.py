"""What the numbers of a sequence mean for a robot, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
import math
from typing import Any

from depth_nodes.data.skip_reason import in_words
from depth_nodes.evaluation.report.grade import (
    AGE_MS,
    DROPPED,
    ERROR,
    Grade,
    grade_of,
    NEAR_M,
    OBSTACLES,
    SCALE_JITTER,
    SCALE_OFF,
    SKIPPED,
    worse_of,
)
from depth_nodes.evaluation.report.number_text import (
    fixed,
    percent,
    range_text,
    short,
    signed_percent,
)

Result = Mapping[str, Any]

MIN_SHARE = 0.01  # of the truth or of the columns; less tells nothing
FEW_FRAMES = 20


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The answer to one question.

    Attributes:
        question: what a robot's engineer asks.
        short: the answer in a few words, for a table.
        text: the answer in a sentence or three.
        grade: by the rules of thumb of `grade`.
    """

    question: str
    short: str
    text: str
    grade: Grade


def verdicts(result: Result) -> list[Verdict]:
    """The answers for one sequence, the most important first."""
    return [
        metres(result),
        near_error(result),
        obstacles(result),
        steadiness(result),
        lateness(result),
        evidence(result),
    ]


def metres(result: Result) -> Verdict:
    """Is it metres: the scale factor that would put the median right, and what it leaves."""
    question = 'Is it metres?'
    scale, spread = result['scale_median'], result['scale_std_over_median']
    if scale is None:
        return Verdict(
            question=question, short='no depth', text='Nothing was predicted.', grade='poor'
        )
    # Predicted depth is the truth divided by the scale factor.
    off = 1 / scale - 1
    grade = worse_of(grade_of(abs(off), SCALE_OFF), grade_of(spread, SCALE_OFF))
    answer = {'good': 'Yes', 'fair': 'Roughly', 'poor': 'No'}[grade]
    side = 'right' if abs(off) < 0.005 else 'too small' if off < 0 else 'too large'
    how_far = side if side == 'right' else f'{percent(abs(off))} {side}'
    text = (
        f'{answer}. In the median frame depth is {how_far} (scale factor {fixed(scale, 3)}); '
        f'from frame to frame the factor spreads by {percent(spread)}.'
    )
    return Verdict(
        question=question,
        short=f'{how_far}, ± {percent(spread)}',
        text=text + _what_scaling_would_leave(result),
        grade=grade,
    )


def near_error(result: Result) -> Verdict:
    """How large the error is, near first, because there a robot acts."""
    question = 'How good where it matters?'
    ranges = [row for row in result['by_range'] if row['share'] >= MIN_SHARE]
    parts = [
        f'{percent(row["abs_rel"])} at {range_text(row["min_m"], row["max_m"])}' for row in ranges
    ]
    near = [row for row in ranges if row['max_m'] <= NEAR_M] or ranges[:1]
    worst = max(near, key=lambda row: row['abs_rel'])
    mean = _mean_by_share(near)
    bias = worst['bias_m']
    side = 'too far' if bias > 0 else 'too near'
    text = (
        f'Mean error: {", ".join(parts)}. Up to {short(near[-1]["max_m"])} m it is worst at '
        f'{range_text(worst["min_m"], worst["max_m"])}: there depth is on average '
        f'{short(abs(bias))} m {side}. Depth covers {percent(result["density"])} of the truth.'
    )
    return Verdict(
        question=question,
        short=f'{percent(mean)} up to {short(near[-1]["max_m"])} m',
        text=text,
        grade=grade_of(mean, ERROR),
    )


def obstacles(result: Result) -> Verdict:
    """Which obstacles are missed and which are not there."""
    question = 'Does it see obstacles?'
    rows = [row for row in result['obstacles']['within'] if row['true_columns'] + row['phantom']]
    if not rows:
        text = 'Not known: there was no obstacle within 5 m, true or predicted.'
        return _unknown(question, text)
    parts = [
        f'within {row["distance_m"]:g} m {percent(row["missed_share"])} missed and '
        f'{percent(row["phantom_share"])} phantom'
        for row in rows
    ]
    text = (
        f'Of the image columns: {"; ".join(parts)}. The nearest obstacle of a column is off by '
        f'{short(result["obstacles"]["nearest_error_m"])} m.'
    )
    share, kind, distance_m = max(
        _obstacle_shares(result['obstacles']), default=(0.0, 'missed', 5)
    )
    return Verdict(
        question=question,
        short=f'{percent(share)} {kind} < {distance_m:g} m',
        text=text,
        grade=grade_of(share, OBSTACLES),
    )


def steadiness(result: Result) -> Verdict:
    """How much depth changes where the scene does not."""
    question = 'How steady is it?'
    temporal = result['temporal']
    jitter = temporal['scale_jitter']
    if jitter is None:
        text = 'Not known: no two frames follow one another.'
        return _unknown(question, text)
    text = f'From one frame to the next the scale jumps by {percent(jitter)}'
    if temporal['scale_drift_per_min'] is not None:
        text += f' and it drifts by {_drift_text(result)}'
    if temporal['flicker'] is not None:
        text += f'; depth of {temporal["flicker_of"]} flickers by {percent(temporal["flicker"])}'
    return Verdict(
        question=question,
        short=f'{percent(jitter)} jumps',
        text=text + '.',
        grade=grade_of(jitter, SCALE_JITTER),
    )


def lateness(result: Result) -> Verdict:
    """How old depth is when it is published, and how much of it is dropped."""
    question = 'How late is it?'
    latency = result.get('latency')
    if not latency or latency.get('age_p95_ms') is None:
        text = 'Not known: measured when the recording is replayed through the nodes.'
        return _unknown(question, text, short='not measured')
    dropped = latency['dropped'] / max(latency['expected'], 1)
    text = (
        f'Depth is {latency["age_p50_ms"]:.0f} ms old in the median when it is published, '
        f'{latency["age_p95_ms"]:.0f} ms at the 95th and {latency["age_p99_ms"]:.0f} ms at the '
        f'99th percentile; {latency["dropped"]} of {latency["expected"]} frames were dropped '
        f'({percent(dropped)}).'
    )
    grade = worse_of(grade_of(latency['age_p95_ms'], AGE_MS), grade_of(dropped, DROPPED))
    return Verdict(
        question=question, short=f'{latency["age_p95_ms"]:.0f} ms (p95)', text=text, grade=grade
    )


def evidence(result: Result) -> Verdict:
    """What the numbers rest on."""
    frames, skipped = result['frames'], result.get('skipped', {})
    num_skipped = sum(skipped.values())
    share = num_skipped / max(frames + num_skipped, 1)
    text = f'{frames} frames were compared (ground truth: {ground_truth(result)})'
    if num_skipped:
        reasons = ', '.join(f'{count} {in_words(reason)}' for reason, count in skipped.items())
        text += f'; {num_skipped} were skipped ({reasons})'
    if result.get('clock_offset_s'):
        text += f'; the clocks are {short(result["clock_offset_s"])} s apart'
    grade = grade_of(share, SKIPPED)
    if frames < FEW_FRAMES:
        text += '; few frames say little'
        grade = 'poor'
    elif result.get('warnings'):
        grade = worse_of(grade, 'fair')
    answer = f'{frames} frames' + (f', {num_skipped} skipped' if num_skipped else '')
    return Verdict(question='What does it rest on?', short=answer, text=text + '.', grade=grade)


def ground_truth(result: Result) -> str:
    """Where the truth came from; recordings tell, folders have no choice."""
    return str(result.get('ground_truth', 'folder'))


def _what_scaling_would_leave(result: Result) -> str:
    published = result['alignments'].get('none', {}).get('abs_rel')
    scaled = result['alignments'].get('median', {}).get('abs_rel')
    if published is None or scaled is None:
        return ''
    return (
        f' The mean error is {percent(published)} as published, and would be {percent(scaled)} '
        'were each frame scaled right.'
    )


def _drift_text(result: Result) -> str:
    """Of a minute, or of the whole where it is shorter: nothing is said beyond what was seen."""
    drift_per_min = result['temporal']['scale_drift_per_min']
    frames = result['per_frame']
    minutes = (frames[-1]['stamp_s'] - frames[0]['stamp_s']) / 60
    if minutes >= 1:
        return f'{signed_percent(drift_per_min)} a minute'
    return f'{signed_percent(drift_per_min * minutes)} over the recording'


def _obstacle_shares(scores: Mapping[str, Any]) -> Iterator[tuple[float, str, float]]:
    """Missed and phantom shares with their distances [m], of columns enough to tell."""
    for row in scores['within']:
        free_columns = scores['columns'] - row['true_columns']
        for kind, columns in (('missed', row['true_columns']), ('phantom', free_columns)):
            if columns >= max(MIN_SHARE * scores['columns'], 1):
                yield row[f'{kind}_share'], kind, row['distance_m']


def _mean_by_share(rows: list[Any]) -> float:
    total = math.fsum(row['share'] for row in rows)
    return math.fsum(row['abs_rel'] * row['share'] for row in rows) / total


def _unknown(question: str, text: str, short: str = 'unknown') -> Verdict:
    return Verdict(question=question, short=short, text=text, grade='unknown')
