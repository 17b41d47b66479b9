"""Whatever is wrong with a cached engine, the right one comes back, and one line says why.

The compiler is a fake that counts its calls; files, locks and processes are real.
"""

from dataclasses import replace
import errno
import os
from pathlib import Path
import shutil

from engine_example import CHANGED, FakeCompiler, KEY, VERSIONS
import pytest

from depth_nodes.errors import BackendError, EngineMismatchError
from depth_nodes.runtime import engine_file, engine_folder
from depth_nodes.runtime.engine_cache import EngineCache
from depth_nodes.runtime.engine_folder import LOCK_NAME

STRANGER = 65534


@pytest.fixture(autouse=True)
def _all_lines(caplog):
    caplog.set_level('INFO')


@pytest.fixture
def cache(tmp_path: Path) -> EngineCache:
    return EngineCache(tmp_path / 'engines')


@pytest.fixture
def compiler() -> FakeCompiler:
    return FakeCompiler()


def lines(caplog) -> list[tuple[str, str]]:
    """Level and text of what was logged since the last call."""
    found = [(record.levelname, record.getMessage()) for record in caplog.records]
    caplog.clear()
    return found


def test_an_engine_is_built_once(cache, compiler, caplog):
    assert cache.load_or_build(KEY, compiler) == compiler.engine(1)
    assert lines(caplog) == [('INFO', f'an engine is built now: there is none in {cache.folder}')]
    assert EngineCache(cache.folder).load_or_build(KEY, compiler) == compiler.engine(1)
    assert lines(caplog) == []
    assert compiler.num_calls == 1


@pytest.mark.parametrize('part', CHANGED)
def test_another_key_is_another_engine(cache, compiler, caplog, part):
    cache.load_or_build(KEY, compiler)
    lines(caplog)
    assert cache.load_or_build(CHANGED[part], compiler) == compiler.engine(2)
    ((level, text),) = lines(caplog)
    new, old = (parts[part][:24] for parts in (CHANGED[part].parts, KEY.parts))
    assert level == 'INFO'
    assert text.endswith(f'the nearest in {cache.folder} has {part} {old} instead of {new}')
    assert cache.load_or_build(KEY, compiler) == compiler.engine(1)
    assert cache.load_or_build(CHANGED[part], compiler) == compiler.engine(2)
    assert lines(caplog) == []


def test_the_nearest_engine_is_the_one_that_is_compared(cache, compiler, caplog):
    cache.load_or_build(CHANGED['weights'], compiler)
    cache.load_or_build(CHANGED['driver'], compiler)
    (cache.folder / f'a-{"0" * 64}.engine').write_bytes(b'noise')
    lines(caplog)
    upgraded = replace(CHANGED['weights'], versions={**VERSIONS, 'torch': '9', 'tensorrt': '9'})
    cache.load_or_build(upgraded, compiler)
    ((_, text),) = lines(caplog)
    expected = 'version_of_tensorrt 10.12.0 instead of 9, version_of_torch 2.8.0 instead of 9'
    assert text.endswith(f' has {expected}')


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    path.write_bytes(content)


def change_the_magic(path: Path) -> None:
    path.write_bytes(b'another_one\n' + path.read_bytes()[12:])


def put_another_key(path: Path) -> None:
    engine_file.write_engine(path, CHANGED['gpu'].parts, b'of another GPU')


def let_others_write(path: Path) -> None:
    path.chmod(0o602)


def let_the_group_write(path: Path) -> None:
    path.chmod(0o660)


def link_elsewhere(path: Path) -> None:
    shutil.move(path, path.parent / 'elsewhere')
    path.symlink_to('elsewhere')


WRONG = {
    truncate: 'is truncated',
    empty: 'is no engine file',
    flip_a_byte: 'is damaged',
    change_the_magic: 'is no engine file',
    put_another_key: 'of another key',
    let_others_write: 'may be written by others',
    let_the_group_write: 'may be written by others',
    link_elsewhere: 'cannot be read',
}


@pytest.mark.parametrize('spoil', WRONG)
def test_a_wrong_file_is_built_anew_and_replaced(cache, compiler, caplog, spoil):
    cache.load_or_build(KEY, compiler)
    lines(caplog)
    spoil(cache.path(KEY))
    assert cache.load_or_build(KEY, compiler) == compiler.engine(2)
    ((level, text),) = lines(caplog)
    assert level == 'WARNING'
    assert WRONG[spoil] in text
    assert text.endswith('; the engine is built anew')
    assert cache.load_or_build(KEY, compiler) == compiler.engine(2)
    assert lines(caplog) == []


