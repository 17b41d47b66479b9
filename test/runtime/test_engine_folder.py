"""The folder is private, is locked by one process at a time, and never grows over its limit."""

import fcntl
import os
from pathlib import Path
import stat
from threading import Thread
from time import monotonic, sleep

from engine_example import CHANGED, KEY
import pytest

from depth_nodes.runtime import engine_folder
from depth_nodes.runtime.engine_folder import (
    default_engine_folder,
    engine_paths,
    folder_refusal,
    LOCK_NAME,
    locked,
    remove_oldest,
    remove_partial_files,
)

MODE_PRIVATE = 0o700
MAX_WAIT_S = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three engines of 100 bytes, the first used longest ago, and files of others."""
    folder = tmp_path / 'engines'
    assert folder_refusal(folder) == ''
    for age, key in enumerate((KEY, CHANGED['shape'], CHANGED['gpu'])):
        path = folder / key.file_name
        path.write_bytes(bytes(100))
        os.utime(path, (1000 + age, 1000 + age))
    for name in ('yolo.engine', 'notes.txt', f'a.engine.b{engine_folder.PARTIAL_SUFFIX}'):
        (folder / name).write_bytes(bytes(1000))
        os.utime(folder / name, (1, 1))
    return folder


def test_the_default_is_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    assert default_engine_folder() == tmp_path / 'depth_nodes/engines'


@pytest.mark.parametrize('value', [None, '', 'relative'])
def test_without_a_cache_home_it_is_in_the_home(monkeypatch, tmp_path, value):
    monkeypatch.delenv('XDG_CACHE_HOME', raising=False)
    if value is not None:
        monkeypatch.setenv('XDG_CACHE_HOME', value)
    monkeypatch.setenv('HOME', str(tmp_path))
    assert default_engine_folder() == tmp_path / '.cache/depth_nodes/engines'


def test_a_user_without_a_home_gets_a_folder_too(monkeypatch):
    def fail():
        raise RuntimeError('Could not determine home directory.')

    monkeypatch.delenv('XDG_CACHE_HOME', raising=False)
    monkeypatch.setattr(Path, 'home', fail)
    assert str(os.geteuid()) in str(default_engine_folder())


def test_missing_folders_are_made_for_the_user_alone(tmp_path):
    before = os.umask(0)
    try:
        assert folder_refusal(tmp_path / 'a/b/c') == ''
    finally:
        os.umask(before)
    for path in (tmp_path / 'a', tmp_path / 'a/b', tmp_path / 'a/b/c'):
        assert stat.S_IMODE(path.stat().st_mode) == MODE_PRIVATE


@pytest.mark.parametrize('mode', [0o720, 0o702, 0o777])
def test_a_folder_that_others_may_write_is_refused_and_left_as_it_is(tmp_path, mode):
    tmp_path.chmod(mode)
    assert f'chmod go-w {tmp_path}' in folder_refusal(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == mode


def test_a_folder_of_another_user_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, 'geteuid', lambda: tmp_path.stat().st_uid + 1)
    assert folder_refusal(tmp_path) == f'{tmp_path} belongs to another user'


def test_a_file_is_no_folder(tmp_path):
    file = tmp_path / 'file'
    file.write_text('')
    assert folder_refusal(file) == f'{file} is no folder'
    assert 'cannot be used (Not a directory)' in folder_refusal(file / 'below')


def test_the_last_used_is_first(folder):
    keys = (CHANGED['gpu'], CHANGED['shape'], KEY)
    assert engine_paths(folder) == [folder / key.file_name for key in keys]
    assert engine_paths(folder / 'none') == []


@pytest.mark.parametrize(('max_bytes', 'num_kept'), [(300, 3), (299, 2), (200, 2), (100, 1)])
def test_those_used_longest_ago_go_first(folder, max_bytes, num_kept):
    before = engine_paths(folder)
    remove_oldest(folder, max_bytes, before[0])
    assert engine_paths(folder) == before[:num_kept]


@pytest.mark.parametrize(('max_bytes', 'num_kept'), [(200, 2), (0, 1)])
def test_the_newest_stays_whatever_the_clock_says(folder, max_bytes, num_kept):
    newest = engine_paths(folder)[-1]
    remove_oldest(folder, max_bytes, newest)
    assert newest in engine_paths(folder)
    assert len(engine_paths(folder)) == num_kept


def test_files_of_others_are_left_alone(folder):
    partial = folder / f'{KEY.file_name}.x7{engine_folder.PARTIAL_SUFFIX}'
    partial.write_bytes(b'half')
    remove_partial_files(folder)
    remove_oldest(folder, 0, engine_paths(folder)[0])
    others = {'yolo.engine', 'notes.txt', f'a.engine.b{engine_folder.PARTIAL_SUFFIX}'}
    assert {path.name for path in folder.iterdir()} == {CHANGED['gpu'].file_name, *others}


def test_one_holds_the_lock_and_another_waits(tmp_path, caplog):
    caplog.set_level('INFO')
    order = []

    def second():
        with locked(tmp_path) as refusal:
            order.append(f'second {refusal}')

    with locked(tmp_path) as refusal:
        assert refusal == ''
        waiting = Thread(target=second)
        waiting.start()
        deadline = monotonic() + MAX_WAIT_S
        while not caplog.messages and monotonic() < deadline:
            sleep(0.01)
        order.append('first')
    waiting.join()
    assert order == ['first', 'second ']
    assert caplog.messages == ['another process builds an engine; waiting until it is done']


def test_a_lock_file_that_was_left_behind_holds_nobody_up(tmp_path):
    (tmp_path / LOCK_NAME).write_text('12345')
    with locked(tmp_path) as refusal:
        assert refusal == ''


def test_the_lock_is_free_after_an_error(tmp_path):
    with pytest.raises(ValueError, match='the build'), locked(tmp_path):
        raise ValueError('the build failed')
    with open(tmp_path / LOCK_NAME) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_without_a_lock_the_reason_is_said(tmp_path):
    (tmp_path / LOCK_NAME).symlink_to(tmp_path / 'elsewhere')
    with locked(tmp_path) as refusal:
        assert '.lock cannot be locked' in refusal
