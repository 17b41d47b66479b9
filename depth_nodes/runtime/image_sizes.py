"""The sizes of the images that came last, kept on disk: the next start prepares for them."""

from __future__ import annotations

from contextlib import suppress
import json
from pathlib import Path

from depth_nodes.runtime.engine_file import write_whole
from depth_nodes.runtime.engine_folder import default_engine_folder, folder_refusal
from depth_nodes.runtime.frame import MIN_SIDE_PX

FILE_NAME = 'image_sizes.json'
MAX_SIZES = 4
MAX_SIDE_PX = 8192

Size = tuple[int, int]


class ImageSizes:
    """Heights and widths [px] in a file beside the engines.

    Nothing here fails: what cannot be read or written costs the next start its preparation alone.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Touches nothing yet.

        Args:
            folder: None: where engines are kept by default.
        """
        self._path = (default_engine_folder() if folder is None else folder) / FILE_NAME
        self._noted: set[Size] = set()

    def newest_first(self) -> list[Size]:
        """What earlier processes have noted, and this one."""
        try:
            content = self._path.read_bytes()
            if folder_refusal(self._path.parent):  # asked later, as it would make the folder
                return []
            sizes = [(height, width) for height, width in json.loads(content)]
        except (OSError, ValueError, TypeError, RecursionError):
            return []
        return [size for size in sizes if all(_is_side(side) for side in size)][:MAX_SIZES]

    def note(self, size: Size) -> None:
        """Puts a size first; once in a process, so that two cameras do not write at each frame."""
        if size in self._noted:
            return
        self._noted.add(size)
        self._write([size, *self._without(size)][:MAX_SIZES])

    def forget(self, size: Size) -> None:
        """Takes a size out, until it comes again."""
        self._noted.discard(size)
        self._write(self._without(size))

    def _without(self, size: Size) -> list[Size]:
        return [one for one in self.newest_first() if one != size]

    def _write(self, sizes: list[Size]) -> None:
        if not folder_refusal(self._path.parent):
            with suppress(OSError):
                write_whole(self._path, json.dumps(sizes).encode())


def _is_side(value: object) -> bool:
    return type(value) is int and MIN_SIDE_PX <= value <= MAX_SIDE_PX
