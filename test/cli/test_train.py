"""`depth_nodes train`: what is wrong with a setting is told before anything is loaded."""

from pathlib import Path
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


@pytest.mark.parametrize('missing', ['torch', 'safetensors', 'torch.utils.tensorboard'])
def test_without_the_extra_the_line_says_what_to_install(preset, monkeypatch, capsys, missing):
    for module in list(sys.modules):
        if module.startswith(('depth_nodes.training', 'depth_nodes.networks.checkpoints')):
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, missing, None)
    assert train(preset) == 1
    message = capsys.readouterr().err
    assert 'training needs the extra `train`' in message
    assert "pip install 'depth_nodes[train]'" in message
    assert message.count('\n') == 1