@pytest.fixture
def give_away(monkeypatch):
    """Makes a file another user's: truly so where the tests may, else in what `fstat` says."""

    def to_stranger(path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, STRANGER, STRANGER)
            return
        number, fstat = path.stat().st_ino, os.fstat

        def strange(descriptor):
            status = fstat(descriptor)
            if status.st_ino != number:
                return status
            return os.stat_result([*status[:4], STRANGER, *status[5:10]])

        monkeypatch.setattr(os, 'fstat', strange)

    return to_stranger


def test_another_users_file_is_replaced_and_its_content_left(
    cache, compiler, caplog, tmp_path, give_away
):
    cache.load_or_build(KEY, compiler)
    lines(caplog)
    kept = tmp_path / 'the same file'
    os.link(cache.path(KEY), kept)
    content = kept.read_bytes()
    give_away(kept)
    assert cache.load_or_build(KEY, compiler) == compiler.engine(2)
    ((level, text),) = lines(caplog)
    assert (level, text) == (
        'WARNING',
        f'{cache.path(KEY)} belongs to another user; the engine is built anew',
    )
    assert kept.read_bytes() == content
    assert cache.load_or_build(KEY, compiler) == compiler.engine(2)


def test_what_cannot_be_replaced_is_left(cache, compiler, caplog):
    cache.path(KEY).mkdir(parents=True, mode=0o700)
    assert cache.load_or_build(KEY, compiler) == compiler.engine(1)
    assert [level for level, _ in lines(caplog)] == ['WARNING', 'WARNING']
    assert cache.path(KEY).is_dir()
    assert cache.load_or_build(KEY, compiler) == compiler.engine(2)


@pytest.mark.parametrize('mode', [0o770, 0o707])
def test_nothing_is_loaded_or_kept_where_others_may_write(cache, compiler, caplog, mode):
    cache.load_or_build(KEY, compiler)
    lines(caplog)
    before = cache.path(KEY).read_bytes()
    cache.folder.chmod(mode)
    assert cache.load_or_build(KEY, compiler) == compiler.engine(2)
    ((level, text),) = lines(caplog)
    assert level == 'WARNING'
    assert f'chmod go-w {cache.folder}; the engine is built now and not kept' in text
    assert cache.path(KEY).read_bytes() == before
    assert cache.shapes(KEY) == []


def test_another_users_folder_is_not_used(cache, compiler, caplog, monkeypatch):
    cache.load_or_build(KEY, compiler)
    lines(caplog)
    monkeypatch.setattr(os, 'geteuid', lambda: STRANGER)
    assert cache.load_or_build(KEY, compiler) == compiler.engine(2)
    ((level, text),) = lines(caplog)
    assert level == 'WARNING'
    assert 'belongs to another user' in text


def test_a_folder_that_cannot_be_made_costs_only_the_keeping(tmp_path, compiler, caplog):
    (tmp_path / 'file').write_text('')
    cache = EngineCache(tmp_path / 'file/engines')
    assert cache.load_or_build(KEY, compiler) == compiler.engine(1)
    ((level, text),) = lines(caplog)
    assert level == 'WARNING'
    assert 'Not a directory' in text


@pytest.mark.parametrize('code', [errno.EACCES, errno.ENOSPC, errno.EROFS])
@pytest.mark.parametrize('is_locked', [True, False], ids=['locked', 'without a lock'])
def test_an_engine_that_cannot_be_written_is_used(
    cache, compiler, caplog, monkeypatch, code, is_locked
):
    cache.load_or_build(CHANGED['gpu'], compiler)
    lines(caplog)

    def fail(*arguments, **options):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(engine_file, 'write_and_sync', fail)
    if not is_locked:
        monkeypatch.setattr(engine_folder, '_open_private', fail)
    assert cache.load_or_build(KEY, compiler) == compiler.engine(2)
    (built, (level, text)) = lines(caplog)
    assert built[0] == 'INFO'
    assert level == 'WARNING'
    assert f'cannot be written ({os.strerror(code)})' in text
    names = {path.name for path in cache.folder.iterdir()}
    assert names == {LOCK_NAME, CHANGED['gpu'].file_name}
    assert cache.load_or_build(CHANGED['gpu'], compiler) == compiler.engine(1)
    assert cache.load_or_build(KEY, compiler) == compiler.engine(3)


