"""`depth_nodes train`: what is wrong with a setting is told before anything is loaded."""

from pathlib import Path
import subprocess
import sys

import pytest

from depth_nodes.cli.main import main

PRESET = """
name: tiny
license: Apache-2.0
data_root: nowhere
sources: [{sequence: none}]
"""


@pytest.fixture
def preset(tmp_path) -> Path:
    path = tmp_path / 'tiny.yaml'
    path.write_text(PRESET)
    return path


def train(preset: Path, *options: str) -> int:
    output = preset.parent / 'run'
    return main(['train', '--config', str(preset), '--output', str(output), *options])


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (['--set', 'batchsize=2'], 'unknown key; did you mean batch_size'),
        (['--set', 'batch_size=0'], 'batch_size is 0; choose 1 or more'),
        (['--set', 'seed=!!bool x'], 'is not a YAML value'),
        (['--set', 'seed=' + '[' * 3000], 'is not a YAML value'),
        (['--set', f'optimizer.learning_rate={10**400}'], 'must be of type float'),
        (['--budget-minutes', '-1'], 'the budget is -1.0 minutes'),
        (['--budget-minutes', 'nan'], 'the budget is nan minutes'),
    ],
)
def test_a_wrong_setting_is_wrong_use(preset, capsys, options, words):
    assert train(preset, *options) == 2
    message = capsys.readouterr().err
    assert words in message
    assert message.count('\n') == 1


def test_missing_frames_are_one_line(preset, capsys):
    assert train(preset) == 1
    assert 'no sequence folder' in capsys.readouterr().err


def test_without_the_extra_the_line_says_what_to_install(preset):
    # In a process of its own, because what was imported once stays so; in the order of import.
    program = """
import sys
from depth_nodes.cli.main import main
for missing in sys.argv.pop(1).split():
    sys.modules[missing] = None
    assert main(sys.argv[1:]) == 1
    del sys.modules[missing]
"""
    missing = ('torch', 'safetensors', 'torch.utils.tensorboard')
    command = ['train', '--config', str(preset), '--output', str(preset.parent / 'run')]
    done = subprocess.run(
        [sys.executable, '-c', program, ' '.join(missing), *command],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for line, name in zip(done.stderr.splitlines(), missing, strict=True):
        assert f'training needs the extra `train` (import of {name} ' in line
        assert "pip install 'depth_nodes[train]'" in line
