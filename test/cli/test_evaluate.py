import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from depth_nodes.cli.main import main
from depth_nodes.cli.predictor import make_predictor
from depth_nodes.data.bag import write_bag
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import Sequence, write_sequence
from depth_nodes.data.synthetic.render import render_sequence
from depth_nodes.data.synthetic.scene import SceneConfig
from depth_nodes.messages.camera import Camera

CAMERA = Camera.from_fov(128, 96, 70.0)
KEYS = [
    'frames', 'density', 'abs_rel', 'sq_rel', 'rmse', 'rmse_log', 'd1', 'd2', 'd3',
    'scale_median', 'scale_std_over_median',
]  # fmt: skip
BOUNDARIES = [
    'edge_precision', 'edge_recall', 'edge_f1', 'see_m', 'edge_acc_px', 'edge_comp_px',
]  # fmt: skip


def samples(depth_factor: float | None = 2.0, camera: Camera = CAMERA) -> list[Sample]:
    """Frames whose truth is the fake backend's depth times a factor."""
    rng = np.random.default_rng(0)
    predictor = make_predictor('fake', 'fake', depth_range_m=(1e-3, 1e6))
    frames = []
    for index in range(3):
        image = rng.integers(0, 256, (96, 128, 3), np.uint8)
        name, stamp_ns = f'{index:06d}', index * 10**8
        frame = Sample(name=name, image=image, camera=camera, stamp_ns=stamp_ns)
        if depth_factor is not None:
            depth = predictor(frame) * np.float32(depth_factor)
            frame = dataclasses.replace(frame, depth_m=depth)
        frames.append(frame)
    return frames


@pytest.fixture
def sequence(tmp_path) -> Path:
    write_sequence(tmp_path / 'doubled', samples(), name='doubled')
    return tmp_path / 'doubled'


def run(*arguments: str | Path) -> int:
    return main(['evaluate', '--backend', 'fake', *map(str, arguments)])


def test_json_has_the_published_form(sequence, tmp_path, capsys):
    output = tmp_path / 'new' / 'run.json'
    compared = ['--align', 'median', '--crop', 'garg']
    limits = ['--min-depth-m', '0.2', '--max-depth-m', '60']
    assert run('--sequence', sequence, *compared, *limits, '--output', output) == 0
    results = json.loads(output.read_text())
    assert list(results) == [
        'schema', 'model', 'weights_sha256', 'command', 'versions', 'complete', 'problems',
        'protocol', 'align', 'crop', 'min_depth_m', 'max_depth_m', 'sequences', 'overall',
    ]  # fmt: skip
    assert results['schema'] == 2
    assert results['command'].startswith('depth_nodes evaluate --backend fake --sequence ')
    assert {'depth_nodes', 'python', 'numpy'} <= set(results['versions'])
    assert list(results['sequences']) == ['doubled']
    assert set(KEYS) < set(results['overall']) < set(results['sequences']['doubled'])
    settings = ['model', 'weights_sha256', 'align', 'crop', 'min_depth_m', 'max_depth_m']
    expected = ['fake', None, 'median', 'garg', 0.2, 60.0]
    assert [results[name] for name in settings] == expected
    assert (results['protocol'], results['complete'], results['problems']) == (None, True, [])
    assert results['overall']['frames'] == 3


def test_refined_depth_can_be_evaluated(sequence, tmp_path):
    """The truth is smooth, and the fake refiner adds the noise of the images."""
    results = []
    for options in ([], ['--refine']):
        output = tmp_path / 'run.json'
        assert run('--sequence', sequence, '--align', 'median', *options, '--output', output) == 0
        results.append(json.loads(output.read_text()))
    coarse, refined = results
    assert refined['model'] == 'fake refined by fake'
    assert coarse['overall']['abs_rel'] < 0.005 < refined['overall']['abs_rel'] < 0.2
    assert refined['overall']['density'] == 1


def test_alignment_tells_scale_from_shape(sequence, tmp_path):
    for align, expected in (('none', 0.5), ('median', 0.0), ('affine', 0.0)):
        output = tmp_path / f'{align}.json'
        assert run('--sequence', sequence, '--align', align, '--output', output) == 0
        overall = json.loads(output.read_text())['overall']
        # On disk depth is rounded to 1/256 m.
        assert overall['abs_rel'] == pytest.approx(expected, abs=2e-3)
        assert overall['scale_median'] == pytest.approx(2, rel=5e-3)


def test_csv_holds_the_same_numbers(sequence, tmp_path):
    output = tmp_path / 'run.json'
    run('--sequence', sequence, '--output', output)
    with output.with_suffix('.csv').open() as file:
        rows = {row.pop('sequence'): row for row in csv.DictReader(file)}
    results = json.loads(output.read_text())
    for name, values in {**results['sequences'], 'overall': results['overall']}.items():
        assert {key: float(rows[name][key]) for key in KEYS} == {key: values[key] for key in KEYS}
    row, result = rows['doubled'], results['sequences']['doubled']
    assert float(row['median.abs_rel']) == result['alignments']['median']['abs_rel']
    assert float(row['temporal.flicker']) == result['temporal']['flicker']
    near = result['obstacles']['within'][1]
    assert int(row['obstacles.2m.true_columns']) == near['true_columns']