def test_without_a_lock_the_engine_is_kept_all_the_same(cache, compiler, caplog):
    cache.folder.mkdir(mode=0o700)
    (cache.folder / LOCK_NAME).symlink_to('elsewhere')
    assert cache.load_or_build(KEY, compiler) == compiler.engine(1)
    (_, (level, text)) = lines(caplog)
    assert level == 'WARNING'
    assert '.lock cannot be locked' in text
    assert cache.load_or_build(KEY, compiler) == compiler.engine(1)


def refuse_first(engine: bytes) -> None:
    if engine == FakeCompiler().engine(1):
        raise EngineMismatchError('of another TensorRT')


def test_a_cached_engine_that_the_check_refuses_is_built_anew_once(cache, compiler, caplog):
    cache.load_or_build(KEY, compiler)
    lines(caplog)
    assert cache.load_or_build(KEY, compiler, refuse_first) == compiler.engine(2)
    ((level, text),) = lines(caplog)
    assert level == 'WARNING'
    assert text.endswith('is refused: of another TensorRT; the engine is built anew')
    assert cache.load_or_build(KEY, compiler, refuse_first) == compiler.engine(2)


def test_a_new_engine_that_the_check_refuses_is_the_error_and_is_not_kept(cache, compiler):
    with pytest.raises(EngineMismatchError, match='of another TensorRT'):
        cache.load_or_build(KEY, compiler, refuse_first)
    assert not cache.path(KEY).exists()


def test_another_failure_of_the_check_goes_through(cache, compiler):
    cache.load_or_build(KEY, compiler)

    def fail(engine):
        raise BackendError('the GPU has no memory left')

    with pytest.raises(BackendError, match='no memory left'):
        cache.load_or_build(KEY, compiler, fail)
    assert compiler.num_calls == 1


def test_a_build_that_fails_leaves_nothing(cache, compiler):
    def fail():
        raise BackendError('no converter')

    with pytest.raises(BackendError, match='no converter'):
        cache.load_or_build(KEY, fail)
    assert [path.name for path in cache.folder.iterdir()] == [LOCK_NAME]
    assert cache.load_or_build(KEY, compiler) == compiler.engine(1)


def test_what_a_killed_process_was_writing_is_removed(cache, compiler):
    cache.folder.mkdir(mode=0o700)
    (cache.folder / f'{CHANGED["gpu"].file_name}.x7.partial').write_bytes(b'half')
    cache.load_or_build(KEY, compiler)
    assert {path.name for path in cache.folder.iterdir()} == {LOCK_NAME, KEY.file_name}


def test_the_engine_used_longest_ago_makes_room(cache, compiler, caplog):
    cache.load_or_build(KEY, compiler)
    cache.load_or_build(CHANGED['shape'], compiler)
    for age, key in enumerate((KEY, CHANGED['shape'])):
        os.utime(cache.path(key), (age, age))
    cache.load_or_build(KEY, compiler)  # now it is the other that was used longest ago
    cache.max_bytes = 2 * cache.path(KEY).stat().st_size + 100
    cache.load_or_build(CHANGED['gpu'], compiler)
    assert cache.path(KEY).exists()
    assert cache.path(CHANGED['gpu']).exists()
    assert not cache.path(CHANGED['shape']).exists()
    assert lines(caplog)[-1][1].startswith(f'{cache.path(CHANGED["shape"])} was used longest ago')


def test_the_shapes_that_were_last_used_come_first(cache, compiler):
    several = [replace(KEY, shape=(size, 96, 128)) for size in (1, 2, 3, 4)]
    for age, key in enumerate(several):
        cache.load_or_build(key, compiler)
        os.utime(cache.path(key), (age, age))
    for part in set(CHANGED) - {'shape'}:
        cache.load_or_build(CHANGED[part], compiler)
    flip_a_byte(cache.path(several[1]))
    os.utime(cache.path(several[0]))
    shutil.copy(cache.path(several[3]), cache.folder / f'copy-{"0" * 64}.engine')
    assert cache.shapes(KEY) == [(1, 96, 128), (4, 96, 128), (3, 96, 128)]


def test_an_empty_cache_has_no_shapes(cache):
    assert cache.shapes(KEY) == []
