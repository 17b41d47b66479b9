"""Results of an evaluation that was interrupted, so that the same command goes on from there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class PartialResults:
    """The results of sources that are through, in a file beside the output.

    They count only for the same settings and for a source that has not changed since: its path,
    size and time of change are compared.
    """

    def __init__(self, output: Path, settings: dict[str, Any]) -> None:
        """`settings` are all that changes results, as JSON holds them."""
        self.path = output.with_name(f'{output.name}.partial')
        self._settings = json.loads(json.dumps(settings))
        self._results: dict[str, Any] = self._read()

    def find(self, source_path: Path) -> dict[str, Any] | None:
        """The result of a source that is through."""
        return self._results.get(_identity(source_path))

    def add(self, source_path: Path, result: dict[str, Any]) -> None:
        """Keeps the result of a source; a line, so that of many each is written once."""
        source = _identity(source_path)
        if not self._results:
            self.path.write_text(_line({'settings': self._settings}))
        with self.path.open('a') as file:
            file.write(_line({'source': source, 'result': result}))
        self._results[source] = result

    def remove(self) -> None:
        """Forgets all, when the output is written."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> dict[str, Any]:
        try:
            settings, *results = filter(None, map(_parsed, self.path.read_text().splitlines()))
            is_same = settings['settings'] == self._settings
            return {one['source']: one['result'] for one in results} if is_same else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}


def _line(document: dict[str, Any]) -> str:
    """A line of its own, even where the one before was cut off."""
    return f'\n{json.dumps(document, allow_nan=False)}'


def _parsed(line: str) -> dict[str, Any] | None:
    """None where a line is empty or was cut off."""
    try:
        return json.loads(line)
    except ValueError:
        return None


def _identity(path: Path) -> str:
    """What tells a folder or file from another, and from what it was before."""
    files = sorted(path.rglob('*')) if path.is_dir() else [path]
    states = [file.stat() for file in files if file.is_file()]
    size = sum(state.st_size for state in states)
    newest_ns = max((state.st_mtime_ns for state in states), default=0)
    return f'{path.resolve()} {len(states)} files, {size} bytes, changed {newest_ns}'
