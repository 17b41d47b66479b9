"""What a prior bank is made of; YAML files in `config/prior_bank` fill this dataclass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from depth_nodes.errors import ConfigError
from depth_nodes.training.limits import require_at_least
from depth_nodes.training.run_config import MAX_SEED
from depth_nodes.training.source_config import SourceConfig


@dataclass(frozen=True, kw_only=True)
class PriorBankConfig:
    """Entries are drawn, or taken from another bank; then selected; then made prototypes.

    Attributes:
        name: of the bank.
        license: terms of the bank, as teacher and frames allow them.
        teacher: checkpoint of the network whose features and depths are drawn.
        candidates: a bank to choose from; where there is one, no teacher is asked.
        data_root: folder of the sequence folders.
        kept_root: folder that keeps rendered frames.
        sources: what the teacher looks at, by the weights of the sources.
        num_frames: how many frames it looks at.
        pixel_share: how many entries a frame gives, over its pixels; at most one for each 16x16.
        teacher_size: (height, width) that frames are fitted into for the teacher.
        num_channels: of the features; a teacher's are reduced to their principal components.
        student: checkpoint of a network with a prior, whose attention selects; empty selects at
            random.
        validation: what the student looks at.
        student_size: (height, width) that frames are fitted into for the student.
        num_selected: how many entries are kept; 0 keeps all.
        num_prototypes: how many clusters the entries become; 0 leaves them.
        seed: of all that is drawn.
        device: `auto` is a GPU where there is one.
    """

    name: str
    license: str
    teacher: str = ''
    candidates: str = ''
    data_root: str = 'data/train'
    kept_root: str = 'runs/kept'
    sources: tuple[SourceConfig, ...] = ()
    num_frames: int = 2000
    pixel_share: float = 0.01
    teacher_size: tuple[int, int] = (320, 1024)
    num_channels: int = 64
    student: str = ''
    validation: tuple[SourceConfig, ...] = ()
    student_size: tuple[int, int] = (192, 640)
    num_selected: int = 0
    num_prototypes: int = 0
    seed: int = 0
    device: Literal['auto', 'cpu', 'cuda'] = 'auto'

    def __post_init__(self) -> None:
        """Refuses banks from nothing, and selections that nobody makes."""
        require_at_least(self, 1, 'num_frames', 'num_channels')
        if min(*self.teacher_size, *self.student_size) < 1:
            raise ConfigError('teacher_size and student_size must be a height and a width [px]')
        require_at_least(self, 0, 'num_selected', 'num_prototypes', 'seed')
        if self.seed > MAX_SEED:
            raise ConfigError(f'seed is {self.seed}; choose at most {MAX_SEED}')
        if not 0 < self.pixel_share <= 1:
            raise ConfigError(f'pixel_share is {self.pixel_share}; choose more than 0, up to 1')
        if not self.teacher and not self.candidates:
            raise ConfigError('a bank needs a "teacher", or "candidates" to choose from')
        if not self.candidates and not any(source.weight for source in self.sources):
            raise ConfigError('a teacher needs at least one entry in "sources" with a weight')
        if self.student and not (self.validation and self.num_selected):
            raise ConfigError('a student selects on "validation"; give that and num_selected')
