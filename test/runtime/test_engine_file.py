"""A file comes back as it was written, or not at all."""

import errno
import hashlib
import json
import os
from pathlib import Path
import stat

from hypothesis import given, HealthCheck, settings, strategies
import pytest

from depth_nodes.errors import EngineMismatchError
from depth_nodes.runtime import engine_file
from depth_nodes.runtime.engine_file import read_engine, read_key, write_engine

PARTS = {'gpu': 'NVIDIA H200', 'shape': '1x192x640'}
PAYLOAD = bytes(range(256))


@pytest.fixture(scope='module')
def content(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp('whole') / 'a.engine'
    write_engine(path, PARTS, PAYLOAD)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / 'a.engine'
    path.write_bytes(content)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize('payload', [b'', b'\0', PAYLOAD * 1000])
def test_an_engine_comes_back(tmp_path, payload):
    path = tmp_path / 'a.engine'
    write_engine(path, PARTS, payload)
    assert read_engine(path, PARTS) == payload
    assert read_key(path) == PARTS


def test_a_file_is_for_its_user_alone(tmp_path):
    before = os.umask(0)
    try:
        write_engine(tmp_path / 'a.engine', PARTS, PAYLOAD)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / 'a.engine').stat().st_mode) == 0o600


def test_a_file_that_is_not_there_is_told_apart(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_engine(tmp_path / 'a.engine', PARTS)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=strategies.data())
def test_any_flipped_byte_is_refused(path, content, data):
    position = data.draw(strategies.integers(0, len(content) - 1))
    mask = data.draw(strategies.integers(1, 255))
    changed = bytearray(content)
    changed[position] ^= mask
    path.write_bytes(changed)
    with pytest.raises(EngineMismatchError):
        read_engine(path, PARTS)


def test_a_shorter_file_is_refused(path, content):
    for length in range(0, len(content), 5):
        path.write_bytes(content[:length])
        with pytest.raises(EngineMismatchError):
            read_engine(path, PARTS)


def test_a_longer_file_is_refused(path, content):
    path.write_bytes(content + b'\0')
    with pytest.raises(EngineMismatchError, match='too long'):
        read_engine(path, PARTS)


def with_header(text: bytes) -> bytes:
    return engine_file.MAGIC + len(text).to_bytes(4, 'little') + text + PAYLOAD


HEADERS = {
    'no JSON': b'{',
    'too deep': b'[' * 60_000,
    'not a dictionary': b'[]',
    'without fields': b'{}',
    'a key that is none': b'{"key":[],"payload_bytes":256,"payload_sha256":""}',
    'a part that is no text': b'{"key":{"gpu":1},"payload_bytes":256,"payload_sha256":""}',
    'not Unicode': b'{"key":"\xff"}',
}


@pytest.mark.parametrize('name', HEADERS)
def test_a_strange_header_is_refused(path, name):
    path.write_bytes(with_header(HEADERS[name]))
    for read in (read_key, lambda path: read_engine(path, PARTS)):
        with pytest.raises(EngineMismatchError, match='is no engine file'):
            read(path)


@pytest.mark.parametrize('length', ['null', '"256"', '256.5', '1e9999'])
def test_a_strange_length_is_refused(path, length):
    text = f'{{"key":{json.dumps(PARTS)},"payload_bytes":{length},"payload_sha256":""}}'
    path.write_bytes(with_header(text.encode()))
    with pytest.raises(EngineMismatchError, match='is truncated or too long'):
        read_engine(path, PARTS)


def test_another_text_of_the_same_header_is_refused(path, content):
    header = {
        'key': PARTS,
        'payload_bytes': len(PAYLOAD),
        'payload_sha256': hashlib.sha256(PAYLOAD).hexdigest(),
    }
    path.write_bytes(with_header(engine_file.canonical_json(header)))
    assert read_engine(path, PARTS) == PAYLOAD
    path.write_bytes(with_header(json.dumps(header).encode()))
    with pytest.raises(EngineMismatchError, match='is damaged'):
        read_engine(path, PARTS)


def test_another_key_is_refused(path):
    with pytest.raises(EngineMismatchError, match='another key'):
        read_engine(path, PARTS | {'gpu': 'NVIDIA H100'})


@pytest.mark.parametrize('mode', [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_refused(path, mode):
    path.chmod(mode)
    with pytest.raises(EngineMismatchError, match='may be written by others'):
        read_engine(path, PARTS)


def test_a_link_is_not_followed(path, tmp_path):
    link = tmp_path / 'link.engine'
    link.symlink_to(path)
    with pytest.raises(EngineMismatchError, match='cannot be read'):
        read_engine(link, PARTS)


def test_a_pipe_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / 'a.engine')
    with pytest.raises(EngineMismatchError, match='no regular file'):
        read_engine(tmp_path / 'a.engine', PARTS)


def fail_half_way(file, content):
    file.write(content[: len(content) // 2])
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_what_was_there_stays_if_writing_fails(path, monkeypatch):
    monkeypatch.setattr(engine_file, 'write_and_sync', fail_half_way)
    with pytest.raises(OSError, match='No space left'):
        write_engine(path, PARTS, b'new')
    assert read_engine(path, PARTS) == PAYLOAD
    assert list(path.parent.iterdir()) == [path]


def test_the_content_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    path, seen = tmp_path / 'a.engine', []
    monkeypatch.setattr(os, 'fsync', lambda descriptor: seen.append(path.exists()))
    write_engine(path, PARTS, PAYLOAD)
    assert seen == [False]
