import os

import pytest

from depth_nodes.cli.partial_results import PartialResults

SETTINGS = {'align': 'none', 'min_depth_m': '0.1'}
RESULT = {'frames': 3, 'abs_rel': 0.1 + 0.2, 'silog': None}


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / 'bag'
    folder.mkdir()
    (folder / 'a.mcap').write_bytes(b'123')
    return folder


def test_what_was_kept_is_found_by_the_same_command(source, tmp_path):
    output = tmp_path / 'run.json'
    PartialResults(output, SETTINGS).add(source, RESULT)
    again = PartialResults(output, SETTINGS)
    assert again.find(source) == RESULT
    assert again.find(tmp_path) is None
    assert again.path == tmp_path / 'run.json.partial'
    again.remove()
    again.remove()
    assert PartialResults(output, SETTINGS).find(source) is None


def test_other_settings_other_files_and_damage_count_for_nothing(source, tmp_path):
    output = tmp_path / 'run.json'
    PartialResults(output, SETTINGS).add(source, RESULT)
    assert PartialResults(output, SETTINGS | {'align': 'median'}).find(source) is None
    (source / 'a.mcap').write_bytes(b'1234')
    assert PartialResults(output, SETTINGS).find(source) is None
    (source / 'a.mcap').write_bytes(b'123')
    os.utime(source / 'a.mcap', (1, 1))
    assert PartialResults(output, SETTINGS).find(source) is None
    for text in ('', '[]', '[]\n3', '{"settings": 3}', '{"results'):
        (tmp_path / 'run.json.partial').write_text(text)
        assert PartialResults(output, SETTINGS).find(source) is None


def test_a_line_that_was_cut_off_takes_no_other_with_it(source, tmp_path):
    output, other = tmp_path / 'run.json', tmp_path / 'other.mcap'
    other.write_bytes(b'12')
    kept = PartialResults(output, SETTINGS)
    kept.add(source, RESULT)
    kept.add(other, RESULT)
    kept.path.write_text(kept.path.read_text()[:-5])
    again = PartialResults(output, SETTINGS)
    assert (again.find(source), again.find(other)) == (RESULT, None)
    again.add(other, RESULT)
    again = PartialResults(output, SETTINGS)
    assert (again.find(source), again.find(other)) == (RESULT, RESULT)