def test_the_frames_have_a_csv_of_their_own(sequence, tmp_path):
    output = tmp_path / 'run.json'
    run('--sequence', sequence, '--output', output)
    with (tmp_path / 'run_frames.csv').open() as file:
        rows = list(csv.DictReader(file))
    frames = json.loads(output.read_text())['sequences']['doubled']['per_frame']
    assert [row.pop('sequence') for row in rows] == ['doubled'] * 3
    assert [row['name'] for row in rows] == ['000000', '000001', '000002']
    for row, frame in zip(rows, frames, strict=True):
        assert list(row) == list(frame)
        assert float(row['abs_rel']) == frame['abs_rel']
        assert float(row['stamp_s']) == frame['stamp_s']


def test_a_bag_gives_what_its_sequence_gives(sequence, tmp_path):
    write_bag(Sequence(sequence), tmp_path / 'doubled.bag', rate_hz=10.0)
    outputs = [tmp_path / 'folder.json', tmp_path / 'bag.json']
    assert run('--sequence', sequence, '--output', outputs[0]) == 0
    assert run('--bag', tmp_path / 'doubled.bag', '--output', outputs[1]) == 0
    folder, bag = (json.loads(path.read_text()) for path in outputs)
    for key in KEYS:
        assert bag['overall'][key] == pytest.approx(folder['overall'][key], abs=1e-6)


def test_depth_beyond_a_robots_range_is_there_for_alignment(tmp_path):
    # Through such a telescope the fake network's depth lies beyond 100 m.
    frames = samples(0.02, Camera.from_fov(128, 96, 0.5))
    assert min(frame.depth_m.min() / 0.02 for frame in frames) > 100
    write_sequence(tmp_path / 'far', frames, name='far')
    output = tmp_path / 'run.json'
    assert run('--sequence', tmp_path / 'far', '--align', 'median', '--output', output) == 0
    overall = json.loads(output.read_text())['overall']
    assert overall['scale_median'] == pytest.approx(0.02, rel=5e-3)
    assert overall['abs_rel'] == pytest.approx(0, abs=2e-3)


def test_the_table_shows_every_sequence_and_the_mean(sequence, tmp_path, capsys):
    assert run('--sequence', sequence, '--output', tmp_path / 'run.json') == 0
    head, row, overall = capsys.readouterr().out.splitlines()[:3]
    assert head.split() == ['sequence', *KEYS]
    assert row.split()[:2] == ['doubled', '3']
    assert row.split()[1:] == overall.split()[1:]
    assert len(head) == len(row) == len(overall)


def test_a_second_table_shows_both_alignments_and_what_a_robot_meets(sequence, tmp_path, capsys):
    assert run('--sequence', sequence, '--output', tmp_path / 'run.json') == 0
    head, row = capsys.readouterr().out.splitlines()[4:6]
    shown = dict(zip(head.split(), row.split(), strict=True))
    assert (shown['abs_rel_none'], shown['abs_rel_median']) == ('0.500', '0.000')
    assert shown['flicker'] != '-'


def test_a_protocol_sets_what_single_options_override(sequence, tmp_path):
    output = tmp_path / 'run.json'
    options = ['--protocol', 'kitti_eigen', '--max-depth-m', '60']
    assert run('--sequence', sequence, *options, '--output', output) == 0
    results = json.loads(output.read_text())
    names = ['protocol', 'align', 'crop', 'min_depth_m', 'max_depth_m']
    assert [results[name] for name in names] == ['kitti_eigen', 'median', 'garg', 1e-3, 60]


def test_flipped_depth_has_rows_of_its_own(sequence, tmp_path, capsys):
    output = tmp_path / 'run.json'
    assert run('--sequence', sequence, '--align', 'median', '--flip', '--output', output) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [' '.join(line.split()[:2]) for line in lines[1:5]] == [
        'doubled 3', 'doubled flipped', 'overall 3', 'overall flipped',
    ]  # fmt: skip
    flipped = json.loads(output.read_text())['sequences']['doubled']['flipped']
    with output.with_suffix('.csv').open() as file:
        rows = {row['sequence']: row for row in csv.DictReader(file)}
    assert float(rows['doubled flipped']['abs_rel']) == flipped['median']['abs_rel'] > 0


