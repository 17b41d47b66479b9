"""Learning curves: TensorBoard files, and the same numbers as one JSON object a line."""

from __future__ import annotations

from collections.abc import Mapping
import json
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter


class Recorder:
    """Writes scalars by step."""

    def __init__(self, folder: Path) -> None:
        self._writer = SummaryWriter(str(folder / 'tensorboard'))
        self._lines = (folder / 'curves.jsonl').open('a')

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
