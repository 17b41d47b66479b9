"""Runs `depth_node` between a camera process and a consumer process, all real.

    python benchmarks/benchmark_node.py [--duration-s 60] [--model small_depth] [--output FILE]

The camera publishes 640x480 rgb8 at 30 Hz, the consumer subscribes to depth and cloud. Every
process has the Fast DDS profile of `realtime.launch.py`, and malloc keeps large blocks, as
`depth_node` arranges for itself. Exit code 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager, suppress
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import psutil

from depth_nodes.cli.machine import describe_machine

ROOT = Path(__file__).resolve().parents[1]
PROFILE = str(ROOT / 'config' / 'fastdds_profile.xml')
ENVIRONMENT = {
    'FASTRTPS_DEFAULT_PROFILES_FILE': PROFILE,
    'FASTDDS_DEFAULT_PROFILES_FILE': PROFILE,
    'MALLOC_MMAP_THRESHOLD_': str(32 << 20),
    'MALLOC_TRIM_THRESHOLD_': str(256 << 20),
    'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
    'ROS_DOMAIN_ID': str(1 + os.getpid() % 100),
    'PYTHONUNBUFFERED': '1',
}
SETTLING_S = 10.0  # memory may grow for so long: buffers of the middleware and the allocator
OUTPUTS = ('depth/image_rect', 'depth/points')
BARS = {
    'min_published': 0.95,
    'min_accounted': 0.99,
    'max_age_p99_ms': 60.0,
    'max_memory_growth_mb': 20.0,
}


def main() -> int:
    """Runs the three processes, prints and writes the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--model', default='small_depth')
    parser.add_argument('--backend', default='onnx', help='fake measures everything but the net')
    parser.add_argument('--size', default='480x640', metavar='HxW')
    parser.add_argument('--rate-hz', type=float, default=30.0)
    parser.add_argument('--duration-s', type=float, default=60.0)
    parser.add_argument('--output', type=Path, default=ROOT / 'benchmarks/results/node.json')
    parser.add_argument('--role', choices=('camera', 'consumer'), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    height, width = (int(value) for value in arguments.size.split('x'))
    if arguments.role == 'camera':
        return run_camera(height, width, arguments.rate_hz, arguments.duration_s)
    if arguments.role == 'consumer':
        return run_consumer()
    result = summarise(arguments, *measure(arguments))
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(result, indent=2) + '\n')
    print(json.dumps(result, indent=2))
    return 0 if result['is_within_bars'] else 1


def run_camera(height: int, width: int, rate_hz: float, duration_s: float) -> int:
    """One preallocated image, stamped and sent at the rate; prints how many."""
    import rclpy
    from rclpy.qos import QoSProfile
    from sensor_msgs.msg import CameraInfo, Image

    from depth_nodes.messages.camera import Camera, fill_camera_info
    from depth_nodes.messages.image import fill_image

    rclpy.init()
    node = rclpy.create_node('camera')
    images = node.create_publisher(Image, 'image', QoSProfile(depth=1))
    camera_infos = node.create_publisher(CameraInfo, 'camera_info', QoSProfile(depth=1))
    image, camera_info = Image(), CameraInfo()
    image.header.frame_id = 'camera_optical_frame'
    fill_image(image, np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))
    fill_camera_info(camera_info, Camera.from_fov(width, height, 70.0))
    while not (images.get_subscription_count() and camera_infos.get_subscription_count()):
        time.sleep(0.01)
    time.sleep(0.5)
    num_frames = round(rate_hz * duration_s)
    started = time.monotonic()
    for frame in range(num_frames):
        time.sleep(max(0.0, started + frame / rate_hz - time.monotonic()))
        image.header.stamp = node.get_clock().now().to_msg()
        camera_info.header = image.header
        camera_infos.publish(camera_info)
        images.publish(image)
    time.sleep(0.5)
    print(json.dumps({'sent': num_frames}))
    node.destroy_node()
    rclpy.try_shutdown()
    return 0


def run_consumer() -> int:
    """Counts and ages of what arrives, until SIGINT; the data stay serialised."""
    import rclpy
    from rclpy.executors import ExternalShutdownException
    from rclpy.qos import QoSProfile
    from sensor_msgs.msg import Image, PointCloud2

    rclpy.init()
    node = rclpy.create_node('consumer')
    ages_ms: dict[str, list[float]] = {topic: [] for topic in OUTPUTS}

    def note(topic: str, serialised: bytes) -> None:
        # CDR: four bytes of encapsulation, then the stamp.
        sec, nanosec = np.frombuffer(serialised, np.uint32, count=2, offset=4)
        ages_ms[topic].append(time.time() * 1e3 - (int(sec) * 1e3 + int(nanosec) / 1e6))

    for topic, message_type in zip(OUTPUTS, (Image, PointCloud2), strict=True):
        qos = QoSProfile(depth=1)
        node.create_subscription(
            message_type, topic, lambda data, topic=topic: note(topic, data), qos, raw=True
        )
    with suppress(KeyboardInterrupt, ExternalShutdownException):
        rclpy.spin(node)
    print(json.dumps({topic: describe(values) for topic, values in ages_ms.items()}))
    return 0


