"""A recording of a few small frames, and the same in other storage."""

from pathlib import Path

import numpy as np
from rosbags.rosbag2 import CompressionFormat, CompressionMode, Reader, StoragePlugin, Writer

from depth_nodes.data.bag import raw_messages
from depth_nodes.data.bag_storage import TYPESTORE
from depth_nodes.data.sample import Sample
from depth_nodes.messages.camera import Camera

CAMERA = Camera(width_px=16, height_px=12, fx_px=20.0, fy_px=21.0, cx_px=7.5, cy_px=5.25)
SECOND_NS = 1_000_000_000


def make_sample(index: int, **changes) -> Sample:
    random = np.random.default_rng(index)
    depth = random.uniform(0.5, 70, (12, 16)).astype(np.float32)
    depth[random.random(depth.shape) < 0.3] = 0
    values = {
        'name': f'{index:06d}',
        'image': random.integers(0, 256, (12, 16, 3), np.uint8),
        'camera': CAMERA,
        'depth_m': depth,
    }
    return Sample(**values | changes)


SAMPLES = [make_sample(index) for index in range(5)]


def topic(path: Path, name: str) -> list:
    """Decoded messages of one topic."""
    messages = raw_messages(path, [name])
    return [TYPESTORE.deserialize_cdr(cdr, kind) for _, kind, _, cdr in messages]


def rewrite(
    source: Path,
    target: Path,
    *,
    plugin: StoragePlugin = StoragePlugin.MCAP,
    names: dict[str, str] | None = None,
    skip: tuple[str, ...] = (),
    compression: CompressionMode = CompressionMode.NONE,
) -> Path:
    """The same recording in other storage, with other topic names, or without some topics."""
    writer = Writer(target, version=9, storage_plugin=plugin)
    writer.set_compression(compression, CompressionFormat.ZSTD)
    with writer, Reader(source) as reader:
        connections = {
            item.topic: writer.add_connection(
                (names or {}).get(item.topic, item.topic), item.msgtype, typestore=TYPESTORE
            )
            for item in reader.connections
        }
        for item, stamp_ns, cdr in reader.messages():
            if item.topic not in skip:
                writer.write(connections[item.topic], stamp_ns, cdr)
    return target
