from collections import Counter

import pytest
from rclpy.logging import get_logger

from depth_nodes.errors import BackendError
from depth_nodes.ros import frame_monitor
from depth_nodes.ros.frame_monitor import FrameMonitor


@pytest.fixture
def monitor():
    return FrameMonitor(get_logger('monitored'))


def test_counts_start_at_zero_and_add_up(monitor):
    assert set(monitor.snapshot().counts.values()) == {0}
    for outcome in ('received', 'received', 'published', 'dropped'):
        monitor.count(outcome)
    monitor.reject('image', 'no pixels')
    counts = monitor.snapshot().counts
    assert (counts['received'], counts['published'], counts['dropped']) == (2, 1, 1)
    assert (counts['rejected'], counts['rejected: image']) == (1, 1)


def test_an_unknown_outcome_is_our_mistake(monitor):
    with pytest.raises(AssertionError):
        monitor.count('gone')


def test_percentiles_of_every_step(monitor):
    for milliseconds in range(101):
        monitor.add_times({'network': float(milliseconds), 'publish': 5.0})
    times_ms = monitor.snapshot().times_ms
    assert times_ms['network'] == pytest.approx((50, 99))
    assert times_ms['publish'] == (5, 5)


def test_old_frames_leave_the_window(monitor):
    for _ in range(10):
        monitor.add_times({'network': 1000.0})
    for _ in range(frame_monitor.WINDOW_FRAMES):
        monitor.add_times({'network': 1.0})
    assert monitor.snapshot().times_ms['network'] == (1, 1)


def test_an_age_that_cannot_be_is_noted_until_one_can(monitor):
    monitor.add_age(5.0)
    assert monitor.snapshot().times_ms['age at publish'] == (5, 5)
    for age_ms in (-1.0, 1e9):
        monitor.add_age(age_ms)
        assert monitor.snapshot().has_foreign_stamps
        assert 'age at publish' not in monitor.snapshot().times_ms
    monitor.add_age(7.0)
    assert not monitor.snapshot().has_foreign_stamps
    assert monitor.snapshot().times_ms['age at publish'] == (7, 7)


def test_a_snapshot_does_not_change_with_later_frames(monitor):
    snapshot = monitor.snapshot()
    monitor.count('received')
    assert snapshot.counts['received'] == 0


def test_each_reason_is_logged_once_a_period(monitor, monkeypatch, capfd):
    now_s = 100.0
    monkeypatch.setattr(frame_monitor.time, 'monotonic', lambda: now_s)
    for _ in range(3):
        monitor.reject('image', 'no pixels')
        monitor.reject('size', 'too small')
    log = capfd.readouterr().err
    assert (log.count('no pixels'), log.count('too small')) == (1, 1)
    now_s += frame_monitor.LOG_PERIOD_S
    monitor.reject('image', 'no pixels')
    assert capfd.readouterr().err.count('no pixels') == 1
    assert monitor.snapshot().counts['rejected'] == 7
    assert monitor.snapshot().problem == 'frame rejected: no pixels'


def test_one_of_several_cameras_is_named_in_the_log(capfd):
    left = FrameMonitor(get_logger('monitored'), 'left')
    left.reject('image', 'no pixels')
    left.fail(BackendError('export it anew'))
    left.fail(KeyError('gone'))
    log = capfd.readouterr().err
    for text in ('frame rejected: no pixels', 'frame failed: export it anew', 'frame failed: Key'):
        assert f': left: {text}' in log
    assert left.snapshot().problem.startswith('frame failed: KeyError')  # its status has the name


def test_a_failure_is_logged_with_its_traceback(monitor, capfd):
    try:
        raise KeyError('gone')
    except KeyError as error:
        monitor.fail(error)
    log = capfd.readouterr().err
    assert 'Traceback' in log
    assert "KeyError: 'gone'" in log
    assert monitor.snapshot().counts['failed'] == 1


def test_an_error_that_says_what_to_do_is_one_line(monitor, capfd):
    monitor.fail(BackendError('the graph is odd; export it anew'))
    (line,) = capfd.readouterr().err.splitlines()
    assert line.endswith('frame failed: the graph is odd; export it anew')
    assert monitor.snapshot().counts['failed'] == 1


def test_a_problem_is_noted_before_its_frame_is_counted(monitor):
    seen = {}

    class Counts(Counter):
        def __setitem__(self, name, count):
            seen[name] = monitor._problem
            super().__setitem__(name, count)

    monitor._counts = Counts(monitor._counts)
    seen.clear()
    monitor.reject('image', 'no pixels')
    monitor.change('after a time jump', 'the stamps have jumped')
    monitor.fail(BackendError('export it anew'))
    assert seen == {
        'rejected': 'frame rejected: no pixels',
        'rejected: image': 'frame rejected: no pixels',
        'after a time jump': 'the stamps have jumped',
        'failed': 'frame failed: export it anew',
    }


def test_whatever_is_raised_can_be_told(monitor, capfd):
    class UnprintableError(Exception):
        def __str__(self) -> str:
            raise RuntimeError('no words')

    for error in (SystemExit(3), UnprintableError()):
        monitor.fail(error)
        assert type(error).__name__ in monitor.snapshot().problem
        assert type(error).__name__ in capfd.readouterr().err
    assert monitor.snapshot().counts['failed'] == 2


def test_changes_are_counted_beside_the_outcomes(monitor, capfd):
    monitor.count('lost', 3)
    monitor.change('after a time jump', 'the stamps have jumped')
    counts = monitor.snapshot().counts
    assert (counts['lost'], counts['after a time jump'], counts['received']) == (3, 1, 0)
    assert monitor.snapshot().problem == 'the stamps have jumped'
    assert '[WARN]' in capfd.readouterr().err
