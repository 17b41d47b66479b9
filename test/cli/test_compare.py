import json
import os
from pathlib import Path
import subprocess
import sys

import pytest
from report_example import example_frames, example_results, example_sequence

from depth_nodes.cli.main import main


def written(path: Path, shift: float = 0.0, **changes) -> Path:
    frames = example_frames(100, shift, seed=int(shift * 1000))
    path.write_text(json.dumps(example_results({'room': example_sequence(frames)}) | changes))
    return path


@pytest.fixture
def pair(tmp_path) -> list[str]:
    return [str(written(tmp_path / 'old.json')), str(written(tmp_path / 'new.json', 0.03))]


def test_the_screen_shows_a_table_and_what_differs(pair, capsys):
    assert main(['compare', *pair]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:4] == ['sequence', 'metric', 'old', 'new']
    assert lines[1].split()[:2] == ['room', 'abs_rel']
    assert lines[1].endswith('worse')
    assert lines[-2].startswith('new against old, 100 frames: worse in abs_rel')


def test_json_holds_the_numbers(pair, tmp_path, capsys):
    output = tmp_path / 'made' / 'compared.json'
    assert main(['compare', *pair, '--output', str(output)]) == 0
    found = json.loads(output.read_text())['comparisons']['new']['overall']['metrics']['abs_rel']
    assert found['low'] < found['difference'] < found['high']
    assert found['verdict'] == 'worse'
    assert f'written: {output}' in capsys.readouterr().out


def test_html_is_a_page(pair, tmp_path):
    assert main(['compare', *pair, '--output', str(tmp_path / 'compared.html')]) == 0
    assert (tmp_path / 'compared.html').read_text().startswith('<!DOCTYPE html>')


def test_an_incomplete_run_is_minded(pair, tmp_path, capsys):
    half = written(tmp_path / 'half.json', complete=False)
    assert main(['compare', pair[0], str(half)]) == 0
    assert 'mind: half is incomplete' in capsys.readouterr().out


def test_other_settings_are_wrong_use_in_one_line(pair, tmp_path, capsys):
    other = written(tmp_path / 'other.json', align='median')
    assert main(['compare', pair[0], str(other)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith('align is none in old and median in other; evaluate both alike')


def test_a_damaged_file_fails_in_one_line(pair, tmp_path, capsys):
    (tmp_path / 'cut.json').write_text('{"schema": 2, "mod')
    assert main(['compare', pair[0], str(tmp_path / 'cut.json')]) == 1
    assert 'is no JSON' in capsys.readouterr().err


@pytest.mark.parametrize('arguments', [[], ['a.json', 'b.json', '--output', 'run.csv']])
def test_wrong_use_exits_with_2(arguments):
    with pytest.raises(SystemExit) as caught:
        main(['compare', *arguments])
    assert caught.value.code == 2


def test_one_run_alone_is_wrong_use(pair):
    assert main(['compare', pair[0]]) == 2


def test_a_terminal_of_few_letters_gets_the_others_spelled_out(pair):
    command = [sys.executable, '-m', 'depth_nodes', 'compare', *pair]
    environment = {**os.environ, 'PYTHONIOENCODING': 'ascii'}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stderr) == (0, '')
    assert 'worse in abs_rel (0.' in done.stdout
    assert r' \u2192 ' in done.stdout
