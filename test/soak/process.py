"""The processes of a soak: the node under test, and a subscriber that may fall asleep."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
import resource
import select
import signal
import subprocess
import sys
import time

import psutil

ANSWER_S = 5.0
MAX_END_S = 10.0
FULL_DISK_BYTES = 1 << 18  # less than an engine; logs stay smaller
# A network that leaves half of a core to everything else at 30 Hz.
PARAMETERS = {'backend': 'onnx', 'input_height_px': 96, 'input_width_px': 160, 'num_threads': 1}


class NodeProcess:
    """`depth_node` with a backend that obeys."""

    def __init__(self, log: Path, engines: Path) -> None:
        """Starts it, with a file for what it logs and a folder for engines."""
        parameters = PARAMETERS | {'engine_cache_dir': engines}
        options = [
            word for name, value in parameters.items() for word in ('-p', f'{name}:={value}')
        ]
        with log.open('wb') as file:
            self._process = subprocess.Popen(
                [sys.executable, '-m', 'soak.faulty_node', '--ros-args', *options],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
            )
        self._usage = psutil.Process(self._process.pid)

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    @property
    def memory_mb(self) -> float:
        """What of its memory is resident, shared memory included."""
        return self._usage.memory_info().rss / 1e6

    def ask(self, command: str) -> str:
        """Its answer; empty where there is none in time."""
        with suppress(BrokenPipeError):  # it has ended
            self._process.stdin.write(f'{command}\n'.encode())
        if not select.select([self._process.stdout], [], [], ANSWER_S)[0]:
            return ''
        return self._process.stdout.readline().decode().strip()

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """No file can grow beyond FULL_DISK_BYTES: an error of the system like any full disk."""
        limits = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (FULL_DISK_BYTES, limits[1]))
        try:
            yield
        finally:
            with suppress(ProcessLookupError):  # it has ended
                resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, limits)

    def end(self) -> float | None:
        """How long it took to end [s] after SIGINT; None: it had ended."""
        if self.exit_code is not None:
            return None
        began_s = time.monotonic()
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(MAX_END_S)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGUSR1)  # its log then shows what it waits for
            time.sleep(1.0)
            self._process.kill()
            self._process.wait()
        return time.monotonic() - began_s


class Sleeper:
    """A subscriber that can be stopped."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, '-m', 'soak.sleeper'])

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """It does not run at all."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
