import json
from pathlib import Path

import pytest
from report_example import example_frames, example_results, example_sequence

from depth_nodes.errors import ConfigError, InputError
from depth_nodes.evaluation.run_file import read_runs


def written(path: Path, **changes) -> Path:
    results = example_results({'room': example_sequence(example_frames(3))}) | changes
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results))
    return path


def test_runs_are_called_after_their_files(tmp_path):
    paths = [written(tmp_path / name) for name in ('a/run.json', 'b/run.json', 'new.json')]
    runs = read_runs(paths)
    assert [run.name for run in runs] == [str(paths[0]), str(paths[1]), 'new']
    assert runs[2].results['model'] == 'fake'


@pytest.mark.parametrize(
    ('changes', 'reason'),
    [
        ({'align': 'median'}, 'align is none in a and median in b; evaluate both alike'),
        ({'crop': 'garg'}, 'crop is none in a and garg in b'),
        ({'max_depth_m': 10.0}, 'max_depth_m is 80.0 in a and 10.0 in b'),
        ({'protocol': 'kitti'}, 'protocol is None in a and kitti in b'),
    ],
)
def test_other_settings_are_refused(tmp_path, changes, reason):
    paths = [written(tmp_path / 'a.json'), written(tmp_path / 'b.json', **changes)]
    with pytest.raises(ConfigError, match=reason):
        read_runs(paths)


def test_one_run_is_none_to_compare(tmp_path):
    path = written(tmp_path / 'a.json')
    for paths in ([path], [path, path]):
        with pytest.raises(ConfigError, match='two|different'):
            read_runs(paths)


@pytest.mark.parametrize(
    ('text', 'reason'),
    [('{', 'is no JSON'), ('[]', 'evaluate again'), ('{"schema": 1}', 'evaluate again'),
     ('{"schema": 2}', 'evaluate again'), ('\xff', 'is no JSON'), ('[' * 100000, 'is no JSON')],
)  # fmt: skip
def test_what_is_no_run_is_said(tmp_path, text, reason):
    (tmp_path / 'b.json').write_bytes(text.encode('latin-1'))
    with pytest.raises(InputError, match=reason):
        read_runs([written(tmp_path / 'a.json'), tmp_path / 'b.json'])


def frames(results: dict) -> list[dict]:
    return results['sequences']['room']['per_frame']


@pytest.mark.parametrize(
    'spoil',
    [
        lambda results: results.update(sequences=None),
        lambda results: results.update(max_depth_m=None),
        lambda results: results['sequences'].update(room=5),
        lambda results: results['sequences']['room'].pop('by_range'),
        lambda results: results['sequences']['room'].update(by_range=[{'min_m': 0}]),
        lambda results: results['sequences']['room'].pop('per_frame'),
        lambda results: frames(results).append(None),
        lambda results: frames(results)[1].pop('d1'),
        lambda results: frames(results)[1].update(abs_rel='small'),
        lambda results: frames(results)[1].update(abs_rel=[]),
        lambda results: frames(results)[1].update(rmse=float('inf')),
        lambda results: frames(results)[1].update(scale=-1.0),
        lambda results: frames(results)[1].update(stamp_s='noon'),
        lambda results: frames(results)[1].update(name=None),
    ],
)
def test_results_that_were_spoiled_are_refused(tmp_path, spoil):
    path = written(tmp_path / 'b.json')
    results = json.loads(path.read_text())
    spoil(results)
    path.write_text(json.dumps(results))
    with pytest.raises(InputError, match='b.json holds no results of this version'):
        read_runs([written(tmp_path / 'a.json'), path])


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(InputError, match='cannot be read'):
        read_runs([written(tmp_path / 'a.json'), tmp_path / 'none.json'])
