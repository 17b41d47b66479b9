"""`depth_nodes benchmark`: one run times all engines and says how far they differ."""

import json
import sys

import pytest
from random_model import random_model

from depth_nodes.cli import engine_timing
from depth_nodes.cli.main import main

SMALL = ['--size', '96x96', '--threads', '1', '--calls', '1']


@pytest.fixture(autouse=True)
def small_image(monkeypatch):
    monkeypatch.setattr(engine_timing, 'IMAGE_HEIGHT_PX', 96)
    monkeypatch.setattr(engine_timing, 'IMAGE_WIDTH_PX', 128)


@pytest.fixture
def model_of_both_files(monkeypatch):
    monkeypatch.setattr(engine_timing, 'find_model', lambda name: random_model())


@pytest.mark.usefixtures('model_of_both_files')
def test_all_engines_in_one_run(tmp_path, capsys):
    output = tmp_path / 'new' / 'benchmark.json'
    assert main(['benchmark', *SMALL, '--output', str(output)]) == 0
    result = json.loads(output.read_text())
    eager, folded = 'torch_eager_unfolded', 'torch_eager_folded_channels_last'
    assert set(result['network']) == {'onnx', eager, folded}
    for row in (*result['network'].values(), *result['image_to_points'].values()):
        assert 0 < row['p50_ms'] <= row['p99_ms']
        assert row['fps'] == pytest.approx(1e3 / row['p50_ms'], rel=0.02)
        assert row['calls'] == 8
    times = {name: row['p50_ms'] for name, row in result['network'].items()}
    assert result['ratios'][f'onnx/{eager}'] == pytest.approx(
        times['onnx'] / times[eager], rel=0.01
    )
    assert result['ratios'][f'onnx/{folded}'] == pytest.approx(
        times['onnx'] / times[folded], rel=0.01
    )
    assert 0 < result['difference']['onnx_to_torch_over_range'] <= 1e-4
    assert set(result['image_to_points']) == {
        f'{one}_96x128_to_points' for one in ('onnx', folded)
    }
    assert result['settings']['num_threads'] == 1
    assert {'cpu', 'cores', 'commit', 'versions'} <= set(result['machine'])
    assert 'onnx/torch_eager_unfolded' in capsys.readouterr().out


@pytest.mark.usefixtures('model_of_both_files')
def test_one_engine_alone(tmp_path):
    output = tmp_path / 'benchmark.json'
    assert main(['benchmark', *SMALL, '--backend', 'onnx', '--output', str(output)]) == 0
    result = json.loads(output.read_text())
    assert set(result['network']) == {'onnx'}
    assert result['ratios'] == result['difference'] == {}


def test_random_weights_need_no_model(tmp_path):
    model = engine_timing.random_model(tmp_path)
    assert model.onnx_path.is_file()
    assert model.safetensors_path.is_file()


def test_random_weights_without_torch_are_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, 'torch', None)
    output = tmp_path / 'benchmark.json'
    assert main(['benchmark', *SMALL, '--random-weights', '--output', str(output)]) == 1
    message = capsys.readouterr().err
    assert "pip install 'depth_nodes[train]'" in message
    assert message.count('\n') == 1


def test_the_flag_for_random_weights_asks_for_no_model(tmp_path, monkeypatch):
    monkeypatch.setattr(engine_timing, 'random_model', lambda folder: random_model())
    output = tmp_path / 'benchmark.json'
    options = ['--backend', 'onnx', '--random-weights', '--output', str(output)]
    assert main(['benchmark', *SMALL, *options]) == 0
    assert json.loads(output.read_text())['settings']['model'] == 'random'


@pytest.mark.parametrize('option', [('--threads', '0'), ('--calls', '0')])
def test_numbers_that_measure_nothing_are_refused(tmp_path, option, capsys):
    assert main(['benchmark', *option, '--output', str(tmp_path / 'a.json')]) == 2
    assert '1 or more' in capsys.readouterr().err


def test_an_unknown_engine_is_wrong_use(tmp_path):
    with pytest.raises(SystemExit) as caught:
        main(['benchmark', '--backend', 'onnx,abacus', '--output', str(tmp_path / 'a.json')])
    assert caught.value.code == 2
