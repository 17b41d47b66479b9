"""What the demo plays, and how fast."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
import math
from pathlib import Path
import shutil
from typing import Any

from tqdm import tqdm

from depth_nodes.data.bag import BagReader
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence, write_sequence
from depth_nodes.data.synthetic.render import render_sequence
from depth_nodes.data.synthetic.scene import SceneConfig
from depth_nodes.errors import ConfigError

MAX_PLAYING_S = 60.0
FASTER_HZ = 5.0  # long recordings of a lower rate are played faster, up to this
STARTING_S = 60.0
SCENE_HEIGHT_PX, SCENE_WIDTH_PX = 384, 512
NUM_SCENE_FRAMES = 60


@dataclass(frozen=True, kw_only=True)
class DemoSource:
    """A recording."""

    path: Path
    name: str
    description: str
    num_frames: int
    rate_hz: float


@dataclass(frozen=True, kw_only=True)
class PlayingPlan:
    """How much of the recording is played, and how fast."""

    num_frames: int
    rate_hz: float

    @property
    def time_limit_s(self) -> float:
        """For the player, from its start to its end."""
        return STARTING_S + 1.5 * self.num_frames / self.rate_hz + 10.0

    @property
    def end_limit_s(self) -> float:
        """For the evaluator, after the player's end."""
        return self.idle_timeout_s + 20.0

    @property
    def idle_timeout_s(self) -> float:
        """A longer pause means that nothing comes any more."""
        return 3.0 + 2.0 / self.rate_hz

    def player_parameters(self, source: DemoSource) -> dict[str, Any]:
        """Stamps are those of now, so that age means capture to arrival."""
        return {
            'source': str(source.path.resolve()),
            'rate': self.rate_hz / source.rate_hz,
            'max_frames': self.num_frames,
            'stamps': 'now',
            'wait_for_subscribers': 2,
            'wait_for_evaluator': True,
            'wait_timeout_s': STARTING_S,
        }

    def evaluator_parameters(self, output: Path) -> dict[str, Any]:
        """It ends by itself."""
        return {
            'output': str(output.resolve()),
            'expected_frames': self.num_frames,
            'idle_timeout_s': self.idle_timeout_s,
        }


def open_source(arguments: argparse.Namespace, output: Path) -> DemoSource:
    """Opens the recording, or renders one.

    Raises:
        InputError: it cannot be read.
    """
    if arguments.bag:
        return _bag(arguments.bag)
    if arguments.sequence:
        sequence = Sequence(arguments.sequence)
        return _sequence(sequence, f'sequence {sequence.name} (licence {sequence.license})')
    return _rendered(arguments.scene, arguments.seed, output / 'scene')


def plan_playing(source: DemoSource, rate_hz: float | None) -> PlayingPlan:
    """Real time, unless the recording is too long for a demo.

    Raises:
        ConfigError: the wanted rate is none.
    """
    if rate_hz is None:
        needed_hz = source.num_frames / MAX_PLAYING_S
        rate_hz = max(source.rate_hz, min(needed_hz, FASTER_HZ))
    elif not (rate_hz > 0 and math.isfinite(rate_hz)):
        raise ConfigError(f'--rate-hz {rate_hz:g} must be above 0')
    fitting = max(1, int(rate_hz * MAX_PLAYING_S + 0.5))
    return PlayingPlan(num_frames=min(source.num_frames, fitting), rate_hz=rate_hz)


def _sequence(sequence: Sequence, description: str) -> DemoSource:
    return DemoSource(
        path=sequence.path,
        name=sequence.name,
        description=description,
        num_frames=len(sequence),
        rate_hz=sequence.rate_hz,
    )


def _bag(path: Path) -> DemoSource:
    bag = BagReader(path)
    return DemoSource(
        path=path,
        name=bag.name,
        description=f'bag {bag.name}, topic {bag.image_topic}',
        num_frames=len(bag),
        rate_hz=bag.rate_hz,
    )


def _rendered(domain: str, seed: int, folder: Path) -> DemoSource:
    config = SceneConfig(
        domain=domain,
        seed=seed,
        num_frames=NUM_SCENE_FRAMES,
        height_px=SCENE_HEIGHT_PX,
        width_px=SCENE_WIDTH_PX,
        fov_deg=70.0,
    )
    shutil.rmtree(folder, ignore_errors=True)
    print(f'no recording given: rendering a {domain}, {config.num_frames} frames')
    frames: Iterable[Sample] = tqdm(
        render_sequence(config), total=config.num_frames, unit='frame', disable=None
    )
    metadata = {'domain': domain, 'license': 'Apache-2.0', 'source': f'rendered, seed {seed}'}
    name = f'{domain}_{seed}'
    write_sequence(folder, frames, name=name, rate_hz=config.rate_hz, metadata=metadata)
    return _sequence(Sequence(folder), f'rendered {domain} (seed {seed})')
