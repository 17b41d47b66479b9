"""The folder that engines are kept in: this user's alone, locked while one builds, never full."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, ExitStack, suppress
import fcntl
import logging
import os
from pathlib import Path
import re
import stat
import tempfile
from typing import IO

from depth_nodes.errors import EngineMismatchError
from depth_nodes.runtime.engine_file import PARTIAL_SUFFIX, require_private

# Only what has our names is ever deleted: other programs call theirs .engine too.
ENGINE_NAME = re.compile(r'.+-[0-9a-f]{64}\.engine')
PARTIAL_NAME = re.compile(ENGINE_NAME.pattern + r'\..+' + re.escape(PARTIAL_SUFFIX))
LOCK_NAME = '.lock'

logger = logging.getLogger(__name__)


def default_engine_folder() -> Path:
    """In the user's cache folder, as the XDG Base Directory Specification places it."""
    cache = Path(os.environ.get('XDG_CACHE_HOME', ''))
    if not cache.is_absolute():
        try:
            cache = Path.home() / '.cache'
        except RuntimeError:  # a container may run under a user without a name
            cache = Path(tempfile.gettempdir()) / f'cache_of_user_{os.geteuid()}'
    return cache / 'depth_nodes' / 'engines'


def folder_refusal(folder: Path) -> str:
    """Makes the folder where it is missing; why it cannot be trusted or used, empty if it can."""
    try:
        _make_private(folder)
        status = folder.stat()
        if not stat.S_ISDIR(status.st_mode):
            return f'{folder} is no folder'
        require_private(folder, status)
    except EngineMismatchError as error:
        return str(error)
    except OSError as error:
        return f'the folder {folder} cannot be used ({error.strerror})'
    return ''


@contextmanager
def locked(folder: Path) -> Iterator[str]:
    """Waits until no other process builds; yields why there is no lock, empty if there is.

    One lock for the whole folder: two builds at once would spoil the timings by which the
    compiler chooses its kernels, and a small GPU's memory may not hold both. The system frees
    the lock together with the process, so the file that stays behind holds nobody up.
    """
    with ExitStack() as stack:
        refusal = ''
        try:
            file = stack.enter_context(open(folder / LOCK_NAME, 'ab', opener=_open_private))
            _wait(file)
            # Closing alone would leave it to a child that was forked meanwhile.
            stack.callback(fcntl.flock, file, fcntl.LOCK_UN)
        except OSError as error:
            refusal = f'{folder / LOCK_NAME} cannot be locked ({error.strerror})'
        yield refusal


def engine_paths(folder: Path) -> list[Path]:
    """The engines of the folder, the last used first."""
    used_at = {}
    for path in _entries(folder):
        if ENGINE_NAME.fullmatch(path.name):
            with suppress(OSError):  # another process may have removed it
                used_at[path] = path.lstat().st_mtime_ns
    return sorted(used_at, key=lambda path: used_at[path], reverse=True)


def remove_partial_files(folder: Path) -> None:
    """What killed processes were writing; only for the one who holds the lock."""
    for path in _entries(folder):
        if PARTIAL_NAME.fullmatch(path.name):
            with suppress(OSError):
                path.unlink()


def remove_oldest(folder: Path, max_bytes: int, newest: Path) -> None:
    """Removes engines, those used longest ago first, until the rest fits; never the newest."""
    others = [path for path in engine_paths(folder) if path != newest]
    total_bytes = 0
    for path in [newest, *others]:
        with suppress(OSError):  # another process may have removed it
            total_bytes += path.lstat().st_size
            if total_bytes > max_bytes and path != newest:
                path.unlink()
                logger.info('%s was used longest ago and is removed to make room', path)


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _make_private(folder: Path) -> None:
    """Unlike `Path.mkdir`, makes its missing parents private too."""
    if not folder.exists():
        _make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _open_private(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK, mode=0o600)


def _wait(file: IO[bytes]) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        logger.info('another process builds an engine; waiting until it is done')
        fcntl.flock(file, fcntl.LOCK_EX)
