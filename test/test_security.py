"""What a stranger may put before the package: weights, engines, pictures, recordings, text."""

import io
from pathlib import Path
import pickle
import re
import struct
import subprocess
import sys
import tracemalloc
from types import SimpleNamespace
import zlib

import numpy as np
import pytest
from rosbags.rosbag2 import storage_mcap
import torch

from depth_nodes.config_loader import read_yaml
from depth_nodes.data import bag_storage
from depth_nodes.data.bag import BagReader, write_bag
from depth_nodes.data.sample import Sample
from depth_nodes.errors import CheckpointError, ConfigError, DepthNodesError, InputError
from depth_nodes.messages.camera import Camera
from depth_nodes.messages.image import rgb_from_compressed
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.runtime.model_store import find_model

PACKAGE = Path(__file__).resolve().parents[1] / 'depth_nodes'
# What runs code that it reads. np.load refuses pickles unless it is told otherwise.
UNSAFE = re.compile(
    r'\bimport (pickle|shelve|marshal|dill|joblib)|\bfrom (pickle|shelve|marshal|dill|joblib)\b'
    r'|torch\.(load|save)\(|allow_pickle|yaml\.(unsafe_|full_)?load\((?!text, _Loader)'
    r'|(?<!\.)\b(eval|exec)\('
)
MILLION = 1_000_000


def test_nothing_that_is_read_can_run():
    found = [
        f'{path.relative_to(PACKAGE)}: {line}'
        for path in PACKAGE.rglob('*.py')
        for line in path.read_text().splitlines()
        if UNSAFE.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    'line',
    [
        'import pickle', 'from pickle import loads', 'torch.load(path)', 'yaml.load(file)',
        'yaml.unsafe_load(file)', 'np.load(path, allow_pickle=True)', 'eval(text)',
    ],
)  # fmt: skip
def test_the_search_finds_what_it_looks_for(line):
    assert UNSAFE.search(line)


class Payload:
    """Makes a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self):
        return Path.touch, (self._marker,)


@pytest.fixture
def marker(tmp_path) -> Path:
    return tmp_path / 'ran'


def pickled(marker: Path) -> bytes:
    return pickle.dumps(Payload(marker))


def torch_pickled(marker: Path) -> bytes:
    buffer = io.BytesIO()
    torch.save({'weights': Payload(marker)}, buffer)
    return buffer.getvalue()


@pytest.mark.parametrize('content', [pickled, torch_pickled])
@pytest.mark.parametrize('name', ['a.safetensors', 'a.onnx', 'a.pt', 'a.pth', 'a.pkl', 'a.engine'])
def test_a_pickle_is_refused_under_any_name(tmp_path, marker, content, name):
    path = tmp_path / name
    path.write_bytes(content(marker))
    with pytest.raises(CheckpointError) as caught:
        find_model(str(path))
    assert '\n' not in str(caught.value)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    assert '\n' not in str(caught.value)
    assert not marker.exists()
    pickle.loads(pickled(marker))
    assert marker.exists(), 'the payload would have run'


def test_a_command_refuses_a_pickle_in_one_line(tmp_path, marker):
    path = tmp_path / 'a.safetensors'
    path.write_bytes(pickled(marker))
    (tmp_path / 'a.png').write_bytes(png_of(64, 64))
    command = [sys.executable, '-m', 'depth_nodes', 'predict', '--image', str(tmp_path / 'a.png')]
    command += ['--output', str(tmp_path / 'out'), '--model', str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    *warnings, line = done.stderr.splitlines()
    assert 'a.safetensors is no safetensors file' in line
    assert 'Traceback' not in done.stderr
    assert not marker.exists()


@pytest.mark.parametrize(
    'file', ['../a.onnx', '/etc/passwd', 'a/b.onnx', '..', "''", '"a\\0.onnx"']
)
def test_a_manifest_leads_nowhere_else(tmp_path, file):
    text = f'models: {{a: {{license: MIT, onnx: {{file: {file}, sha256: x}}}}}}'
    (tmp_path / 'manifest.yaml').write_text(text)
    with pytest.raises(ConfigError, match='give the name of a file beside the manifest'):
        find_model('a', tmp_path)


def png_of(width: int, height: int) -> bytes:
    """A black picture of any size in few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
        )

    header = struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 1) * min(height, 64)))
    return (
        b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', rows) + chunk(b'IEND', b'')
    )


