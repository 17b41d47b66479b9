import numpy as np
import pytest

from depth_nodes.data.clock_offset import find_offset, TopicTimes

PERIOD_S = 0.1
STAMPS_S = 1.7e9 + np.arange(30) * PERIOD_S


def times(
    shift_s: float = 0.0, delay_s: float = 0.0, jitter_s: float = 0.0, num: int = 30
) -> TopicTimes:
    """Stamps that are shifted, and recorded some delay after the true time."""
    jitter = np.random.default_rng(0).uniform(-jitter_s, jitter_s, len(STAMPS_S))
    return TopicTimes(
        stamps_s=STAMPS_S + shift_s + jitter, recorded_s=STAMPS_S + delay_s, num_messages=num
    )


CAMERA = times(delay_s=0.01)


@pytest.mark.parametrize('content_s', [0.19, 0.2, 0.23])
def test_pictures_decide_and_stamps_tell_how_much_exactly(content_s):
    assert find_offset(CAMERA, times(0.2, 0.2), content_s).offset_s == pytest.approx(0.2, abs=1e-4)
    alone = find_offset(CAMERA, times(0.2, 0.2, jitter_s=0.02, num=31), content_s)
    assert alone.offset_s == pytest.approx(content_s, abs=0.03)


@pytest.mark.parametrize('delay_s', [0.01, 0.1, 0.3, -0.2])
def test_pictures_that_agree_as_stamped_say_no_offset_whatever_the_delay(delay_s):
    finding = find_offset(CAMERA, times(0.0, delay_s), 0.0)
    assert (finding.offset_s, finding.reason) == (None, '')


@pytest.mark.parametrize('shift_s', [0.06, 0.2, 0.7])
def test_what_is_recorded_before_its_stamp_has_a_clock_that_is_ahead(shift_s):
    truth = times(shift_s, 0.01, jitter_s=0.005, num=31)
    finding = find_offset(CAMERA, truth, None)
    assert finding.offset_s == pytest.approx(shift_s, abs=0.01)
    assert f'{finding.offset_s:.2f} s ahead of the camera' in finding.reason
    other_way = find_offset(truth, CAMERA, None)
    assert other_way.offset_s == pytest.approx(-shift_s, abs=0.01)
    assert 'behind the camera' in other_way.reason


def test_a_constant_delay_of_a_lidar_is_said_and_is_no_offset():
    lidar = times(0.03, 0.15, jitter_s=0.004, num=31)
    finding = find_offset(CAMERA, lidar, None)
    assert finding.offset_s is None
    assert 'a delay, or a clock that is so far behind' in finding.reason


@pytest.mark.parametrize('shift_s', [-0.3, -0.1, 0.2])
def test_stamps_in_exact_step_at_the_distance_of_frames_are_an_offset(shift_s):
    finding = find_offset(CAMERA, times(shift_s, shift_s + 0.01), None)
    assert finding.offset_s == pytest.approx(shift_s, abs=1e-4)
    # Less than a frame may be how the two sensors are triggered.
    assert find_offset(CAMERA, times(0.05, 0.06), None).offset_s is None
    # Nor is it one where the topics have not the same number of messages.
    assert find_offset(CAMERA, times(shift_s, shift_s + 0.01, num=29), None).offset_s is None


@pytest.mark.parametrize('shift_s', [5.0, -100.0])
def test_what_is_far_off_is_left_to_the_user(shift_s):
    assert find_offset(CAMERA, times(shift_s, 0.01), None).offset_s is None
    assert find_offset(CAMERA, times(shift_s, shift_s), None).offset_s is None


def test_too_few_messages_tell_nothing():
    none = TopicTimes(stamps_s=np.empty(0), recorded_s=np.empty(0), num_messages=0)
    assert find_offset(CAMERA, none, None).offset_s is None
    assert none.period_s == 0