def test_boundaries_are_in_the_json_the_table_and_the_csv(tmp_path, capsys):
    scene = SceneConfig(domain='room', seed=0, num_frames=2, height_px=96, width_px=128)
    write_sequence(tmp_path / 'room', render_sequence(scene), name='room')
    output = tmp_path / 'run.json'
    compared = ['--align', 'median', '--boundaries']
    assert run('--sequence', tmp_path / 'room', *compared, '--output', output) == 0
    results = json.loads(output.read_text())
    boundaries = results['overall']['boundaries']
    assert boundaries == results['sequences']['room']['boundaries']
    assert list(boundaries) == ['frames', *BOUNDARIES]
    assert boundaries['frames'] == 2
    # The fake network's depth is smooth.
    for name, value in zip(BOUNDARIES, (0, 0, 0, None, 10, 10), strict=True):
        assert value is None or boundaries[name] == value
    assert 0.05 < boundaries['see_m'] < 5

    columns = [*KEYS, 'edge_frames', *BOUNDARIES]
    head, row = capsys.readouterr().out.splitlines()[:2]
    assert head.split() == ['sequence', *columns]
    assert row.split()[-7:-3] == ['2', '0.000', '0.000', '0.000']
    with output.with_suffix('.csv').open() as file:
        first, second = csv.DictReader(file)
    assert [float(first[name]) for name in BOUNDARIES] == list(boundaries.values())[1:]
    assert first['edge_frames'] == second['edge_frames'] == '2'


def test_boundaries_of_a_sequence_without_edges_are_empty(sequence, tmp_path, capsys):
    output = tmp_path / 'run.json'
    assert run('--sequence', sequence, '--boundaries', '--output', output) == 0
    result = json.loads(output.read_text())['sequences']['doubled']
    assert result['frames'] == 3
    assert result['boundaries'] == {'frames': 0, **dict.fromkeys(BOUNDARIES)}
    assert capsys.readouterr().out.splitlines()[1].split()[-7:] == ['0', *'------']


def test_a_sequence_without_truth_is_one_line(tmp_path, capsys):
    write_sequence(tmp_path / 'blind', samples(None), name='blind')
    assert run('--sequence', tmp_path / 'blind', '--output', tmp_path / 'run.json') == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if 'error' in line]
    assert line.startswith('depth_nodes: error: blind: no frame has ground-truth depth')
    assert not (tmp_path / 'run.json').exists()


def test_what_cannot_be_evaluated_is_one_line(sequence, tmp_path, capsys):
    output = ['--output', tmp_path / 'run.json']
    for arguments, reason in (
        (['--sequence', tmp_path / 'none'], 'is no sequence folder'),
        (['--sequence', sequence, sequence], 'two sequences are called doubled'),
        (['--bag', tmp_path / 'none.bag'], 'none.bag'),
    ):
        assert run(*arguments, *output) == 1
        error = capsys.readouterr().err
        assert reason in error
        assert 'Traceback' not in error


def test_an_empty_range_is_wrong_use(sequence, tmp_path, capsys):
    limits = ['--min-depth-m', '5', '--max-depth-m', '1']
    assert run('--sequence', sequence, *limits, '--output', tmp_path / 'run.json') == 2
    assert 'give 0 < min < max' in capsys.readouterr().err


@pytest.mark.parametrize(
    'option',
    [
        '--image-topic=/image', '--camera-info-topic=/info', '--truth-topic=/truth',
        '--prediction-topic=/depth', '--tolerance-s=0',
    ],
)  # fmt: skip
def test_an_option_of_recordings_is_refused_for_a_sequence(sequence, tmp_path, capsys, option):
    assert run('--sequence', sequence, option, '--output', tmp_path / 'run.json') == 2
    name = option.partition('=')[0]
    assert f'{name} is for recordings; give --bag, or leave it away' in capsys.readouterr().err


def test_an_empty_name_is_no_model(sequence, tmp_path, capsys):
    options = ['--model', '', '--backend', 'onnx', '--output', tmp_path / 'run.json']
    assert run('--sequence', sequence, *options) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "there is no model ''" in line
    assert 'small_depth' in line


@pytest.mark.parametrize(
    'arguments',
    [
        ['--output', 'run.json'],
        ['--sequence', 'a', '--bag', 'b', '--output', 'run.json'],
        ['--sequence', 'a'],
        ['--sequence', 'a', '--output', 'run.csv'],
        ['--sequence', 'a', '--output', '.'],
        ['--sequence', 'a', '--output', 'run.json', '--align', 'mean'],
        ['--sequence', 'a', '--output', 'run.json', '--crop', 'eigen'],
    ],
)
def test_wrong_use_exits_with_2(arguments):
    with pytest.raises(SystemExit) as caught:
        run(*arguments)
    assert caught.value.code == 2


def test_recorded_frames_give_finite_metrics(shared_dir, tmp_path):
    folders = [shared_dir / 'data/eval' / name for name in ('kitti_scenes', 'middlebury_2014')]
    output = tmp_path / 'run.json'
    assert run('--sequence', *folders, '--align', 'affine', '--output', output) == 0
    results = json.loads(output.read_text())
    assert [results['sequences'][folder.name]['frames'] for folder in folders] == [6, 7]
    numbers = [[values[key] for key in KEYS] for values in results['sequences'].values()]
    assert np.isfinite(numbers).all()
