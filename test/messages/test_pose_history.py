import cv2
import numpy as np
import pytest

from depth_nodes.messages.pose_history import MAX_AHEAD_S, MAX_GAP_S, PoseHistory


def pose(turn, x):
    matrix = np.eye(4)
    matrix[:3, :3] = cv2.Rodrigues(np.array([0.0, 0.0, turn]))[0]
    matrix[0, 3] = x
    return matrix


@pytest.fixture
def history():
    history = PoseHistory()
    for i in range(5):
        history.add(10.0 + 0.1 * i, pose(0.2 * i, 1.0 * i))
    return history


@pytest.mark.parametrize('steps', [0.0, 0.5, 1.0, 3.3, 4.0, 4.9])
def test_steady_motion_is_known_between_the_poses_and_a_little_beyond(history, steps):
    np.testing.assert_allclose(history.at(10.0 + 0.1 * steps), pose(0.2 * steps, steps), atol=1e-9)


@pytest.mark.parametrize('at_s', [9.9, 10.4 + 1.1 * MAX_AHEAD_S])
def test_nothing_is_known_before_and_long_after(history, at_s):
    assert history.at(at_s) is None


def test_how_far_it_has_moved(history):
    assert history.moved_m == pytest.approx(4)
    assert PoseHistory().moved_m == 0


def test_nothing_is_known_in_a_gap(history):
    history.add(10.5 + MAX_GAP_S, pose(0, 9))
    assert history.at(10.6) is None
    assert history.at(10.5 + MAX_GAP_S)[0, 3] == 9
    assert history.at(10.3) is not None


def test_one_pose_is_known_at_its_time_alone():
    history = PoseHistory()
    assert history.at(0.0) is None
    history.add(0.0, pose(0.3, 2))
    history.add(0.0, np.eye(4))
    np.testing.assert_array_equal(history.at(0.0), pose(0.3, 2))
    assert history.at(0.01) is None


def test_a_clock_that_jumps_back_begins_anew(history):
    history.add(1.0, pose(0, 0))
    history.add(1.1, pose(0, 1))
    assert len(history) == 2
    assert history.moved_m == pytest.approx(1)
    np.testing.assert_allclose(history.at(1.05), pose(0, 0.5), atol=1e-9)