def jpeg_of(width: int, height: int) -> bytes:
    frame = struct.pack('>HBHHB', 11, 8, height, width, 1) + b'\x01\x11\x00'
    return b'\xff\xd8\xff\xc0' + frame + b'\xff\xd9'


@pytest.mark.parametrize('data', [png_of(50_000, 50_000), jpeg_of(65_500, 65_500)])
def test_a_picture_that_claims_too_much_costs_nothing(data):
    tracemalloc.start()
    with pytest.raises(InputError, match='more than 64 Mi pixels; send smaller images'):
        rgb_from_compressed(SimpleNamespace(format='png', data=data))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 10 * len(data) + MILLION


def test_other_decoders_are_out_of_reach():
    tiff = b'II*\x00' + bytes(100)
    with pytest.raises(InputError, match='give whole JPEG or PNG'):
        rgb_from_compressed(SimpleNamespace(format='tiff', data=tiff))


@pytest.fixture
def bag(tmp_path) -> Path:
    image = np.zeros((48, 64, 3), np.uint8)
    sample = Sample(name='0', image=image, camera=Camera.from_fov(64, 48, 70))
    write_bag([sample], tmp_path / 'a.bag', rate_hz=10.0)
    return tmp_path / 'a.bag'


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('#' * (bag_storage.MAX_METADATA_BYTES + 1), 'metadata.yaml holds more than 16 MiB'),
        ('[' * 3000, 'metadata.yaml is damaged: it has 3000 brackets in one another'),
    ],
)
def test_the_description_of_a_recording_has_limits(bag, text, reason):
    with (bag / 'metadata.yaml').open('a') as file:
        file.write(text)
    with pytest.raises(InputError, match=reason):
        BagReader(bag)


@pytest.mark.parametrize('compression', ['zstd', 'lz4'])
def test_a_chunk_is_unpacked_into_no_more_than_it_promises(compression):
    from lz4.frame import compress

    plain = bytes(50 * MILLION)
    packed = storage_mcap.zstd.compress(plain) if compression == 'zstd' else compress(plain)
    assert len(packed) < MILLION
    unpack = storage_mcap.DECOMPRESSORS[compression]
    assert unpack(packed, len(plain)) == plain
    assert len(unpack(packed, 1000)) == 1001
    with pytest.raises(storage_mcap.ReaderError, match='a chunk of'):
        unpack(packed, bag_storage.MAX_UNPACKED_BYTES + 1)


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('a: &a [1]\nb: [*a, *a]', 'aliases .* are not allowed'),
        ('a: ' + 'x' * (1 << 17), 'holds more than 128 KiB'),
        ('a: ' + '[' * 3000, 'more than 50 brackets in one another'),
        ('a: !!python/object/apply:os.system ["true"]', 'is not valid YAML'),
    ],
)
def test_yaml_that_grows_or_runs_is_refused(tmp_path, text, reason):
    path = tmp_path / 'a.yaml'
    path.write_text(text)
    with pytest.raises(ConfigError, match=reason) as caught:
        read_yaml(path)
    assert '\n' not in str(caught.value)


def test_an_error_does_not_repeat_what_is_long(tmp_path):
    path = tmp_path / 'manifest.yaml'
    for value in ('x' * 50_000, '1' + ':59' * 5000):
        path.write_text(f'models: {value}')
        with pytest.raises(DepthNodesError) as caught:
            find_model('a', tmp_path)
        assert len(str(caught.value)) < 400
