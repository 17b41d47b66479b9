"""Times a keyframe's refinement on a GPU: torch in float32 against TensorRT.

    python benchmarks/gpu_refiner.py --output FILE.json [--refiner NAME or PATH] [--size 720x1280]

The file grows with each row, torch first; one that fails keeps its reason. Needs timm. On a
machine without a GPU the times are those of torch on the CPU. It sets no bar.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
import sys
from time import perf_counter
from typing import Any

import numpy as np

from depth_nodes.cli.image_size import picture_size
from depth_nodes.cli.machine import describe_machine
from depth_nodes.cli.stopwatch import summarise
from depth_nodes.errors import BackendError, DepthNodesError
from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.refiner import DEFAULT_REFINER, make_refiner

ROWS = {
    'torch_fp32': ('torch', 'fp32'),
    'tensorrt_fp16': ('tensorrt', 'fp16'),
    'tensorrt_fp32': ('tensorrt', 'fp32'),
}
FOV_DEG = 70.0


def main() -> int:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--refiner', default=DEFAULT_REFINER, help='%(default)s')
    parser.add_argument('--size', type=picture_size, default=(720, 1280), metavar='HxW')
    parser.add_argument('--calls', type=int, default=20, help='timed keyframes; %(default)s')
    parser.add_argument('--output', type=Path, required=True, metavar='FILE.json')
    arguments = parser.parse_args()
    rows: dict[str, Any] = {}
    result = {'machine': describe_machine(), 'refiner': arguments.refiner, 'rows': rows}
    height, width = arguments.size
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    frame = Frame(image=image, camera=Camera.from_fov(width, height, FOV_DEG))
    expected = None
    for name, (backend, precision) in ROWS.items():
        try:
            rows[name], depth_m = time_row(arguments, frame, backend, precision)
        except BackendError as error:
            rows[name] = {'reason': str(error)}
        except DepthNodesError as error:
            print(error, file=sys.stderr)
            return 2
        else:
            expected = depth_m if expected is None else expected
            off = np.abs(depth_m / expected - 1)
            rows[name]['abs_rel_to_torch'] = float(off[np.isfinite(off)].mean())
        arguments.output.write_text(json.dumps(result, indent=2) + '\n')
    print(json.dumps(result, indent=2))
    return 0


def time_row(
    arguments: argparse.Namespace, frame: Frame, backend: str, precision: str
) -> tuple[dict[str, Any], np.ndarray]:
    """Times of whole keyframes and of their two parts, the first apart; and the depth [m]."""
    refiner = make_refiner(
        arguments.refiner, backend, backend_config=BackendConfig(precision=precision)
    )
    started = perf_counter()
    estimate = refiner.refine(frame)
    first_s = perf_counter() - started
    times: dict[str, list[float]] = {'keyframe': [], 'coarse': [], 'tiles': []}
    for _ in range(arguments.calls):
        started = perf_counter()
        estimate = refiner.refine(frame)
        times['keyframe'].append((perf_counter() - started) * 1e3)
        for part in ('coarse', 'tiles'):
            times[part].append(estimate.stage_ms[part])
    row = {'device': refiner.backend.device, 'first_s': round(first_s, 2)}
    refiner.close()
    return row | {name: summarise(values) for name, values in times.items()}, estimate.depth_m


if __name__ == '__main__':
    sys.exit(main())
