"""Runs `depth_node` alone, and then beside a `refiner_node` that never rests, all real.

    python benchmarks/benchmark_refiner.py [--duration-s 60] [--refiner patch_refiner_v2_small]

The camera publishes 1280x720 rgb8 at 10 Hz, a keyframe is due every 2 s, and depth, cloud and
refined depth are received. Exit code 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
from contextlib import nullcontext
import json
import os
from pathlib import Path
import signal
import sys
import time
from typing import Any

from benchmark_node import ENVIRONMENT, observing, OUTPUTS, ROOT, running

from depth_nodes.cli.machine import describe_machine

NODES = 'depth_nodes.ros.nodes'
CAMERA_AND_CONSUMER = [sys.executable, str(ROOT / 'benchmarks/benchmark_node.py')]
REFINED = 'refined/image_rect'
BARS = {'min_rate_kept': 0.9, 'max_age_p99_periods': 2.0, 'min_busy': 0.9}


def main() -> int:
    """Measures both ways, prints and writes the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--model', default='small_depth')
    parser.add_argument('--refiner', default='patch_refiner_v2_small')
    parser.add_argument('--size', default='720x1280', metavar='HxW')
    parser.add_argument('--rate-hz', type=float, default=10.0)
    parser.add_argument('--keyframe-period-s', type=float, default=2.0)
    parser.add_argument('--duration-s', type=float, default=60.0)
    parser.add_argument('--output', type=Path, default=ROOT / 'benchmarks/results/refiner.json')
    arguments = parser.parse_args()
    os.environ.update(ENVIRONMENT)
    alone, beside = (measure(arguments, with_refiner=one) for one in (False, True))
    result = summarise(arguments, alone, beside)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(result, indent=2) + '\n')
    print(json.dumps(result, indent=2))
    return 0 if result['is_within_bars'] else 1


def measure(arguments: argparse.Namespace, *, with_refiner: bool) -> dict[str, Any]:
    """What camera, nodes and consumer say of one run."""
    depth = node_command('depth_node', model=arguments.model)
    refiner = node_command(
        'refiner_node', model=arguments.refiner, max_period_s=arguments.keyframe_period_s
    )
    camera = [*CAMERA_AND_CONSUMER, '--role', 'camera', '--size', arguments.size]
    camera += ['--rate-hz', str(arguments.rate_hz), '--duration-s', str(arguments.duration_s)]
    with (
        running(depth) as depth_process,
        running(refiner) if with_refiner else nullcontext() as refiner_process,
        running([*CAMERA_AND_CONSUMER, '--role', 'consumer']) as consumer,
        observing() as (observer, statuses),
    ):
        nodes = [one for one in (depth_process, refiner_process) if one is not None]
        refined = receive_refined(observer)
        while observer.count_subscribers('image') < len(nodes) or not all(
            map(observer.count_subscribers, OUTPUTS)
        ):
            if any(one.poll() is not None for one in nodes):
                sys.exit('a node has ended, for the reason above')
            time.sleep(0.05)
        with running(camera) as process:
            time.sleep(arguments.duration_s / 10)  # until the first keyframe is in work
            first = len(statuses)
            said = json.loads(process.communicate()[0])
        during = statuses[first:]
        time.sleep(2.5)  # until the counts are the last ones
        consumer.send_signal(signal.SIGINT)
        said['consumer'] = json.loads(consumer.communicate(timeout=20)[0])
        said['depth_node'] = next(one for one in reversed(statuses) if is_of(one, 'depth_node'))
        states = [one['state'] for one in during if is_of(one, 'refiner_node')]
        said['busy'] = states.count('refining') / max(1, len(states))
        said['refined'] = len(refined)
        for status in reversed(statuses):
            if is_of(status, 'refiner_node'):
                said['refiner_node'] = status
                break
    return said


def node_command(name: str, **parameters: object) -> list[str]:
    """A node as a process of its own."""
    command = [sys.executable, '-m', f'{NODES}.{name}', '--ros-args']
    for key, value in parameters.items():
        command += ['-p', f'{key}:={value}']
    return command


def receive_refined(observer: Any) -> list[bytes]:
    """Somebody has to want the refined depth; the list grows with the stamps of what comes."""
    from rclpy.qos import QoSProfile
    from sensor_msgs.msg import Image

    received: list[bytes] = []
    observer.create_subscription(
        Image, REFINED, lambda data: received.append(data[4:12]), QoSProfile(depth=1), raw=True
    )
    return received


def is_of(status: dict[str, str], node: str) -> bool:
    """Whether a status is of this node."""
    return status['status'].startswith(f'{node}:')


def summarise(
    arguments: argparse.Namespace, alone: dict[str, Any], beside: dict[str, Any]
) -> dict[str, Any]:
    """The result, ready for JSON."""
    runs = {}
    for name, said in (('alone', alone), ('beside_refiner', beside)):
        published = int(said['depth_node']['frames published'])
        runs[name] = {
            'sent': said['sent'],
            'published': published,
            'rate_hz': round(published / arguments.duration_s, 3),
            'consumer': said['consumer'],
        }
    kept = runs['beside_refiner']['published'] / runs['alone']['published']
    age_ms = max(beside['consumer'][topic]['p99_ms'] for topic in OUTPUTS)
    periods = age_ms * arguments.rate_hz / 1e3
    is_within_bars = (
        kept >= BARS['min_rate_kept']
        and periods <= BARS['max_age_p99_periods']
        and beside['busy'] >= BARS['min_busy']
    )
    return {
        'size': arguments.size,
        'rate_hz': arguments.rate_hz,
        'keyframe_period_s': arguments.keyframe_period_s,
        'duration_s': arguments.duration_s,
        **runs,
        'rate_kept': round(kept, 4),
        'age_p99_periods': round(periods, 3),
        'refiner_busy': round(beside['busy'], 3),
        'keyframes_received': beside['refined'],
        'refiner_node': beside.get('refiner_node'),
        'bars': BARS,
        'is_within_bars': is_within_bars,
        'machine': describe_machine(),
    }


if __name__ == '__main__':
    sys.exit(main())
