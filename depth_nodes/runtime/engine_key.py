"""What makes an engine another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import hashlib
import re

from depth_nodes.runtime.engine_file import canonical_json
from depth_nodes.runtime.gpu import Gpu

MAX_NAME_LETTERS = 40
SHAPE_TEXT = re.compile(r'(\d{1,6})x(\d{1,6})x(\d{1,6})')

# Batch, height and width of the input.
Shape = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class EngineKey:
    """Everything that makes an engine another one.

    Attributes:
        weights_sha256: of the model's file.
        graph_version: of the code and settings that turn the weights into a network.
        shape: batch, height and width of the input.
        precision: fp16 or fp32.
        gpu: what it was built on; its driver is part of it.
        versions: of the libraries that built it, by their names.
        part: of a model that needs several engines, which one this is; empty: it needs one.
    """

    weights_sha256: str
    graph_version: str
    shape: Shape
    precision: str
    gpu: Gpu
    versions: Mapping[str, str]
    part: str = ''

    @property
    def parts(self) -> dict[str, str]:
        """All of it by name, as text."""
        major, minor = self.gpu.compute_capability
        return {
            'weights': self.weights_sha256,
            'graph': self.graph_version,
            'shape': 'x'.join(str(size) for size in self.shape),
            'precision': self.precision,
            'gpu': self.gpu.name,
            'compute_capability': f'{major}.{minor}',
            'driver': self.gpu.driver_version,
            **{f'version_of_{name}': version for name, version in self.versions.items()},
            **({'part': self.part} if self.part else {}),
        }

    @property
    def digest(self) -> str:
        """sha256 of the parts."""
        return hashlib.sha256(canonical_json(self.parts)).hexdigest()

    @property
    def file_name(self) -> str:
        """Words for people, then the digest."""
        words = f'{self.gpu.name[:MAX_NAME_LETTERS]} {self.parts["shape"]} {self.precision}'
        readable = re.sub('[^a-z0-9]+', '-', words.lower()).strip('-')
        return f'{readable}-{self.digest}.engine'


def shape_from_parts(parts: Mapping[str, str]) -> Shape | None:
    """The shape among the parts of a key; None where there is none."""
    match = SHAPE_TEXT.fullmatch(parts.get('shape', ''))
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def differing_parts(wanted: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Names of the parts that are not the same in both."""
    names = sorted({*wanted, *found})
    return [name for name in names if wanted.get(name) != found.get(name)]
