from pathlib import Path
import subprocess
import sys

import pytest

from depth_nodes.ros.parameters import specifications
from depth_nodes.ros.parameters_document import document, NODES

PAGE = Path(__file__).resolve().parents[2] / 'docs/parameters.md'


def test_the_page_in_the_repository_is_the_newest():
    assert PAGE.read_text(encoding='utf-8') == document(), 'run `make docs`'


@pytest.mark.parametrize('node', NODES)
def test_every_parameter_has_a_row_with_its_text(node):
    section = document().split(f'## {node}\n')[1].split('\n## ')[0]
    for name, specification in specifications(NODES[node]).items():
        row = next(line for line in section.splitlines() if line.startswith(f'| `{name}` |'))
        assert row.count('|') == 6, 'a bar inside a text would break the table'
        assert specification.description in row
        assert specification.constraint in row


def test_the_command_of_the_makefile(tmp_path):
    path = tmp_path / 'parameters.md'
    command = [sys.executable, '-m', 'depth_nodes.ros.parameters_document', str(path)]
    subprocess.run(command, check=True, timeout=60)
    assert path.read_text(encoding='utf-8') == document()
