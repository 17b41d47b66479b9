"""Bad days of a running node: each is told in diagnostics, and over when its cause is.

From the end of the cause to good frames and an OK status it takes RECOVERY_S at most: in frames
of the camera, which stands still where the machine holds everything up.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, Image

from depth_nodes.messages.camera import Camera, fill_camera_info
from depth_nodes.messages.image import fill_image
from depth_nodes.runtime.backend import BACKENDS
from depth_nodes.runtime.fake_backend import FakeBackend

RECOVERY_S = 2.0
RATE_HZ = 30.0
OK, WARN, ERROR = b'\x00', b'\x01', b'\x02'
COUNTED = ('frames received', 'frames published')
OUTCOMES = ('published', 'dropped', 'rejected', 'skipped', 'failed')


class Stream:
    """A camera at 30 Hz in front of a running node."""

    def __init__(self, depth_node: Any, image: Image, camera_info: CameraInfo) -> None:
        self.depth_node = depth_node
        self.image, self.camera_info = image, camera_info
        self.shift_s = 0.0
        self.num_sent = 0
        depth_node.subscribe('depth', 'info')
        self._timer = depth_node.harness.node.create_timer(1 / RATE_HZ, self._send)
        self.wait_until_well()

    def stop(self) -> None:
        self._timer.cancel()

    def go_on(self) -> None:
        self._timer.reset()

    def wait_for(self, text: str, level: bytes, within_s: float = RECOVERY_S) -> None:
        """Until a status says so."""
        statuses, seen = self.depth_node.statuses, len(self.depth_node.statuses)
        self._spin_until(
            lambda: any(
                text in one.status[0].message and one.status[0].level == level
                for one in statuses[seen:]
            ),
            within_s,
        )

    def wait_until_well(self) -> None:
        """Until frames come out, under their own headers, and the status is OK."""
        node = self.depth_node
        node.depths.clear()
        node.infos.clear()
        self._spin_until(lambda: node.depths and node.infos, RECOVERY_S)
        self.wait_for('frames/s', OK)

    def values(self) -> dict[str, str]:
        return self.depth_node.values()

    def require_account(self) -> None:
        """Every frame that was sent is lost on its way or one of the outcomes."""
        self.stop()
        self.depth_node.harness.spin_until(self._is_accounted_for)

    def _is_accounted_for(self) -> bool:
        values = self.values()
        ended = sum(int(values[f'frames {outcome}']) for outcome in OUTCOMES)
        # Nobody counts what is lost before the first that comes.
        is_all = self.num_sent - ended - int(values['frames lost']) in (0, 1)
        return int(values['frames received']) == ended and is_all

    def _spin_until(self, condition: Callable[[], Any], within_s: float) -> None:
        before = self.num_sent
        self.depth_node.harness.spin_until(condition)
        assert self.num_sent - before <= within_s * RATE_HZ

    def _send(self) -> None:
        stamp_ns = time.time_ns() + round(self.shift_s * 1e9)
        for message in (self.camera_info, self.image):
            message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, 10**9)
        self.depth_node.camera_infos.publish(self.camera_info)
        self.depth_node.images.publish(self.image)
        self.num_sent += 1


class Backend(FakeBackend):
    """One that can be given an illness."""

    illness: Any = staticmethod(lambda: None)

    def infer(self, image: Any) -> Any:
        Backend.illness()
        return super().infer(image)


@pytest.fixture
def stream(monkeypatch, make_depth_node, image_message, camera_info_message) -> Iterator[Stream]:
    monkeypatch.setitem(BACKENDS, 'fake', Backend)
    yield Stream(make_depth_node(), image_message, camera_info_message)
    Backend.illness = staticmethod(lambda: None)


def test_a_camera_that_stalls(stream):
    stream.stop()
    stream.wait_for('no image for', WARN)
    stream.go_on()
    stream.wait_until_well()
    stream.require_account()


@pytest.mark.parametrize(('shift_s', 'sign'), [(-1000.0, '-'), (1000.0, '+')])
def test_a_time_jump(stream, shift_s, sign):
    """As simulators and recordings that begin anew have it, and clocks that are set."""
    stream.shift_s = shift_s
    stream.wait_for(f'the stamps have jumped by {sign}', WARN)
    stream.wait_until_well()
    assert stream.values()['frames after a time jump'] == '1'
    stream.require_account()


def test_another_resolution(stream):
    small = Camera.from_fov(120, 96, 70.0)
    fill_image(stream.image, np.zeros((96, 120, 3), np.uint8))
    fill_camera_info(stream.camera_info, small)
    stream.wait_for('images are now 120x96 px, before 160x128 px', WARN)
    stream.wait_until_well()
    (depth, info) = stream.depth_node.depths[-1], stream.depth_node.infos[-1]
    assert (depth.width, depth.height, info.width, info.height) == (120, 96, 120, 96)
    stream.require_account()


def test_another_lens(stream):
    """Twice the focal length, twice the depth."""
    before = np.frombuffer(stream.depth_node.depths[-1].data, np.float32)
    fx_px = stream.camera_info.k[0]
    fill_camera_info(stream.camera_info, Camera.from_fov(160, 128, 38.6))
    zoom = stream.camera_info.k[0] / fx_px
    stream.wait_for('camera_info has changed', WARN)
    stream.wait_until_well()
    after = np.frombuffer(stream.depth_node.depths[-1].data, np.float32)
    assert zoom > 1.9
    assert np.nanmedian(after / before) == pytest.approx(zoom, rel=0.02)
    assert stream.depth_node.infos[-1].k[0] == pytest.approx(zoom * fx_px)
    stream.require_account()


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError('no words')


@pytest.mark.parametrize('error', [SystemExit(1), UnprintableError()])
def test_a_thread_that_dies(stream, error):
    """Of a SystemExit, threads die without a word."""

    def die() -> None:
        raise error

    Backend.illness = staticmethod(die)
    stream.wait_for(type(error).__name__, ERROR)
    Backend.illness = staticmethod(lambda: None)
    stream.wait_until_well()
    assert int(stream.values()['frames failed']) > 0
    stream.require_account()


def test_a_backend_that_hangs(stream):
    may_go = threading.Event()
    Backend.illness = staticmethod(lambda: may_go.wait(20))
    stream.wait_for('a frame has been in work for', WARN, within_s=2 * RECOVERY_S)
    Backend.illness = staticmethod(lambda: None)
    may_go.set()
    stream.wait_until_well()
    stream.require_account()


SLEEPER = """
import sys
import rclpy
from rclpy.node import Node
from sensor_msgs.msg import Image
rclpy.init()
node = Node('sleeper')
node.create_subscription(Image, 'depth/image_rect', lambda message: None, 10)
sys.stdin.read() if sys.argv[1] == 'takes nothing' else rclpy.spin(node)
"""


def test_subscribers_that_sleep(stream):
    """They neither block nor grow the node, whose other subscribers lose nothing."""
    node, harness = stream.depth_node, stream.depth_node.harness
    with ExitStack() as stack:
        for how in ('takes nothing', 'is stopped'):
            command = [sys.executable, '-c', SLEEPER, how]
            sleeper = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE))
            stack.callback(sleeper.kill)
        harness.spin_until(lambda: node.node.count_subscribers('depth/image_rect') == 3)
        harness.spin_for(0.3)
        os.kill(sleeper.pid, signal.SIGSTOP)
        harness.spin_for(0.3)
        before = {name: int(value) for name, value in stream.values().items() if name in COUNTED}
        node.depths.clear()
        resident = resident_bytes()

        def gained() -> dict[str, int]:
            after = stream.values()
            return {name: int(after[name]) - before[name] for name in COUNTED}

        harness.spin_until(lambda: gained()['frames received'] > 2 * RATE_HZ)
        after = gained()
        assert after['frames published'] >= 0.5 * after['frames received']
        assert len(node.depths) >= 0.5 * after['frames published']
        assert resident_bytes() - resident < 8e6
        stream.wait_for('depth/image_rect has not acknowledged', WARN)
        os.kill(sleeper.pid, signal.SIGCONT)
        stream.wait_until_well()
        stream.require_account()


def resident_bytes() -> int:
    with open('/proc/self/statm') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')