def describe(ages_ms: list[float]) -> dict[str, float]:
    """How many arrived, and how old they were."""
    p50, p99 = np.percentile(ages_ms, (50, 99)) if ages_ms else (np.nan, np.nan)
    worst = max(ages_ms, default=np.nan)
    numbers = {'p50_ms': p50, 'p99_ms': p99, 'max_ms': worst}
    return {
        'received': len(ages_ms),
        **{name: round(float(value), 2) for name, value in numbers.items()},
    }


def measure(arguments: argparse.Namespace) -> tuple[dict, dict, dict]:
    """What the processes say, what the node says of itself, and what it used."""
    os.environ.update(ENVIRONMENT)
    node_command = [sys.executable, '-m', 'depth_nodes.ros.nodes.depth_node', '--ros-args']
    node_command += ['-p', f'model:={arguments.model}', '-p', f'backend:={arguments.backend}']
    own = [sys.executable, __file__]
    camera_command = [*own, '--role', 'camera', '--size', arguments.size]
    camera_command += ['--rate-hz', str(arguments.rate_hz)]
    camera_command += ['--duration-s', str(arguments.duration_s)]
    with running(node_command) as node, running([*own, '--role', 'consumer']) as consumer:
        with observing() as (observer, statuses):
            while not all(map(observer.count_subscribers, OUTPUTS)) or not statuses:
                if node.poll() is not None:
                    sys.exit('depth_node has ended, for the reason above')
                time.sleep(0.05)
            with running(camera_command) as camera:
                usage = watch(psutil.Process(node.pid), camera)
                said = json.loads(camera.communicate()[0])
            num_statuses = len(statuses)
            while len(statuses) < num_statuses + 2:  # until the counts are the last ones
                time.sleep(0.05)
        consumer.send_signal(signal.SIGINT)
        said |= json.loads(consumer.communicate(timeout=20)[0])
        node.send_signal(signal.SIGINT)
        said['node_exit_code'] = node.wait(timeout=20)
    return said, statuses[-1], usage


@contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that does not outlive the benchmark."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def observing() -> Iterator[tuple[Any, list[dict[str, str]]]]:
    """A ROS node of the benchmark's own, and every status of a node in a list that grows."""
    from diagnostic_msgs.msg import DiagnosticArray
    import rclpy
    from rclpy.executors import SingleThreadedExecutor

    rclpy.init()
    statuses: list[dict[str, str]] = []

    def note(message: DiagnosticArray) -> None:
        status = message.status[0]
        statuses.append(
            {'status': status.name, **{value.key: value.value for value in status.values}}
        )

    node = rclpy.create_node('benchmark')
    node.create_subscription(DiagnosticArray, '/diagnostics', note, 10)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    thread = threading.Thread(target=executor.spin, daemon=True)
    thread.start()
    try:
        yield node, statuses
    finally:
        executor.shutdown()
        thread.join()
        node.destroy_node()
        rclpy.try_shutdown()


def watch(node: psutil.Process, camera: subprocess.Popen[str]) -> dict[str, float]:
    """Processor time and memory of the node while the camera runs."""
    started, cpu_started = time.monotonic(), cpu_s(node)
    memory_mb: list[tuple[float, float]] = []
    while camera.poll() is None:
        elapsed_s = time.monotonic() - started
        memory_mb.append((elapsed_s, node.memory_info().rss / 1e6))
        time.sleep(0.5)
    elapsed_s = time.monotonic() - started
    settled = [memory for at_s, memory in memory_mb if at_s >= SETTLING_S] or [memory_mb[-1][1]]
    return {
        'cpu_percent': round(100 * (cpu_s(node) - cpu_started) / elapsed_s, 1),
        'memory_mb': round(settled[-1], 1),
        'memory_growth_mb': round(max(settled) - settled[0], 2),
    }


def cpu_s(process: psutil.Process) -> float:
    """Processor time used so far [s]."""
    times = process.cpu_times()
    return times.user + times.system


def summarise(
    arguments: argparse.Namespace, said: dict[str, Any], status: dict[str, str], usage: dict
) -> dict[str, Any]:
    """The result, ready for JSON."""
    counts = {key[7:]: int(n) for key, n in status.items() if key.startswith('frames ')}
    published = counts['published'] / said['sent']
    accounted = (counts['published'] + counts['dropped']) / said['sent']
    age_p99_ms = max(said[topic]['p99_ms'] for topic in OUTPUTS)
    is_within_bars = (
        published >= BARS['min_published']
        and accounted >= BARS['min_accounted']
        and age_p99_ms <= BARS['max_age_p99_ms']
        and usage['memory_growth_mb'] < BARS['max_memory_growth_mb']
    )
    return {
        'size': arguments.size,
        'rate_hz': arguments.rate_hz,
        'duration_s': arguments.duration_s,
        'sent': said['sent'],
        'published': round(published, 4),
        'accounted': round(accounted, 4),
        'frames': counts,
        'consumer': {topic: said[topic] for topic in OUTPUTS},
        'node': usage,
        'node_exit_code': said['node_exit_code'],
        'diagnostics': {key: value for key, value in status.items() if key[:7] != 'frames '},
        'bars': BARS,
        'is_within_bars': is_within_bars,
        'machine': describe_machine(),
    }


if __name__ == '__main__':
    sys.exit(main())
