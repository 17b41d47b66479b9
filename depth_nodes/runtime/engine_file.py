"""An engine on disk: written whole or not at all, and read only if it is whole and ours.

An engine is native code, so loading a file that somebody else may write is running theirs.

    MAGIC | length of the header, 4 bytes, little-endian | header | payload

The header is canonical JSON: the key's parts, the payload's length and its sha256. There is one
header for a key and a payload, so a file with any other byte in it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
import hashlib
import json
import os
from pathlib import Path
import stat
import tempfile
from typing import Any, BinaryIO, IO

from depth_nodes.errors import EngineMismatchError

# Another layout of the file gets another number.
MAGIC = b'dn_engine_1\n'
LENGTH_BYTES = 4
HEADER_FIELDS = {'key', 'payload_bytes', 'payload_sha256'}
MAX_START_BYTES = 1 << 16
PARTIAL_SUFFIX = '.partial'
OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def write_engine(path: Path, key: Mapping[str, str], payload: bytes) -> None:
    """Puts the engine in the place of whatever was there; as `write_whole`."""
    write_whole(path, _start(key, payload) + payload)


def write_whole(path: Path, content: bytes) -> None:
    """Puts a file in the place of whatever was there, in one step.

    Raises:
        OSError: it cannot be written; what was there stays, and nothing else is left.
    """
    # Made for this user alone, under a name that no other process takes.
    descriptor, name = tempfile.mkstemp(PARTIAL_SUFFIX, f'{path.name}.', path.parent)
    try:
        with os.fdopen(descriptor, 'wb') as file:
            write_and_sync(file, content)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_and_sync(file: IO[bytes], content: bytes) -> None:
    """Writes what must be on the disk before the file gets its name."""
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def read_engine(path: Path, key: Mapping[str, str]) -> bytes:
    """The payload of the engine with this key.

    Raises:
        FileNotFoundError: there is no file.
        EngineMismatchError: it is not ours alone, not whole, or of another key.
    """
    try:
        with _open_private(path) as file:
            content = file.read()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise EngineMismatchError(f'{path} cannot be read ({error.strerror})') from error
    header, start_bytes = _header_of(content, path)
    payload = content[start_bytes:]
    if header['key'] != dict(key):
        raise EngineMismatchError(f'{path} holds an engine of another key')
    if header['payload_bytes'] != len(payload):
        raise EngineMismatchError(f'{path} is truncated or too long')
    if content[:start_bytes] != _start(key, payload):
        raise EngineMismatchError(f'{path} is damaged: its checksum is wrong')
    return payload


def read_key(path: Path) -> dict[str, str]:
    """What the header says of the key, the payload left unread.

    Raises:
        OSError, EngineMismatchError: as `read_engine`.
    """
    with _open_private(path) as file:
        header, _ = _header_of(file.read(MAX_START_BYTES), path)
    return header['key']


def require_private(path: Path, status: os.stat_result) -> None:
    """Refuses a file or folder that somebody else has made or may write.

    Raises:
        EngineMismatchError: it is so.
    """
    if status.st_uid != os.geteuid():
        raise EngineMismatchError(f'{path} belongs to another user')
    if status.st_mode & OTHERS_MAY_WRITE:
        raise EngineMismatchError(f'{path} may be written by others; run: chmod go-w {path}')


def canonical_json(value: object) -> bytes:
    """The one JSON text of a value."""
    return json.dumps(value, sort_keys=True, separators=(',', ':')).encode()


def _start(key: Mapping[str, str], payload: bytes) -> bytes:
    """All that precedes the payload."""
    header = canonical_json(
        {
            'key': dict(key),
            'payload_bytes': len(payload),
            'payload_sha256': hashlib.sha256(payload).hexdigest(),
        }
    )
    return MAGIC + len(header).to_bytes(LENGTH_BYTES, 'little') + header


def _open_private(path: Path) -> BinaryIO:
    """Not through a link, and without waiting for the other end of a pipe."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    file = open(path, 'rb', opener=lambda name, _: os.open(name, flags))  # noqa: SIM115
    try:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise EngineMismatchError(f'{path} is no regular file')
        require_private(path, status)
    except BaseException:
        file.close()
        raise
    return file


def _header_of(content: bytes, path: Path) -> tuple[dict[str, Any], int]:
    """The header, and how many bytes precede the payload."""
    header_at = len(MAGIC) + LENGTH_BYTES
    start_bytes = header_at + int.from_bytes(content[len(MAGIC) : header_at], 'little')
    header: Any = None
    if content.startswith(MAGIC) and start_bytes <= min(len(content), MAX_START_BYTES):
        with suppress(ValueError, RecursionError):
            header = json.loads(content[header_at:start_bytes])
    if not _is_header(header):
        raise EngineMismatchError(f'{path} is no engine file, or its header is damaged')
    return header, start_bytes


def _is_header(header: Any) -> bool:
    if not isinstance(header, dict) or header.keys() != HEADER_FIELDS:
        return False
    key = header['key']
    return isinstance(key, dict) and all(isinstance(value, str) for value in key.values())
