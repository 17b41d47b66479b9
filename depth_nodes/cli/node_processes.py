"""Nodes as processes of their own: started, watched, ended whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from depth_nodes.runtime.model_store import find_share

PROFILE = Path('config/fastdds_profile.xml')
POLL_S = 0.1
STOPPING_S = 8.0
LAST_LINES = 3
HARMLESS = ('[DEBUG]', '[INFO]', '[WARN]')
SENT = re.compile(r'published (\d+) frames in ([\d.]+) s')
BACKEND = re.compile(r'model (\S+) runs on backend (\S+)')
LOG_PREFIX = re.compile(r'^\[(\w+)\] \[[\d.]+\] \[[\w.]+\]: ')

_LOGGER = logging.getLogger(__name__)


class NodeProcesses:
    """A context in which nodes run; leaving it ends them.

    Args:
        folder: for their parameters and logs.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._environment = _environment(folder)
        # A domain of our own choice may already be in use; a namespace keeps the topics apart.
        own = f'/depth_nodes_{os.getpid()}'
        self._namespace = '' if 'ROS_DOMAIN_ID' in os.environ else own
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> NodeProcesses:
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

    def start(
        self, name: str, parameters: Mapping[str, Any], defaults: Path | None = None
    ) -> None:
        """Starts `depth_nodes.ros.nodes.NAME` with these ROS parameters, after those of a file."""
        parameter_file = self.folder / f'{name}.yaml'
        parameter_file.write_text(yaml.safe_dump({'/**': {'ros__parameters': dict(parameters)}}))
        command = [sys.executable, '-m', f'depth_nodes.ros.nodes.{name}', '--ros-args']
        for file in (defaults, parameter_file):
            command += ['--params-file', str(file)] if file else []
        if self._namespace:
            command += ['-r', f'__ns:={self._namespace}']
        with self._log_file(name).open('wb') as log:
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
        process = self._processes[name]
        if not self._wait_until(lambda: process.poll() is not None, timeout_s):
            raise self._failure(name, f'did not end within {timeout_s:.0f} s')

    def wait_for_words(self, name: str, words: str, timeout_s: float) -> None:
        """Waits for a node to log these.

        Raises:
            DepthNodesError: it or another node failed, or it did not log them in time.
        """
        if not self._wait_until(lambda: words in self.log(name), timeout_s):
            raise self._failure(name, f'did not start within {timeout_s:.0f} s')

    def cpu_s(self, name: str) -> float | None:
        """CPU time of a running node so far [s]; None where the system does not tell."""
        try:
            stat = Path(f'/proc/{self._processes[name].pid}/stat').read_text()
        except OSError:
            return None
        # proc(5): utime and stime are fields 14 and 15; the second, in brackets, may hold blanks.
        fields = stat.rpartition(')')[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def _wait_until(self, is_reached: Callable[[], bool], timeout_s: float) -> bool:
        """Whether it was reached in time, with every node alive or ended well."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            has_reached = is_reached()
            for name, process in self._processes.items():
                if process.poll():
                    raise self._failure(name, f'ended with exit code {process.returncode}')
            if has_reached or time.monotonic() > deadline_s:
                return has_reached
            time.sleep(POLL_S)

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
        return {name: self.log(name) for name in self._processes}

    def log(self, name: str) -> str:
        """What a node has logged so far."""
        return self._log_file(name).read_text(errors='replace')

    def _log_file(self, name: str) -> Path:
        return self.folder / f'{name}.log'

    def last_words(self, name: str) -> str:
        """The last lines of a node's log that tell of an error, as one line."""
        lines = self.log(name).splitlines()
        told = [line for line in lines if line.strip() and not line.startswith(HARMLESS)]
        last = [LOG_PREFIX.sub('', line).strip() for line in told[-LAST_LINES:]]
        return f'{" | ".join(last) or "it said nothing"} (log: {self._log_file(name)})'

    def _failure(self, name: str, what: str) -> DepthNodesError:
        return DepthNodesError(f'{name} {what}: {self.last_words(name)}')


def frames_sent(logs: Mapping[str, str]) -> tuple[int, float] | None:
    """How many frames player_node published, and in what time [s]; None where it did not end."""
    found = SENT.search(logs['player_node'])
    return (int(found[1]), float(found[2])) if found else None


def running_backend(logs: Mapping[str, str]) -> str | None:
    """What ran depth_node's network last, which may have fallen back; None: it never ran."""
    found = BACKEND.findall(logs['depth_node'])
    return found[-1][1] if found else None


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


def _environment(folder: Path) -> dict[str, str]:
    """This process's, with nodes that see only each other and lose no big messages."""
    defaults = {
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
        'ROS_DOMAIN_ID': str(random.randrange(1, 100)),
        'ROS_LOG_DIR': str(folder / 'ros_log'),
        'PYTHONUNBUFFERED': '1',
    }
    profile = find_share(PROFILE)
    if profile is None:
        _LOGGER.warning('%s was not found: big messages may get lost', PROFILE)
    else:  # the second name is that of Fast DDS 3
        defaults['FASTRTPS_DEFAULT_PROFILES_FILE'] = str(profile)
        defaults['FASTDDS_DEFAULT_PROFILES_FILE'] = str(profile)
    return {**defaults, **os.environ}
