"""Processes that train together are one process with their views in one batch."""

from dataclasses import replace
import os
from pathlib import Path
import socket
import subprocess
import sys

import pytest
from safetensors.torch import load_file
from tiny_training import make_source, read_curves
import torch

from depth_nodes.cli.main import main
from depth_nodes.data.sequence import write_sequence
from depth_nodes.errors import ConfigError
from depth_nodes.training.process_group import joined_process_group, ProcessGroup

PRESET = """
name: tiny
license: Apache-2.0
data_root: {root}
sources: [{{sequence: corridor, weight: 1.0}}, {{sequence: holes, weight: 1.0}}]
validation: [{{sequence: corridor, num_frames: 1}}]
view_sizes: [[96, 96], [96, 128]]
num_steps: 20
validation_interval: 10
checkpoint_interval: 10
max_drop_probability: 0.0
has_frozen_norms: true
device: cpu
network: {{widths: [8, 8, 8, 8, 8], last_width: 8, num_blocks: [0, 0, 1, 0, 0]}}
"""
# As torchrun starts them, but without its own seconds; runs one command line after the other.
PROCESS = """
import os, sys
from depth_nodes.cli.main import main
for port, line in zip(sys.argv[1::2], sys.argv[2::2]):
    os.environ['MASTER_PORT'] = port
    if main(line.split(',')):
        sys.exit(1)
"""


def free_ports(count: int) -> list[str]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(('127.0.0.1', 0))
    ports = [str(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.fixture(scope='module')
def preset(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp('frames')
    samples = make_source().samples
    write_sequence(root / 'corridor', samples, name='corridor')
    # Labels as uneven as these show whether pixels are counted over all the processes.
    holes = [sample.depth_m.copy() for sample in samples]
    for depth in holes:
        depth[:, :130] = 0
    few = [replace(one, depth_m=depth) for one, depth in zip(samples, holes, strict=True)]
    write_sequence(root / 'holes', few, name='holes')
    path = root / 'tiny.yaml'
    path.write_text(PRESET.format(root=root))
    return path


def command(preset: Path, output: str, *options: str) -> list[str]:
    return ['train', '--config', str(preset), '--output', str(preset.parent / output), *options]


@pytest.fixture(scope='module')
def outputs_of_two(preset) -> list[str]:
    by_steps = command(preset, 'two', '--set', 'batch_size=2')
    by_clock = command(preset, 'clock', '--set', 'batch_size=2', '--budget-minutes', '0.01')
    arguments = []
    for port, line in zip(free_ports(2), (by_steps, by_clock), strict=True):
        arguments += [port, ','.join(line)]
    processes = [
        subprocess.Popen(
            [sys.executable, '-c', PROCESS, *arguments],
            env={
                **os.environ,
                'RANK': str(rank),
                'LOCAL_RANK': str(rank),
                'WORLD_SIZE': '2',
                'MASTER_ADDR': '127.0.0.1',
                'OMP_NUM_THREADS': '1',
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in (0, 1)
    ]
    try:
        outputs = [process.communicate(timeout=120) for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0, 0], outputs
    return [output for output, _ in outputs]


def test_two_processes_are_one_with_twice_the_batch(preset, outputs_of_two):
    assert main(command(preset, 'one', '--set', 'batch_size=4')) == 0
    two, one = (load_file(preset.parent / run / 'state.safetensors') for run in ('two', 'one'))
    network = [name for name in one if name.startswith('network.')]
    assert max((one[name] - two[name]).abs().max().item() for name in network) < 1e-6
    losses = [read_curves(preset.parent / run)[1] for run in ('two', 'one')]
    assert losses[0]['loss'] == pytest.approx(losses[1]['loss'], rel=1e-5)


def test_only_the_first_process_speaks(preset, outputs_of_two):
    first, second = outputs_of_two
    assert first.count('weights: ') == 2
    assert second == ''


def test_all_stop_by_the_clock_of_the_first(preset, outputs_of_two):
    # That both ended at all says that they agreed: one alone would wait for the other.
    assert read_curves(preset.parent / 'clock')[-1]['step'] > 0


def test_alone_nothing_is_shared():
    with joined_process_group('cpu') as group:
        assert group == ProcessGroup()
    values = torch.rand(3)
    assert group.mean(values) is values
    assert group.from_first(0.25) == 0.25


@pytest.mark.skipif(torch.cuda.is_available(), reason='there is a GPU')
def test_a_gpu_that_is_not_there_is_told():
    with (
        pytest.raises(ConfigError, match='set device to cpu or auto'),
        joined_process_group('cuda'),
    ):
        pass
    with joined_process_group('auto') as group:
        assert group.device.type == 'cpu'


@pytest.mark.parametrize(
    'environment', [{'WORLD_SIZE': 'two'}, {'WORLD_SIZE': '2'}, {'WORLD_SIZE': '0', 'RANK': '0'}]
)
def test_an_environment_that_torchrun_does_not_make_is_told(monkeypatch, environment):
    for name in ('RANK', 'MASTER_ADDR', 'MASTER_PORT'):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match='start with torchrun'), joined_process_group('cpu'):
        pass
