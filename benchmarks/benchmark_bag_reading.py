"""Measures what reading a recording for evaluation costs a frame, and how much memory it takes.

    python benchmarks/benchmark_bag_reading.py [--frames 5000] [--bag DIR] [--output FILE.json]

Without a recording one is made: images, cameras, predictions and ground truth of 320x240 pixels,
for which 5,000 frames are 4.2 GB. One thread reads; the times are those of its processor, so that
other work on the machine counts little. Exit code 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
import resource
import shutil
import sys
import tempfile
import time
from typing import Any

import cv2
import numpy as np
from rosbags.rosbag2 import StoragePlugin, Writer

from depth_nodes.cli.machine import describe_machine
from depth_nodes.data.bag_storage import TYPESTORE
from depth_nodes.data.bag_writer import MessageWriter
from depth_nodes.data.evaluation_bag import EvaluationBag
from depth_nodes.messages.camera import Camera, fill_camera_info

DEFAULT_OUTPUT = Path(__file__).parent / 'results' / 'bag_reading.json'
HEIGHT, WIDTH = 240, 320
RATE_HZ = 30.0
START_NS = 1_700_000_000_000_000_000
MAX_CPU_MS = 4.0
MAX_MEMORY_GB = 1.5


def main() -> int:
    """Measures, prints and writes the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--frames', type=int, default=5000)
    parser.add_argument('--bag', type=Path, help='one that is there already')
    parser.add_argument('--make', type=Path, help='only make a recording, there')
    parser.add_argument('--sqlite', action='store_true', help='in place of MCAP')
    parser.add_argument('--output', type=Path, default=DEFAULT_OUTPUT)
    arguments = parser.parse_args()
    plugin = StoragePlugin.SQLITE3 if arguments.sqlite else StoragePlugin.MCAP
    if arguments.make:
        write_drive(arguments.make, arguments.frames, plugin)
        return 0
    folder = Path(tempfile.mkdtemp())
    try:
        if not arguments.bag:
            write_drive(folder / 'drive', arguments.frames, plugin)
        result = measure(arguments.bag or folder / 'drive')
    finally:
        shutil.rmtree(folder)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(result, indent=2) + '\n')
    print(json.dumps(result, indent=2))
    return 0 if result['is_within_bars'] else 1


def measure(path: Path) -> dict[str, Any]:
    """Reads a recording once."""
    cv2.setNumThreads(1)
    start_s = time.process_time()
    bag = EvaluationBag(path)
    _ = bag.clock
    opened_s = time.process_time()
    count = sum(1 for _ in bag)
    read_s = time.process_time() - opened_s
    memory_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    cpu_ms = read_s / count * 1e3
    return {
        'machine': describe_machine(),
        'frames': count,
        'opening_and_clock_cpu_s': round(opened_s - start_s, 2),
        'cpu_ms_a_frame': round(cpu_ms, 3),
        'peak_memory_gb': round(memory_gb, 3),
        'is_within_bars': cpu_ms <= MAX_CPU_MS and memory_gb <= MAX_MEMORY_GB,
    }


def write_drive(path: Path, num_frames: int, plugin: StoragePlugin) -> None:
    """A recording with predictions inside, along a wall with things in front of it."""
    camera = Camera.from_fov(WIDTH, HEIGHT, 70.0)
    random = np.random.default_rng(0)
    shades = cv2.resize(random.integers(0, 256, (60, 400, 3), np.uint8), (1600, HEIGHT))
    distances = cv2.resize(random.uniform(1, 30, (12, 60)).astype(np.float32), (1600, HEIGHT))
    with Writer(path, version=9, storage_plugin=plugin) as writer:
        recorder = MessageWriter(writer)
        for index in range(num_frames):
            columns = np.arange(2 * index, 2 * index + WIDTH) % shades.shape[1]
            stamp_ns = START_NS + round(index / RATE_HZ * 1e9)
            depth = distances[:, columns]
            recorder.write('/image', stamp_ns, _image(shades[:, columns], 'rgb8', stamp_ns))
            recorder.write('/camera_info', stamp_ns, _info(camera, stamp_ns))
            truth = _image(depth, '32FC1', stamp_ns)
            recorder.write('/ground_truth/image_rect', stamp_ns, truth)
            noise = 1 + 0.1 * random.standard_normal((HEIGHT, WIDTH), np.float32)
            predicted = _image(depth * noise, '32FC1', stamp_ns)
            recorder.write('/depth/image_rect', stamp_ns + 40_000_000, predicted)


def _new(kind: str, *values: Any) -> Any:
    return TYPESTORE.types[kind](*values)


def _header(stamp_ns: int) -> Any:
    time_message = _new('builtin_interfaces/msg/Time', *divmod(stamp_ns, 1_000_000_000))
    return _new('std_msgs/msg/Header', time_message, 'camera_optical_frame')


def _image(pixels: np.ndarray, encoding: str, stamp_ns: int) -> Any:
    data = np.ascontiguousarray(pixels).reshape(-1).view(np.uint8)
    step = data.size // HEIGHT
    kind = 'sensor_msgs/msg/Image'
    return _new(kind, _header(stamp_ns), HEIGHT, WIDTH, encoding, 0, step, data)


def _info(camera: Camera, stamp_ns: int) -> Any:
    kind, empty = 'sensor_msgs/msg/CameraInfo', np.empty(0)
    roi = _new('sensor_msgs/msg/RegionOfInterest', 0, 0, 0, 0, False)
    message = _new(kind, _header(stamp_ns), 0, 0, '', empty, empty, empty, empty, 0, 0, roi)
    fill_camera_info(message, camera)
    return message


if __name__ == '__main__':
    sys.exit(main())
