"""What cannot be written is refused before the work."""

import argparse

import pytest

from depth_nodes.cli.output_file import output_file


def test_new_and_old_files_are_taken(tmp_path):
    old = tmp_path / 'old'
    old.write_text('')
    assert output_file(str(old)) == old
    assert output_file(str(tmp_path / 'deep' / 'new')) == tmp_path / 'deep' / 'new'


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(argparse.ArgumentTypeError, match='is a folder; give a file'):
        output_file(str(tmp_path))
