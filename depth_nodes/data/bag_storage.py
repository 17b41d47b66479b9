"""The storage of a rosbag2 recording (MCAP or SQLite): its topics and its raw messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rosbags.rosbag2 import Reader, ReaderError, storage_mcap
from rosbags.serde import SerdeError
from rosbags.typesys import get_typestore, Stores

from depth_nodes.errors import DamagedBagError, InputError, MissingTopicError

# The messages that this package reads have been the same in every ROS 2 release.
TYPESTORE = get_typestore(Stores.ROS2_HUMBLE)
RawMessage = tuple[str, str, int, bytes]
# An hour of camera images has 100 KB of description; chunks have 1 MB, or one message.
MAX_METADATA_BYTES = 1 << 24
MAX_UNPACKED_BYTES = 1 << 29
MAX_BRACKETS = 50
NO_BRACKETS = bytes(set(range(256)) - set(b'[]{}'))


@dataclass(frozen=True, kw_only=True)
class BagSummary:
    """What a recording holds: `topics` maps a name to its type and number of messages."""

    topics: dict[str, tuple[str, int]]
    start_ns: int
    duration_ns: int

    @property
    def num_messages(self) -> int:
        """Messages of all topics together."""
        return sum(count for _, count in self.topics.values())


def read_summary(path: Path | str) -> BagSummary:
    """The topics, types, counts and duration of a recording.

    Raises:
        InputError: missing, damaged, or no rosbag2 recording.
    """
    with _open(Path(path)) as reader:
        topics: dict[str, tuple[str, int]] = {}
        for connection in sorted(reader.connections, key=lambda item: item.topic):
            count = topics.get(connection.topic, ('', 0))[1] + connection.msgcount
            topics[connection.topic] = (connection.msgtype, count)
        if not reader.message_count:
            return BagSummary(topics=topics, start_ns=0, duration_ns=0)
        # rosbags counts the nanosecond after the last message too.
        duration_ns = reader.duration - 1
        return BagSummary(topics=topics, start_ns=reader.start_time, duration_ns=duration_ns)


def raw_messages(
    path: Path | str,
    topics: Iterable[str] | None = None,
    window_ns: tuple[int, int] | None = None,
) -> Iterator[RawMessage]:
    """All messages in recorded order: topic, type, time of recording [ns] and CDR bytes.

    With `window_ns` only those recorded from its start until before its end.

    Raises:
        InputError: missing, damaged, no rosbag2 recording, or without one of the topics.
    """
    path = Path(path)
    wanted = None if topics is None else set(topics)
    with _open(path) as reader:
        known = {connection.topic for connection in reader.connections}
        if wanted is not None and not wanted <= known:
            raise missing_topic(path, ', '.join(sorted(wanted - known)), known)
        chosen = [item for item in reader.connections if wanted is None or item.topic in wanted]
        if not chosen:
            return
        # SQLite refuses to close while a query is open, so the query ends first.
        with closing(reader.messages(chosen, *(window_ns or (None, None)))) as messages:
            while True:
                with _damage_is_input_error(path):
                    message = next(messages, None)
                if message is None:
                    return
                connection, stamp_ns, cdr = message
                yield connection.topic, connection.msgtype, stamp_ns, bytes(cdr)


def deserialized(raw: RawMessage) -> Any:
    """A message, decoded.

    Raises:
        InputError: its bytes are those of no such message.
    """
    topic, kind, _, cdr = raw
    try:
        return TYPESTORE.deserialize_cdr(cdr, kind)
    except (SerdeError, AttributeError, ValueError) as error:
        raise InputError(f'{topic} holds a damaged message; record it again') from error


def missing_topic(path: Path, topic: str, known: Iterable[str]) -> MissingTopicError:
    """The error that names the topics there are."""
    names = ', '.join(sorted(known)) or 'none'
    return MissingTopicError(f'{path} has no topic {topic}; choose one of its topics: {names}')


def _bounded(new_decompressor: Callable[[], Any]) -> Callable[[bytes, int], bytes]:
    """Unpacks a chunk into as much as it promises: rosbags compares only when it has it all."""

    def unpack(packed: bytes, num_bytes: int) -> bytes:
        if num_bytes > MAX_UNPACKED_BYTES:
            raise ReaderError(f'a chunk of {num_bytes} bytes')
        return new_decompressor().decompress(packed, max_length=num_bytes + 1)

    return unpack


if hasattr(storage_mcap, 'zstd'):  # before rosbags 0.11.8, that is another one, which is bounded
    from lz4.frame import LZ4FrameDecompressor

    storage_mcap.DECOMPRESSORS |= {
        'lz4': _bounded(LZ4FrameDecompressor),
        'zstd': _bounded(storage_mcap.zstd.ZstdDecompressor),
    }


@contextmanager
def _open(path: Path) -> Iterator[Reader]:
    if not path.exists():
        raise InputError(f'{path} does not exist; give the folder of a rosbag2 recording')
    if path.is_dir() and not (path / 'metadata.yaml').is_file():
        raise DamagedBagError(
            f'{path} has no metadata.yaml; rebuild it with `ros2 bag reindex`, or give the .mcap '
            'or .db3 file itself'
        )
    if path.is_dir():
        _check_metadata(path / 'metadata.yaml')
    if path.is_file() and path.suffix == '.bag':
        raise InputError(
            f'{path} is a ROS 1 recording; convert it: rosbags-convert --src {path} --dst FOLDER'
        )
    if path.is_file() and path.suffix not in ('.mcap', '.db3'):
        raise InputError(f'{path} is no rosbag2 recording; give its folder, .mcap or .db3 file')
    with _damage_is_input_error(path):
        reader = Reader(path)
        reader.open()
    try:
        yield reader
    finally:
        reader.close()


def _check_metadata(path: Path) -> None:
    """Refuses what would keep the YAML parser busy: brackets in brackets cost it their square."""
    try:
        with path.open('rb') as file:
            text = file.read(MAX_METADATA_BYTES + 1)
    except OSError as error:
        raise InputError(
            f'{path} cannot be read ({error.strerror}); change its permissions'
        ) from error
    if len(text) > MAX_METADATA_BYTES:
        raise InputError(f'{path} holds more than {MAX_METADATA_BYTES >> 20} MiB; is it whole?')
    brackets = np.frombuffer(text.translate(None, NO_BRACKETS), np.uint8)
    num_open = np.where(np.isin(brackets, list(b'[{')), 1, -1).cumsum().max(initial=0)
    if num_open > MAX_BRACKETS:
        raise InputError(f'{path} is damaged: it has {num_open} brackets in one another')


@contextmanager
def _damage_is_input_error(path: Path) -> Iterator[None]:
    """Translates what rosbags raises on damaged files: anything, from KeyError to MemoryError."""
    try:
        yield
    except Exception as error:
        reason = ' '.join(str(error).split()) or type(error).__name__
        raise DamagedBagError(
            f'{path} is damaged or cut off ({reason}); copy it again, or repair it with '
            '`ros2 bag reindex` or `mcap recover`'
        ) from error
