"""Messages of an SQLite file that is cut off: rows are read in the order of their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
import sqlite3

TOPICS = 'SELECT id, name, type FROM topics'
MESSAGES = 'SELECT topic_id, timestamp, data FROM messages ORDER BY id'


def salvage_sqlite(path: Path) -> Iterator[tuple[str, str, int, bytes]]:
    """Topic, type, time of recording [ns] and CDR bytes of the messages before the damage."""
    # A file that is shorter than its head says is opened only where its schema may be changed;
    # the recording itself is opened for reading.
    place = f'{path.resolve().as_uri()}?mode=ro'
    with suppress(sqlite3.Error), closing(sqlite3.connect(place, uri=True)) as database:
        database.execute('PRAGMA writable_schema = ON')
        topics = {number: (name, kind) for number, name, kind in database.execute(TOPICS)}
        for number, recorded_ns, data in database.execute(MESSAGES):
            if number in topics and isinstance(data, bytes):
                yield (*topics[number], recorded_ns, data)
