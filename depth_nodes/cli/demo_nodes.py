"""Nodes as processes of their own: started, watched, ended whatever happens."""

from __future__ import annotations

from collections.abc import Mapping
import importlib.util
import logging
import os
from pathlib import Path
import random
import re
import signal
import subprocess
import sys
import time
from types import FrameType, TracebackType
from typing import Any

import yaml

from depth_nodes.errors import DepthNodesError

PROFILE = Path('config/fastdds_profile.xml')
PACKAGE_DIR = Path(__file__).resolve().parents[1]
POLL_S = 0.1
STOPPING_S = 8.0
LAST_LINES = 3
HARMLESS = ('[DEBUG]', '[INFO]', '[WARN]')
LOG_PREFIX = re.compile(r'^\[(\w+)\] \[[\d.]+\] \[[\w.]+\]: ')

_LOGGER = logging.getLogger(__name__)


class DemoNodes:
    """A context in which nodes run; leaving it ends them.

    Args:
        folder: for their parameters and logs.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._environment = _environment(folder)
        # A domain of our own choice may already be in use; a namespace keeps the topics apart.
        self._namespace = '' if 'ROS_DOMAIN_ID' in os.environ else f'/demo_{os.getpid()}'
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> DemoNodes:
        self._old_handler = signal.signal(signal.SIGTERM, _exit)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        signal.signal(signal.SIGTERM, self._old_handler)

    def start(self, name: str, parameters: Mapping[str, Any]) -> None:
        """Starts `depth_nodes.ros.nodes.NAME` with these ROS parameters."""
        parameter_file = self.folder / f'{name}.yaml'
        parameter_file.write_text(yaml.safe_dump({'/**': {'ros__parameters': dict(parameters)}}))
        command = [sys.executable, '-m', f'depth_nodes.ros.nodes.{name}', '--ros-args']
        command += ['--params-file', str(parameter_file)]
        if self._namespace:
            command += ['-r', f'__ns:={self._namespace}']
        with self._log(name).open('wb') as log:
            self._processes[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,  # Ctrl-C reaches the nodes through stop(), once
            )

    def wait(self, name: str, timeout_s: float) -> None:
        """Waits for a node's own end.

        Raises:
            DepthNodesError: it or another node failed, or it did not end in time.
        """
        deadline_s = time.monotonic() + timeout_s
        while self._processes[name].poll() is None:
            for other, process in self._processes.items():
                if process.poll():
                    raise self._failure(other, f'ended with exit code {process.returncode}')
            if time.monotonic() > deadline_s:
                raise self._failure(name, f'did not end within {timeout_s:.0f} s')
            time.sleep(POLL_S)
        if self._processes[name].returncode:
            raise self._failure(name, f'ended with exit code {self._processes[name].returncode}')

    def stop(self) -> dict[str, str]:
        """Interrupts the nodes, and kills those that do not end.

        Returns:
            The log of every node.
        """
        running = [process for process in self._processes.values() if process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGINT)
        deadline_s = time.monotonic() + STOPPING_S
        for process in running:
            try:
                process.wait(max(0.1, deadline_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()  # rclpy catches SIGTERM
                process.wait()
        return {name: self._log(name).read_text(errors='replace') for name in self._processes}

    def _log(self, name: str) -> Path:
        return self.folder / f'{name}.log'

    def last_words(self, name: str) -> str:
        """The last lines of a node's log that tell of an error, as one line."""
        lines = self._log(name).read_text(errors='replace').splitlines()
        told = [line for line in lines if line.strip() and not line.startswith(HARMLESS)]
        last = [LOG_PREFIX.sub('', line).strip() for line in told[-LAST_LINES:]]
        return f'{" | ".join(last) or "it said nothing"} (log: {self._log(name)})'

    def _failure(self, name: str, what: str) -> DepthNodesError:
        return DepthNodesError(f'{name} {what}: {self.last_words(name)}')


def _exit(signal_number: int, frame: FrameType | None) -> None:
    """Lets `timeout` and the like end the nodes too."""
    sys.exit(128 + signal_number)


def require_ros() -> None:
    """Looks for rclpy, without importing it.

    Raises:
        DepthNodesError: there is none.
    """
    if importlib.util.find_spec('rclpy') is None:
        raise DepthNodesError(
            'ROS 2 is not installed for this Python: install it with '
            "`pip install 'depth_nodes[ros]'` (x86_64 Linux), or source /opt/ros/DISTRO/setup.bash"
        )


def find_profile() -> Path | None:
    """The Fast DDS profile of the checkout, else of the installation."""
    prefixes = [*PACKAGE_DIR.parents, Path(sys.prefix)]
    prefixes += [Path(path) for path in os.environ.get('AMENT_PREFIX_PATH', '').split(':') if path]
    installed = [prefix / 'share' / 'depth_nodes' / PROFILE for prefix in prefixes]
    candidates = [PACKAGE_DIR.parent / PROFILE, *installed]
    return next((path for path in candidates if path.is_file()), None)


def _environment(folder: Path) -> dict[str, str]:
    """This process's, with nodes that see only each other and lose no big messages."""
    defaults = {
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
        'ROS_DOMAIN_ID': str(random.randrange(1, 100)),
        'ROS_LOG_DIR': str(folder / 'ros_log'),
        'PYTHONUNBUFFERED': '1',
    }
    profile = find_profile()
    if profile is None:
        _LOGGER.warning('%s was not found: big messages may get lost', PROFILE)
    else:  # the second name is that of Fast DDS 3
        defaults['FASTRTPS_DEFAULT_PROFILES_FILE'] = str(profile)
        defaults['FASTDDS_DEFAULT_PROFILES_FILE'] = str(profile)
    return {**defaults, **os.environ}
