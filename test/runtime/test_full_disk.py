"""A file system that is really full, under the folder of engines."""

import subprocess
import sys

import pytest

# In a namespace of its own, a process may mount a small file system that nobody else sees.
MOUNTED = ['unshare', '--map-root-user', '--mount', 'sh', '-c']
MOUNT = 'mount -t tmpfs -o size=64k none "$0"'
CODE = """
import logging, sys
from pathlib import Path
from depth_nodes.runtime.engine_cache import EngineCache
from depth_nodes.runtime.engine_key import EngineKey
from depth_nodes.runtime.gpu import Gpu
from depth_nodes.runtime.image_sizes import ImageSizes

logging.basicConfig(format='%(levelname)s %(message)s')
folder = Path(sys.argv[1]) / 'engines'
cache = EngineCache(folder)
gpu = Gpu(name='any', compute_capability=(9, 0), driver_version='1')
key = EngineKey(weights_sha256='0' * 64, graph_version='1', shape=(1, 96, 128), precision='fp32',
                gpu=gpu, versions={'tensorrt': '1'})
large, small = b'e' * 100_000, b'e' * 1000
assert cache.load_or_build(key, lambda: large) == large, 'used all the same'
assert 'No space left on device' in cache.problem and 'make room' in cache.problem
assert [path.name for path in folder.iterdir()] == ['.lock'], 'nothing half written'
ImageSizes(folder).note((480, 640))
assert cache.load_or_build(key, lambda: small) == small
assert cache.problem == ''
assert cache.load_or_build(key, lambda: large) == small, 'kept'
"""


def test_an_engine_is_used_although_the_disk_is_full(tmp_path):
    if subprocess.run([*MOUNTED, MOUNT, tmp_path], capture_output=True, check=False).returncode:
        pytest.skip('no file system may be mounted here')
    command = f'{MOUNT} && exec "$1" -c "$2" "$0"'
    result = subprocess.run(
        [*MOUNTED, command, tmp_path, sys.executable, CODE],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    (line,) = result.stderr.splitlines()
    assert line.startswith('WARNING')
    assert 'No space left on device' in line
