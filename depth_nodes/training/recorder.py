"""Learning curves: TensorBoard files, and the same numbers as one JSON object a line."""

from __future__ import annotations

from collections.abc import Mapping
import json
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from depth_nodes.errors import InputError


class Recorder:
    """Writes scalars by step.

    Args:
        folder: where to.
        step: where the training stands; later values, of a run that was cut off, are dropped.

    Raises:
        InputError: the values that are there cannot be read.
    """

    def __init__(self, folder: Path, step: int = 0) -> None:
        path = folder / 'curves.jsonl'
        kept = _lines_up_to(path, step)
        self._writer = SummaryWriter(str(folder / 'tensorboard'), purge_step=step + 1)
        self._lines = path.open('w')
        self._lines.writelines(kept)

    def record(self, step: int, values: Mapping[str, float]) -> None:
        """Appends the values of one step."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)
        self._lines.write(json.dumps({'step': step, **values}) + '\n')
        self._lines.flush()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *exception: object) -> None:
        self._writer.close()
        self._lines.close()


def _lines_up_to(path: Path, step: int) -> list[str]:
    if not path.is_file():
        return []
    try:
        lines = path.read_text().splitlines(keepends=True)
        # A line without its end was cut off.
        whole = [line for line in lines if line.endswith('\n')]
        return [line for line in whole if json.loads(line)['step'] <= step]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f'{path} is damaged ({error}); restore or remove it') from error
