"""One training step in a process of its own, which prints what memory it took [bytes].

    python test/pyramid_step.py HEIGHT WIDTH [LEVEL ...]

The size is that of the drawn batch; without a level it is the size of the only one, `cr`.
"""

import json
from pathlib import Path
import sys

import torch

from depth_nodes.networks.small_depth import SmallDepthConfig
from depth_nodes.training.batch import Batch
from depth_nodes.training.config import TrainingConfig
from depth_nodes.training.depth_learner import DepthLearner
from depth_nodes.training.process_group import ProcessGroup
from depth_nodes.training.pyramid import PyramidConfig
from depth_nodes.training.source_config import SourceConfig

BATCH_SIZE = 4


def main(height: int, width: int, *levels: str) -> None:
    torch.set_num_threads(1)
    config = TrainingConfig(
        name='step',
        license='Apache-2.0',
        data_root='.',
        sources=(SourceConfig(sequence='unused'),),
        view_sizes=((128, 256),),
        device='cpu',
        # Few weights and many pixels: activations are what a level costs.
        network=SmallDepthConfig(widths=(24, 32, 48, 64, 96), num_blocks=(1, 1, 1, 1, 1)),
        pyramid=PyramidConfig(levels=levels),
    )
    learner, batch = DepthLearner(config, ProcessGroup()), random_batch(height, width)
    before = resident_bytes('VmRSS')
    learner.learn(batch, 0, 0.5)
    json.dump({'before': before, 'peak': resident_bytes('VmHWM')}, sys.stdout)


def random_batch(height: int, width: int) -> Batch:
    matrix = torch.tensor([[width, 0, width / 2], [0, width, height / 2], [0, 0, 1.0]])
    return Batch(
        image=torch.randint(0, 256, (BATCH_SIZE, 3, height, width), dtype=torch.uint8),
        depth_m=1 + 9 * torch.rand(BATCH_SIZE, 1, height, width),
        intrinsics=matrix.repeat(BATCH_SIZE, 1, 1),
        is_metric=torch.ones(BATCH_SIZE, dtype=torch.bool),
        has_sky=torch.zeros(BATCH_SIZE, dtype=torch.bool),
    )


def resident_bytes(name: str) -> int:
    """Memory now (VmRSS) or at most (VmHWM); `ru_maxrss` also counts who started the process."""
    lines = Path('/proc/self/status').read_text().splitlines()
    values = dict(line.split(':', 1) for line in lines)
    return 1024 * int(values[name].split()[0])


if __name__ == '__main__':
    main(*map(int, sys.argv[1:3]), *sys.argv[3:])
