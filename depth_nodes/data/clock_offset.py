"""Whether the clock of the ground truth runs beside the camera's, told from a recording."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float64
import numpy as np

MIN_OFFSET_S = 0.05
MAX_OFFSET_S = 1.0
# Recorders write a message after its stamp; so much before is rounding.
MAX_LEAD_S = 0.02
# Stamps of two topics that keep their distance within this were made together.
MAX_JITTER_S = 2e-3
MIN_PAIRS = 5


@dataclass(frozen=True, kw_only=True)
class TopicTimes:
    """Stamps and times of recording of the first messages of a topic [s], and their number."""

    stamps_s: Float64[np.ndarray, ' message']
    recorded_s: Float64[np.ndarray, ' message']
    num_messages: int

    @property
    def delay_s(self) -> float:
        """From stamp to recording: transport and computing, less what the clock is ahead."""
        return float(np.median(self.recorded_s - self.stamps_s))

    @property
    def period_s(self) -> float:
        """The median step of the stamps; 0 where there is none."""
        return float(np.median(np.diff(self.stamps_s))) if len(self.stamps_s) > 1 else 0.0


@dataclass(frozen=True, kw_only=True)
class ClockFinding:
    """What is known of the truth's clock.

    Attributes:
        offset_s: what it is ahead of the camera's, None where it is not known to be.
        reason: one line that says so, or what may be; empty where there is nothing to say.
        truth_period_s: from one truth to the next.
    """

    offset_s: float | None = None
    reason: str = ''
    truth_period_s: float = 0.0


def find_offset(camera: TopicTimes, truth: TopicTimes, content_s: float | None) -> ClockFinding:
    """Weighs what the pictures show, then times of recording, then stamps against stamps.

    Pictures that agree as they are stamped say that there is no offset, whatever the delays. A
    message that was recorded before its stamp has a clock that is ahead. One recorded long after
    its stamp may have been computed or sent for so long, as a LiDAR's are; only if its stamps
    keep exact step with the images, at a distance of a frame or more, is that an offset.

    Args:
        camera: times of the images.
        truth: times of the ground truth.
        content_s: what `content_lag` found; None where it could not tell.
    """
    if min(len(camera.stamps_s), len(truth.stamps_s)) < 2:
        return ClockFinding()
    by_delay_s = camera.delay_s - truth.delay_s
    by_step_s = _distance_of_steps(camera, truth)
    if content_s is not None:
        if abs(content_s) < MIN_OFFSET_S:
            return ClockFinding()
        # The stamps tell the same more exactly.
        exact = [
            one
            for one in (by_step_s, by_delay_s)
            if one is not None and abs(one - content_s) < truth.period_s / 2
        ]
        return _offset(truth, (exact or [content_s])[0], 'by what the pictures show')
    earlier_s = min(camera.delay_s, truth.delay_s)
    if MIN_OFFSET_S < abs(by_delay_s) <= MAX_OFFSET_S and earlier_s < -MAX_LEAD_S:
        return _offset(truth, by_delay_s, 'as messages were recorded before their stamps')
    if by_step_s is not None and abs(by_step_s) >= max(MIN_OFFSET_S, 0.9 * truth.period_s):
        return _offset(truth, by_step_s, 'as every stamp is so far from that of its image')
    if MIN_OFFSET_S < -by_delay_s <= MAX_OFFSET_S:
        return ClockFinding(
            reason=f'ground truth was recorded {-by_delay_s:.2f} s later after its stamp than '
            'images: a delay, or a clock that is so far behind; a scene that moves would tell'
        )
    return ClockFinding()


def _distance_of_steps(camera: TopicTimes, truth: TopicTimes) -> float | None:
    """What the n-th truth is later than the n-th image; None where it is not always the same."""
    count = min(len(camera.stamps_s), len(truth.stamps_s))
    if camera.num_messages != truth.num_messages or count < MIN_PAIRS:
        return None
    steps = truth.stamps_s[:count] - camera.stamps_s[:count]
    distance_s = float(np.median(steps))
    is_steady = np.abs(steps - distance_s).max() < MAX_JITTER_S
    return distance_s if is_steady and abs(distance_s) <= MAX_OFFSET_S else None


def _offset(truth: TopicTimes, offset_s: float, evidence: str) -> ClockFinding:
    side = 'ahead of' if offset_s > 0 else 'behind'
    return ClockFinding(
        offset_s=round(offset_s, 4),
        truth_period_s=truth.period_s,
        reason=f"the clock of the ground truth is {abs(offset_s):.2f} s {side} the camera's, "
        f'{evidence}; frames are matched with that taken out',
    )
