"""Every node, in a process of its own, ends with code 0 soon after SIGINT or SIGTERM."""

from collections.abc import Callable, Iterator
import itertools
from pathlib import Path
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, Image

from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import write_sequence
from depth_nodes.messages.camera import Camera

pytestmark = pytest.mark.slow

# What users, `ros2 launch` and supervisors send, often more than once.
SIGNALS = [
    [signal.SIGINT],
    [signal.SIGTERM],
    [signal.SIGINT, signal.SIGINT],
    [signal.SIGINT, signal.SIGTERM],
    [signal.SIGTERM, signal.SIGINT],
]
# Some of them meet the clean-up, some the end of Python.
PAUSES_S = (0.0, 0.05, 0.1, 0.15, 0.2)
FAST = ['-p', 'input_height_px:=96', '-p', 'input_width_px:=128', '-p', 'num_threads:=1']
MAX_EXIT_S = 2.0
IS_READY = 'waiting for images'
# What a node says that could not wait any longer for its own clean-up.
WAS_LATE = 'ended in the middle of work'
# rcl prints a line and then publishes it; the signal that the line has set off may come between.
HARMLESS = ('[INFO]', '[DEBUG]', 'Failed to publish log message to rosout')


class Process:
    """A node, and how it ends."""

    def __init__(self, node: str, *arguments: str) -> None:
        command = [sys.executable, '-m', f'depth_nodes.ros.nodes.{node}', '--ros-args', *arguments]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def wait_for_log(self, text: str) -> None:
        assert any(text in line for line in self._process.stderr), f'no {text!r} in the log'

    def end(self, signals: list[signal.Signals], pause_s: float) -> bool:
        """Sends them; fails where the node does not end well, False where it was not in time."""
        started_s = time.monotonic()
        for index, number in enumerate(signals):
            time.sleep(pause_s if index else 0.0)
            self._process.send_signal(number)
        _, errors = self._process.communicate(timeout=60)
        took_s = time.monotonic() - started_s
        assert self._process.returncode == 0, errors
        told = [line for line in errors.splitlines() if not line.startswith(HARMLESS)]
        assert [line for line in told if WAS_LATE not in line] == []
        return took_s < MAX_EXIT_S and not told

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stderr.close()


@pytest.fixture
def start() -> Iterator[Callable[..., Process]]:
    processes: list[Process] = []

    def start(node: str, *arguments: str) -> Process:
        processes.append(Process(node, *arguments))
        return processes[-1]

    yield start
    for process in processes:
        process.close()


def ends_each_way(start_node: Callable[[], Process]) -> None:
    """A machine that is busy with something else may hold a node up, but not three times."""
    for signals, pause_s in zip(SIGNALS, itertools.cycle(PAUSES_S)):
        assert any(start_node().end(signals, pause_s) for _ in range(3)), (signals, pause_s)


def test_depth_node_idle(start):
    def start_node() -> Process:
        process = start('depth_node', '-p', 'backend:=fake', *FAST)
        process.wait_for_log(IS_READY)
        return process

    ends_each_way(start_node)


def test_depth_node_while_frames_flow(start, harness, image_message, camera_info_message):
    depths = harness.collect(Image, 'depth/image_rect')
    images, infos = harness.publisher(Image, 'image'), harness.publisher(CameraInfo, 'camera_info')

    def publish() -> None:
        images.publish(image_message)
        infos.publish(camera_info_message)

    def start_node() -> Process:
        process = start('depth_node', '-p', 'backend:=onnx', *FAST)
        process.wait_for_log(IS_READY)
        depths.clear()
        harness.spin_until(lambda: len(depths) > 5)
        return process

    harness.node.create_timer(0.01, publish)
    ends_each_way(start_node)


@pytest.mark.parametrize('after_s', [0.0, 0.08])
def test_depth_node_while_it_loads_its_model(start, after_s):
    def start_node() -> Process:
        process = start('depth_node', '-p', 'backend:=onnx', *FAST, '--log-level', 'rcl:=debug')
        process.wait_for_log('Initializing node')
        time.sleep(after_s)
        return process

    ends_each_way(start_node)


def test_refiner_node(start):
    def start_node() -> Process:
        process = start('refiner_node', '-p', 'backend:=fake')
        process.wait_for_log(IS_READY)
        return process

    ends_each_way(start_node)


def test_player_node(start, harness, tmp_path: Path):
    camera = Camera.from_fov(64, 48, 70.0)
    image = np.zeros((48, 64, 3), np.uint8)
    samples = [Sample(name=f'{index:06d}', image=image, camera=camera) for index in range(3)]
    write_sequence(tmp_path, samples, name='one')
    images = harness.collect(Image, 'image')

    def start_node() -> Process:
        process = start('player_node', '-p', f'source:={tmp_path}', '-p', 'loop:=true')
        images.clear()
        harness.spin_until(lambda: images)
        return process

    ends_each_way(start_node)
