"""`depth_nodes benchmark`: one run times all engines and says how far they differ."""

import json
import sys

import pytest
from random_model import random_model, TINY

from depth_nodes.cli import engine_timing, gpu_timing, machine
from depth_nodes.cli.main import main
from depth_nodes.networks import small_depth
from depth_nodes.networks.small_depth import SmallDepth
from depth_nodes.runtime.gpu import find_gpu

SMALL = ['--device', 'cpu', '--size', '96x96', '--threads', '1', '--calls', '1']


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


def test_random_weights_need_no_model(tmp_path, monkeypatch):
    # The export of a whole network takes long.
    monkeypatch.setattr(small_depth, 'SmallDepth', lambda config: SmallDepth(TINY))
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
    arguments = ['--device', 'cpu', *option, '--output', str(tmp_path / 'a.json')]
    assert main(['benchmark', *arguments]) == 2
    assert '1 or more' in capsys.readouterr().err


def test_an_unknown_engine_is_wrong_use(tmp_path):
    with pytest.raises(SystemExit) as caught:
        main(['benchmark', '--backend', 'onnx,abacus', '--output', str(tmp_path / 'a.json')])
    assert caught.value.code == 2


@pytest.mark.parametrize(
    ('device', 'backend', 'known'), [('cpu', 'tensorrt', 'onnx, torch'), ('cuda', 'onnx', 'torch')]
)
def test_an_engine_of_the_other_device_is_wrong_use(tmp_path, capsys, device, backend, known):
    arguments = ['--device', device, '--backend', backend, '--output', str(tmp_path / 'a.json')]
    assert main(['benchmark', *arguments]) == 2
    assert f'{backend} is not compared on {device}; choose from {known}' in capsys.readouterr().err


@pytest.mark.skipif(find_gpu() is not None, reason='needs a machine without a GPU')
def test_a_missing_gpu_is_one_line(tmp_path, capsys):
    output = tmp_path / 'a.json'
    assert main(['benchmark', '--device', 'cuda', '--output', str(output)]) == 1
    assert 'choose --device cpu' in capsys.readouterr().err
    assert not output.exists()


def test_a_gpu_without_torch_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, 'depth_nodes.cli.gpu_setup', None)
    arguments = ['--device', 'cuda', '--output', str(tmp_path / 'a.json')]
    assert main(['benchmark', *arguments]) == 1
    assert "pip install 'depth_nodes[gpu]'" in capsys.readouterr().err


@pytest.fixture
def measured(monkeypatch):
    """What stands for a GPU: rows of the test's choice."""
    rows: dict[str, dict] = {}

    def measure(config, save):
        results = {'settings': {'size_px': config.size_px}, 'rows': rows}
        save(results)
        return results

    gpu = {'name': 'NVIDIA H200', 'driver': '13.0', 'torch': '2.11.0', 'tensorrt': '10.15'}
    monkeypatch.setattr(gpu_timing, 'measure_on_gpu', measure)
    monkeypatch.setattr(machine, 'describe_gpu', lambda: gpu)
    return rows


WORKS, FAILS = {'build_s': 1.0}, {'reason': 'no such library'}


@pytest.mark.parametrize(
    ('rows', 'named', 'code'),
    [
        ({'a': WORKS, 'b': WORKS}, True, 0),
        ({'a': WORKS, 'b': FAILS}, True, 1),
        ({'a': WORKS, 'b': FAILS}, False, 0),
        ({'a': FAILS, 'b': FAILS}, False, 1),
    ],
)
def test_a_failure_counts_where_the_engine_was_named_or_nothing_ran(
    tmp_path, measured, capsys, rows, named, code
):
    measured |= rows
    output = tmp_path / 'new' / 'gpu.json'
    options = ['--backend', 'torch,tensorrt'] if named else []
    assert main(['benchmark', '--device', 'cuda', *options, '--output', str(output)]) == code
    written = json.loads(output.read_text())
    assert written['rows'] == rows
    assert written['machine']['gpu']['name'] == 'NVIDIA H200'
    table = capsys.readouterr().out
    assert 'NVIDIA H200' in table
    assert main(['benchmark', '--table', str(output)]) == 0
    assert table.startswith(capsys.readouterr().out)


def test_either_a_measurement_or_a_table(tmp_path):
    for options in ([], ['--output', str(tmp_path / 'a'), '--table', str(tmp_path / 'b')]):
        with pytest.raises(SystemExit) as caught:
            main(['benchmark', *options])
        assert caught.value.code == 2
