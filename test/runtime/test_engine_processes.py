"""Processes that share a cache: one builds, the others wait; a dead one holds nobody up."""

import fcntl
import os
from pathlib import Path
import subprocess
import sys

from engine_example import FakeCompiler, KEY
import pytest

from depth_nodes.runtime.engine_cache import EngineCache
from depth_nodes.runtime.engine_folder import LOCK_NAME

ROOT = Path(__file__).resolve().parents[2]

# Builds for `seconds`, and leaves a letter in `builds` for every build.
PROGRAM = """
import sys, time
from pathlib import Path
from engine_example import KEY
from depth_nodes.runtime.engine_cache import EngineCache

folder, seconds = Path(sys.argv[1]), float(sys.argv[2])

def build():
    with open(folder / 'builds', 'a') as file:
        file.write('x')
    print('building', flush=True)
    time.sleep(seconds)
    return b'built by a process'

print('ready', flush=True)
sys.stdin.readline()
print(EngineCache(folder / 'engines').load_or_build(KEY, build).decode())
"""


def start_process(folder: Path, seconds: float) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, '-c', PROGRAM, str(folder), str(seconds)],
        env=os.environ | {'PYTHONPATH': f'{ROOT}:{ROOT / "test"}'},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == 'ready\n'
    return process


def go(process: subprocess.Popen) -> None:
    process.stdin.write('\n')
    process.stdin.flush()


def test_two_processes_at_once_build_once(tmp_path):
    processes = [start_process(tmp_path, seconds=0.5) for _ in range(2)]
    for process in processes:
        go(process)
    texts = [process.communicate(timeout=120)[0] for process in processes]
    assert [text.splitlines()[-1] for text in texts] == ['built by a process'] * 2
    assert [process.returncode for process in processes] == [0, 0]
    assert (tmp_path / 'builds').read_text() == 'x'


def test_a_killed_process_holds_nobody_up(tmp_path):
    cache, compiler = EngineCache(tmp_path / 'engines'), FakeCompiler()
    process = start_process(tmp_path, seconds=60)
    go(process)
    assert process.stdout.readline() == 'building\n'
    with open(cache.folder / LOCK_NAME) as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    process.kill()
    process.communicate(timeout=120)
    assert cache.load_or_build(KEY, compiler) == compiler.engine(1)
