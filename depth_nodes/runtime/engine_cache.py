"""Engines that are built once and kept; one that is wrong in any way is built anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
import logging
import os
from pathlib import Path

from depth_nodes.errors import EngineMismatchError
from depth_nodes.runtime.engine_file import read_engine, read_key, write_engine
from depth_nodes.runtime.engine_folder import (
    default_engine_folder,
    engine_paths,
    folder_refusal,
    locked,
    remove_oldest,
    remove_partial_files,
)
from depth_nodes.runtime.engine_key import differing_parts, EngineKey, Shape, shape_from_parts

DEFAULT_MAX_BYTES = 1 << 30
MAX_VALUE_LETTERS = 24
NETWORK_PARTS = frozenset({'weights', 'graph', 'shape', 'precision', 'part'})

logger = logging.getLogger(__name__)


def accept(engine: bytes) -> None:
    """The check that finds nothing wrong."""


class EngineCache:
    """A folder of engines, one file a key; threads and processes may share it.

    Attributes:
        folder: of the engines.
        max_bytes: of all of them together.
        problem: why the last one that was built is not kept; empty: it is.
    """

    def __init__(self, folder: Path | None = None, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        """Touches nothing yet.

        Args:
            folder: None: in the user's cache folder.
            max_bytes: of all engines together; the one just built is kept even if it is larger.
        """
        self.folder = default_engine_folder() if folder is None else folder
        self.max_bytes = max_bytes
        self.problem = ''

    def path(self, key: EngineKey) -> Path:
        """Where the engine of this key is, or would be."""
        return self.folder / key.file_name

    def load_or_build(
        self,
        key: EngineKey,
        build: Callable[[], bytes],
        check: Callable[[bytes], None] = accept,
    ) -> bytes:
        """The cached engine, else one that is built now and kept for the next time.

        What `build` and `check` raise goes through, but for a cached engine that is refused.

        Args:
            key: of the engine that is wanted.
            build: takes seconds to minutes; must not use a cache of the same folder itself.
            check: raises EngineMismatchError where the engine does not do what it should.

        Raises:
            EngineMismatchError: `check` refused even the engine that was just built.
        """
        refusal = folder_refusal(self.folder)
        if refusal:
            self._tell(f'{refusal}; the engine is built now and not kept')
            return _built(build, check)
        engine, _ = self._find(key, check)
        if engine is not None:
            return engine
        with locked(self.folder) as lock_refusal:
            engine, refusal = self._find(key, check)  # another process may have built it
            if engine is not None:
                return engine
            if refusal:
                logger.warning('%s; the engine is built anew', refusal)
            else:
                logger.info('an engine is built now: %s', self._why_none(key))
            engine = _built(build, check)
            self._keep(key, engine, lock_refusal)
        return engine

    def shapes(self, key: EngineKey) -> list[Shape]:
        """Of the whole engines that differ from this key in shape alone, the last used first."""
        if folder_refusal(self.folder):
            return []
        found = []
        for path, parts in self._cached():
            shape = shape_from_parts(parts)
            candidate = replace(key, shape=shape) if shape else key
            if path == self.path(candidate) and self._is_whole(candidate):
                found.append(candidate.shape)
        return found

    def _find(self, key: EngineKey, check: Callable[[bytes], None]) -> tuple[bytes | None, str]:
        """The engine or None, and why a file that is there was refused."""
        path = self.path(key)
        try:
            engine = read_engine(path, key.parts)
        except FileNotFoundError:
            return None, ''
        except EngineMismatchError as error:
            return None, str(error)
        try:
            check(engine)
        except EngineMismatchError as error:
            return None, f'{path} is refused: {error}'
        with suppress(OSError):  # a folder that is read-only still serves
            os.utime(path)
        return engine, ''

    def _keep(self, key: EngineKey, engine: bytes, lock_refusal: str) -> None:
        path = self.path(key)
        try:
            if not lock_refusal:
                remove_partial_files(self.folder)
            write_engine(path, key.parts, engine)
        except OSError as error:
            self._tell(
                f'{path} cannot be written ({error.strerror}), so the next start builds it again; '
                'make room, or choose another folder'
            )
            return
        self.problem = ''
        if lock_refusal:
            logger.warning('%s, so two processes may build at once; delete it', lock_refusal)
        remove_oldest(self.folder, self.max_bytes, path)

    def _tell(self, problem: str) -> None:
        self.problem = problem
        logger.warning(problem)

    def _is_whole(self, key: EngineKey) -> bool:
        try:
            read_engine(self.path(key), key.parts)
        except (FileNotFoundError, EngineMismatchError):
            return False
        return True

    def _cached(self) -> Iterator[tuple[Path, dict[str, str]]]:
        """What the headers say, the last used first."""
        for path in engine_paths(self.folder):
            with suppress(OSError, EngineMismatchError):
                yield path, read_key(path)

    def _why_none(self, key: EngineKey) -> str:
        """What sets the key apart from the nearest engine, so that a rebuild is no riddle."""
        differences = [(differing_parts(key.parts, parts), parts) for _, parts in self._cached()]
        if not differences:
            return f'there is none in {self.folder}'
        names, nearest = min(differences, key=lambda one: (_num_of_network(one[0]), len(one[0])))
        changes = ', '.join(
            f'{name} {_short(nearest, name)} instead of {_short(key.parts, name)}'
            for name in names
        )
        return f'the nearest in {self.folder} has {changes}'


def _num_of_network(names: list[str]) -> int:
    """The same network for other software is nearer than another one for the same software."""
    return len(NETWORK_PARTS.intersection(names))


def _built(build: Callable[[], bytes], check: Callable[[bytes], None]) -> bytes:
    engine = build()
    check(engine)
    return engine


def _short(parts: dict[str, str], name: str) -> str:
    return parts.get(name, 'none')[:MAX_VALUE_LETTERS]
