"""What a soak counts, measures and demands; the soak itself is `make soak`."""

from dataclasses import replace
import math
import operator
import random

import pytest
from soak.accounts import (
    FrameBalance,
    is_told,
    longest_silence_s,
    num_of_wrong_size,
    recovery_s,
    Seen,
    status_of,
)
from soak.report import broken_promises, MAX_RECOVERY_S, Soak, Survival, table
from soak.schedule import FAULTS, PERIOD_S, schedule

SIZE = (320, 240)
COUNTS = {
    'received': 98, 'lost': 2, 'published': 90, 'dropped': 3, 'rejected': 4, 'skipped': 0,
    'failed': 1, 'rejected: size': 4,
}  # fmt: skip
BALANCE = FrameBalance(sent=100, counts=COUNTS)
FLAWLESS = Soak(
    survivals=[
        Survival(fault=fault, at_s=10.0, is_detected=True, recovery_s=0.5) for fault in FAULTS
    ],
    balance=BALANCE,
    delivered=90,
    wrong_sizes=0,
    memory_growth_mb=3.0,
    silence_s=1.1,
    exit_code=0,
    exit_s=0.5,
)


def test_every_fault_comes_once_before_one_comes_again():
    injections = list(schedule(PERIOD_S * (1 + 3 * len(FAULTS)), random.Random(7)))
    names = [one.fault.name for one in injections]
    assert len(names) == 3 * len(FAULTS)
    rounds = [names[begin : begin + len(FAULTS)] for begin in range(0, len(names), len(FAULTS))]
    assert all(set(names) == set(one) for one in rounds)
    assert rounds[0] != rounds[1]


def test_a_fault_is_over_and_recovered_from_before_the_next_one_and_the_end():
    duration_s = 1800.0
    injections = list(schedule(duration_s, random.Random(1)))
    recovered_s = [one.at_s + one.lasts_s + MAX_RECOVERY_S for one in injections]
    next_s = [*(one.at_s for one in injections[1:]), duration_s]
    assert all(map(operator.lt, recovered_s, next_s))
    assert injections[0].at_s >= PERIOD_S


def test_a_seed_is_a_schedule():
    first, again, other = (list(schedule(180.0, random.Random(seed))) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_recovery_counts_from_the_moment_to_depth_of_a_later_image():
    sent = {1: Seen(10.0, SIZE), 2: Seen(10.1, SIZE), 3: Seen(10.2, SIZE), 4: Seen(10.3, SIZE)}
    late_depth_of_an_early_image = {1: 10.6}
    assert recovery_s([10.05], sent, late_depth_of_an_early_image) == math.inf
    arrived = late_depth_of_an_early_image | {3: 10.75, 4: 10.5}
    assert recovery_s([10.05], sent, arrived) == pytest.approx(0.45)
    assert recovery_s([10.05, 10.25], sent, arrived) == pytest.approx(0.45)
    assert recovery_s([10.05, 10.35], sent, arrived) == math.inf


def test_a_status_is_its_lines_and_counts():
    values = {'fps': '30.0', 'frames received': '9', 'frames rejected: size': '2'}
    status = status_of(1.5, 'no image for 3 s; fell back', values)
    assert status.lines == {'no image for 3 s', 'fell back', 'fps: 30.0'}
    assert status.counts == {'received': 9, 'rejected: size': 2}


@pytest.mark.parametrize(
    ('before', 'during', 'is_so'),
    [
        ('30 frames/s', ['30 frames/s', 'no image for 3 s'], True),
        ('30 frames/s', ['29 frames/s'], False),
        ('no image for 3 s', ['no image for 3 s'], False),  # an old word says nothing new
        ('no image for 3 s', ['no image for 4 s'], True),
        ('30 frames/s', [], False),
    ],
)
def test_what_diagnostics_tell_of_a_fault_is_new(before, during, is_so):
    statuses = [status_of(0.0, message, {}) for message in during]
    assert is_told('no image for', status_of(0.0, before, {}), statuses) == is_so


def test_the_longest_silence_may_be_the_last():
    assert longest_silence_s([1.0, 2.0, 4.5, 5.0], 6.0) == 2.5
    assert longest_silence_s([1.0, 2.0], 6.0) == 4.0
    assert longest_silence_s([], 6.0) == math.inf


@pytest.mark.parametrize(
    ('sent', 'changes', 'unaccounted'),
    [
        (100, {}, 0),
        (101, {}, 1),  # never reached the node, and it does not know
        (100, {'lost': 0}, 2),
        (100, {'dropped': 2}, 1),  # reached the node, and came to no end
        (100, {'published': 92}, 2),  # counted twice
        (101, {'published': 91}, 2),  # two mistakes do not cancel
        (100, {'rejected: size': 9, 'of another size': 2}, 0),  # no further frames
    ],
)
def test_every_frame_has_one_end(sent, changes, unaccounted):
    assert FrameBalance(sent=sent, counts=COUNTS | changes).unaccounted == unaccounted


def test_a_node_that_counts_no_lost_frames_must_receive_all():
    counts = {name: n for name, n in COUNTS.items() if name != 'lost'}
    assert FrameBalance(sent=98, counts=counts).unaccounted == 0


def test_depth_has_the_size_of_its_image():
    sent = {1: Seen(0.0, SIZE), 2: Seen(0.0, (64, 64))}
    assert num_of_wrong_size(sent, {1: Seen(1.0, SIZE), 2: Seen(1.0, (64, 64))}) == 0
    assert num_of_wrong_size(sent, {2: Seen(1.0, SIZE), 3: Seen(1.0, SIZE)}) == 2


def test_nothing_is_broken_by_a_flawless_soak():
    assert list(broken_promises(FLAWLESS)) == []
    lines = list(table(FLAWLESS))
    assert lines[1].split() == ['stalled', 'camera', '1', '1', '0.50']
    assert 'frames unaccounted 0' in [' '.join(line.split()) for line in lines]


@pytest.mark.parametrize(
    ('changes', 'line'),
    [
        ({'balance': replace(BALANCE, sent=103)}, '3 frames are unaccounted for'),
        ({'delivered': 80}, '80 of 90 published depth images were delivered'),
        ({'wrong_sizes': 1}, '1 depth images are not of the size of their image'),
        ({'memory_growth_mb': 20.0}, 'memory grew by 20.0 MB'),
        ({'silence_s': math.inf}, 'no diagnostics for inf s'),
        ({'exit_code': -6}, 'the node ended with -6'),
        ({'exit_s': None}, 'the node ended by itself'),
        ({'exit_s': 2.5}, 'the node took 2.5 s to end'),
    ],
)
def test_a_broken_promise_is_a_line(changes, line):
    assert list(broken_promises(replace(FLAWLESS, **changes))) == [line]


@pytest.mark.parametrize(
    ('changes', 'text'),
    [
        ({'is_detected': False}, 'not in diagnostics'),
        ({'recovery_s': math.inf}, 'no depth for inf s'),
        ({'recovery_s': 2.1}, 'no depth for 2.1 s'),
        ({'problem': 'the node says nothing', 'is_detected': False}, 'the node says nothing'),
    ],
)
def test_a_fault_that_was_not_survived_is_a_line(changes, text):
    one = replace(FLAWLESS.survivals[0], **changes)
    soak = replace(FLAWLESS, survivals=[one, *FLAWLESS.survivals[1:]])
    assert list(broken_promises(soak)) == [f'stalled camera at 10 s: {text}']
