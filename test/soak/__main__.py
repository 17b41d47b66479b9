"""A node through bad days: SOAK_MINUTES of 30 Hz, a fault every ten seconds, drawn by SOAK_SEED.

Exit code 1 if a promise is broken.
"""

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import random
import sys
import tempfile
import threading

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from soak.camera import SoakedCamera
from soak.injection import Injector
from soak.process import NodeProcess, Sleeper
from soak.report import broken_promises, Soak, table
from soak.run import Run
from soak.watcher import Watcher

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / 'out/soak'
PROFILE = str(ROOT / 'config/fastdds_profile.xml')
ENVIRONMENT = {
    'FASTRTPS_DEFAULT_PROFILES_FILE': PROFILE,
    'FASTDDS_DEFAULT_PROFILES_FILE': PROFILE,
    'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
    'ROS_DOMAIN_ID': str(1 + os.getpid() % 100),
}


def main() -> int:
    minutes = float(os.environ.get('SOAK_MINUTES') or 3)
    seed = int(os.environ.get('SOAK_SEED') or 1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.update(ENVIRONMENT | {'ROS_LOG_DIR': scratch})
        soak = run(60 * minutes, random.Random(seed), Path(scratch))
    print(f'\n{minutes:g} minutes, seed {seed}', *table(soak), sep='\n')
    broken = list(broken_promises(soak))
    print('', *(f'BROKEN: {text}' for text in broken), sep='\n')
    return 1 if broken else 0


def run(duration_s: float, rng: random.Random, scratch: Path) -> Soak:
    """The soak with all its processes."""
    node, sleeper = NodeProcess(FOLDER / 'node.log', scratch / 'engines'), Sleeper()
    try:
        with observer() as ros:
            camera, watcher = SoakedCamera(ros), Watcher(ros)
            injector = Injector(camera, node, sleeper, rng)
            return Run(camera, node, watcher).soak(duration_s, injector, rng)
    finally:
        sleeper.end()
        node.end()


@contextmanager
def observer() -> Iterator[Node]:
    """A ROS node of our own that a thread spins."""
    rclpy.init()
    node = rclpy.create_node('soak')
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    thread = threading.Thread(target=executor.spin, daemon=True)
    thread.start()
    try:
        yield node
    finally:
        executor.shutdown()
        thread.join()
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == '__main__':
    sys.exit(main())
