"""Messages of an MCAP file that is cut off: records are read one by one until the damage.

The format: https://mcap.dev/spec. A file is a magic number and records (one byte that tells their
kind, eight of length, content); a chunk's content is compressed records. The index, which readers
begin with, stands at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
import io
from pathlib import Path
import struct
import sys
from typing import Any

import lz4.frame

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAGIC = b'\x89MCAP0\r\n'
SCHEMA, CHANNEL, MESSAGE, CHUNK = 3, 4, 5, 6
RECORD = struct.Struct('<BQ')
CHUNK_HEAD = struct.Struct('<QQQI')
# Recorders write chunks of about 1 MB; a length beyond this is damage, and would take its memory.
MAX_RECORD_BYTES = 1 << 30

_DECOMPRESSORS: dict[str, Callable[[], Any]] = {
    'zstd': zstd.ZstdDecompressor,
    'lz4': lz4.frame.LZ4FrameDecompressor,
}
Found = tuple[str, str, int, bytes]


def salvage_mcap(path: Path) -> Iterator[Found]:
    """Topic, type, time of recording [ns] and CDR bytes of the messages before the damage."""
    channels = _Channels()
    with path.open('rb') as file:
        if file.read(len(MAGIC)) != MAGIC:
            return
        for kind, content in _records(file, path.stat().st_size):
            if kind != CHUNK:
                yield from channels.read(kind, content)
                continue
            chunk = _chunk_records(content)
            for inner_kind, inner in _records(io.BytesIO(chunk), len(chunk)):
                if inner_kind != CHUNK:
                    yield from channels.read(inner_kind, inner)


class _Channels:
    """What the records so far tell of topics and types."""

    def __init__(self) -> None:
        self._types: dict[int, str] = {}
        self._channels: dict[int, tuple[str, str]] = {}

    def read(self, kind: int, content: bytes) -> Iterator[Found]:
        """Takes in a record; a message's is yielded."""
        try:
            if kind == SCHEMA:
                (number,) = struct.unpack_from('<H', content)
                self._types[number] = _text(content, 2)[0]
            elif kind == CHANNEL:
                number, schema = struct.unpack_from('<HH', content)
                self._channels[number] = (_text(content, 4)[0], self._types.get(schema, ''))
            elif kind == MESSAGE:
                number, _, recorded_ns, _ = struct.unpack_from('<HIQQ', content)
                if number in self._channels:
                    yield (*self._channels[number], recorded_ns, content[22:])
        except (struct.error, UnicodeDecodeError):
            return


def _records(stream: io.BufferedIOBase, size: int) -> Iterator[tuple[int, bytes]]:
    """Kind and content of records until one is cut off; of a chunk also what is there of it."""
    while len(head := stream.read(RECORD.size)) == RECORD.size:
        kind, length = RECORD.unpack(head)
        available = min(length, size - stream.tell())
        if available > MAX_RECORD_BYTES or (available < length and kind != CHUNK):
            return
        yield kind, stream.read(available)


def _chunk_records(content: bytes) -> bytes:
    """The records of a chunk as far as they are there and can be decompressed."""
    try:
        _, _, size, _ = CHUNK_HEAD.unpack_from(content)
        compression, start = _text(content, CHUNK_HEAD.size)
    except (struct.error, UnicodeDecodeError):
        return b''
    data = content[start + 8 :]
    if not compression:
        return data
    if compression not in _DECOMPRESSORS or size > MAX_RECORD_BYTES:
        return b''
    try:
        return bytes(_DECOMPRESSORS[compression]().decompress(data, max_length=size))
    except (zstd.ZstdError, RuntimeError, EOFError):
        return b''


def _text(content: bytes, start: int) -> tuple[str, int]:
    """A string with its length in front, and where it ends."""
    (length,) = struct.unpack_from('<I', content, start)
    end = start + 4 + length
    if end > len(content):
        raise struct.error('a string that is cut off')
    return content[start + 4 : end].decode(), end
