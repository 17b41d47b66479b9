"""What bytes of a stranger reach: each target takes any, and may raise DepthNodesError alone."""

import atexit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
import json
from pathlib import Path
import re
import shutil
import tempfile
from types import SimpleNamespace

import cv2
import numpy as np
from rosbags.rosbag2 import Reader, StoragePlugin, Writer

from depth_nodes.config_loader import load_config
from depth_nodes.data.bag import BagReader, write_bag
from depth_nodes.data.bag_storage import TYPESTORE
from depth_nodes.data.image_file import read_gray16
from depth_nodes.data.sample import Sample
from depth_nodes.errors import DepthNodesError
from depth_nodes.messages.camera import Camera
from depth_nodes.messages.image import rgb_from_compressed
from depth_nodes.runtime.model_store import find_model, list_models
from depth_nodes.training.config import TrainingConfig

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(tempfile.mkdtemp(prefix='depth_nodes_fuzz_'))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
MANIFEST = b"""models:
  a:
    license: MIT
    onnx: {file: a.onnx, sha256: 0e}
    canonical: {focal_px: 256.0}
    input_height_px: 192
    training_data: [rooms]
    scores: {kitti: {abs_rel: 0.2}}
    coarse: {safetensors: {file: b.safetensors, sha256: 1f}}
"""
CAMERA = Camera.from_fov(12, 8, 70.0)
MCAP_START, SQLITE_START = b'\x89MCAP', b'SQLite'


def image(data: bytes) -> None:
    """A CompressedImage, and a depth image on disk."""
    with only_our_errors():
        rgb_from_compressed(SimpleNamespace(format='jpeg', data=data))
    with only_our_errors():
        read_gray16(written('depth.png', data))


def bag(data: bytes) -> None:
    """A recording's storage, or the description beside a whole one."""
    if data.startswith((MCAP_START, SQLITE_START)):
        path = written('walk.mcap' if data.startswith(MCAP_START) else 'walk.db3', data)
    else:
        path = written('whole/metadata.yaml', data).parent
    with only_our_errors():
        for _ in BagReader(path):
            pass


def config(data: bytes) -> None:
    """A training's YAML."""
    with only_our_errors():
        load_config(TrainingConfig, written('training.yaml', data))


def model(data: bytes) -> None:
    """A manifest, or the header of a safetensors file."""
    with only_our_errors():
        list_models(written('models/manifest.yaml', data).parent)
    with only_our_errors():
        find_model(str(written('model.safetensors', data)), FOLDER / 'models')


TARGETS: dict[str, Callable[[bytes], None]] = {
    'image': image,
    'bag': bag,
    'config': config,
    'model': model,
}


def seeds(target: str) -> list[bytes]:
    """Whole inputs to begin with."""
    return {'image': _images, 'bag': _bags, 'config': _configs, 'model': _models}[target]()


@contextmanager
def only_our_errors() -> Iterator[None]:
    """Whatever else is raised goes through; and ours are one line."""
    try:
        yield
    except DepthNodesError as error:
        if '\n' in str(error):
            raise AssertionError('an error of several lines') from error


def written(name: str, data: bytes) -> Path:
    path = FOLDER / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def _images() -> list[bytes]:
    random = np.random.default_rng(0)
    rgb = random.integers(0, 256, (16, 24, 3), np.uint8)
    depth = random.integers(0, 65536, (16, 24), np.uint16)
    encoded = [
        cv2.imencode('.jpg', rgb),
        cv2.imencode('.jpg', rgb, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
        cv2.imencode('.png', rgb),
        cv2.imencode('.png', depth),
    ]
    return [data.tobytes() for _, data in encoded]


def _bags() -> list[bytes]:
    rgb = np.zeros((8, 12, 3), np.uint8)
    samples = [
        Sample(name=f'{index:06d}', image=rgb, camera=CAMERA, depth_m=np.ones((8, 12), np.float32))
        for index in range(2)
    ]
    whole = FOLDER / 'whole'
    if not whole.exists():
        write_bag(samples, whole, rate_hz=10.0)
        writer = Writer(FOLDER / 'sqlite', version=9, storage_plugin=StoragePlugin.SQLITE3)
        with writer, Reader(whole) as reader:
            targets = {
                one.topic: writer.add_connection(one.topic, one.msgtype, typestore=TYPESTORE)
                for one in reader.connections
            }
            for connection, stamp_ns, cdr in reader.messages():
                writer.write(targets[connection.topic], stamp_ns, cdr)
    files = [*whole.glob('*.mcap'), *(FOLDER / 'sqlite').glob('*.db3')]
    return [path.read_bytes() for path in files] + [(FOLDER / 'sqlite/metadata.yaml').read_bytes()]


def _configs() -> list[bytes]:
    texts = [path.read_text() for path in sorted((ROOT / 'config/training').glob('*.yaml'))]
    return [re.sub('#.*', '', text).encode() for text in texts]


def _models() -> list[bytes]:
    header = {
        'canonical': {'focal_px': 256.0},
        'metadata': {'name': 'a', 'input_height_px': 96, 'coarse': 'b', 'coarse_size': [96, 96]},
    }
    text = json.dumps({'__metadata__': {'depth_nodes': json.dumps(header)}}).encode()
    return [MANIFEST, len(text).to_bytes(8, 'little') + text]
