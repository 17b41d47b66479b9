"""Where the frames of a training come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from depth_nodes.errors import ConfigError
from depth_nodes.training.limits import require_at_least

MAX_WEIGHT = 1e9
Supervision = Literal['metric', 'scale_invariant', 'affine', 'none']


@dataclass(frozen=True, kw_only=True)
class SourceConfig:
    """Frames to learn from: a sequence folder below `data_root`, or rendered scenes.

    Attributes:
        sequence: folder name; empty for rendered scenes.
        first_frame: index of the first frame to use.
        num_frames: how many frames to use; 0 is all that follow.
        camera_height_m: of a car's camera over its road; lets a drive without poses and depth be
            labelled by the motion between its frames.
        render: domain of rendered scenes, `room`, `street` or `yard`; empty for a recording.
        num_scenes: how many scenes to render.
        views_per_scene: views drawn in each scene.
        frame_size: (height, width) of rendered frames.
        seed: seed of the first scene.
        weight: share of this source in every batch, relative to the others'.
        final_weight: what `weight` changes to, linearly over the training; none leaves it.
        supervision: what its labels are good for: depth in metres, depth up to an image's scale,
            or inverse depth up to an image's scale and offset; `auto` takes the labels as the
            recording describes them, `none` leaves them aside.
        neighbour_step: frames between a frame and the two that it is compared with by their
            looks, self-supervised; 0 leaves that out. The right image of a pair is compared too.
            The earlier of the two is also what `multi_frame_depth` has as its previous frame.
        poses: whether these comparisons take the recorded poses where there are any, or have all
            of them estimated by the pose network.
    """

    sequence: str = ''
    first_frame: int = 0
    num_frames: int = 0
    camera_height_m: float = 0.0
    render: Literal['', 'room', 'street', 'yard'] = ''
    num_scenes: int = 0
    views_per_scene: int = 4
    frame_size: tuple[int, int] = (240, 416)
    seed: int = 0
    weight: float = 1.0
    final_weight: float | None = None
    supervision: Literal['auto', 'metric', 'scale_invariant', 'affine', 'none'] = 'auto'
    neighbour_step: int = 0
    poses: Literal['recorded', 'estimated'] = 'recorded'

    def __post_init__(self) -> None:
        """A source is either recorded or rendered."""
        if bool(self.sequence) == bool(self.render):
            raise ConfigError('a source needs either "sequence" or "render", and not both')
        require_at_least(self, 0, 'first_frame', 'num_frames', 'camera_height_m', 'seed')
        require_at_least(self, 1 if self.render else 0, 'num_scenes', 'views_per_scene')
        require_at_least(self, 0, 'weight', 'neighbour_step')
        if min(self.frame_size) < 1:
            raise ConfigError(f'frame_size is {self.frame_size}; choose a height and a width [px]')
        if self.neighbour_step:
            self._require_clips()
        elif self.supervision == 'none':
            raise ConfigError('supervision "none" teaches nothing; give a neighbour_step above 0')
        elif self.poses == 'estimated':
            raise ConfigError('poses are estimated of neighbours alone; give a neighbour_step')
        if self.final_weight is not None:
            require_at_least(self, 0, 'final_weight')
        if max(self.weight, self.final_weight or 0) > MAX_WEIGHT:
            raise ConfigError(f'a weight is above {MAX_WEIGHT:g}; choose less')
        if not self.weight and not self.final_weight:
            raise ConfigError(f'weight is {self.weight}; choose more than 0, or leave the source')

    def _require_clips(self) -> None:
        if self.render and self.neighbour_step >= self.views_per_scene:
            raise ConfigError(
                f'neighbour_step is {self.neighbour_step} and a scene has {self.views_per_scene} '
                'views, so none has a neighbour; raise views_per_scene'
            )
