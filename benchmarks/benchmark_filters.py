"""Times what depth goes through around the network: filters, confidence, rectification.

    python benchmarks/benchmark_filters.py [--output FILE.json]

Filters work at the network's 640x192, rectification on a camera's image. Processor time of one
thread leaves out the waiting for a core that others use. Exit code 1 if the bar of flying pixels
is missed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
import sys

from benchmark_messages import measure_interleaved
import cv2
import numpy as np
from sensor_msgs.msg import CameraInfo

from depth_nodes.cli.machine import describe_machine
from depth_nodes.messages.camera import Camera, fill_camera_info
from depth_nodes.messages.rectification import Rectifier
from depth_nodes.runtime.flying_pixels import flying_pixels, resized_mask
from depth_nodes.runtime.temporal_filter import GAIN, TemporalFilter

DEFAULT_OUTPUT = Path(__file__).parent / 'results' / 'filters.json'
ITERATIONS = 50
MAX_FLYING_PIXELS_MS = 2.0
HEIGHT, WIDTH = 192, 640
CAMERA_SIZES = ((640, 480), (1280, 720))
LENSES = {'plumb_bob': [-0.28, 0.07, 0.0, 0.0, 0.0], 'equidistant': [-0.02, 0.004, 0.0, 0.0]}


def main() -> int:
    """Measures, prints and writes the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--output', type=Path, default=DEFAULT_OUTPUT)
    arguments = parser.parse_args()
    times = measure()
    is_within_bars = times['flying_pixels']['processor_p99_ms'] <= MAX_FLYING_PIXELS_MS
    result = {
        'iterations': ITERATIONS,
        'times': times,
        'bars': {'flying_pixels_processor_p99_ms': MAX_FLYING_PIXELS_MS},
        'is_within_bars': is_within_bars,
        'machine': describe_machine(),
    }
    text = json.dumps(result, indent=2)
    arguments.output.write_text(text + '\n')
    print(text)
    return 0 if is_within_bars else 1


def measure() -> dict[str, dict[str, float]]:
    """Each function on frames that look like depth."""
    random = np.random.default_rng(0)
    noise = random.random((2, HEIGHT, WIDTH), np.float32)
    inverse_depth, brightness = (0.05 + cv2.GaussianBlur(one, (0, 0), 2) for one in noise)
    is_flying = flying_pixels(inverse_depth)
    smoothing, comparing = TemporalFilter(), TemporalFilter()
    functions = {
        'flying_pixels': lambda: flying_pixels(inverse_depth),
        'temporal_filter': lambda: smoothing(inverse_depth, brightness, gain=GAIN, goes_on=True),
        'confidence': lambda: comparing(inverse_depth, brightness, gain=1.0, goes_on=True),
    }
    for width, height in CAMERA_SIZES:
        size = f'{width}x{height}'
        functions[f'mask_to_{size}'] = lambda w=width, h=height: resized_mask(is_flying, w, h)
        image = random.integers(0, 256, (height, width, 3), np.uint8)
        for model in LENSES:
            message = camera_info(model, width, height)
            rectifier = Rectifier(message)
            functions[f'rectify_{model}_{size}'] = lambda r=rectifier, i=image: r(i)
            functions[f'maps_{model}_{size}'] = lambda m=message: Rectifier(m)
    return measure_interleaved(functions, ITERATIONS)


def camera_info(model: str, width: int, height: int) -> CameraInfo:
    """Of a wide lens."""
    message = CameraInfo()
    fill_camera_info(message, Camera.from_fov(width, height, 80.0))
    message.distortion_model, message.d = model, LENSES[model]
    return message


if __name__ == '__main__':
    sys.exit(main())
