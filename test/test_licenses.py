"""docs/licenses.md, held against the metadata of what is installed."""

from importlib import util
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / 'docs'
SPEC = util.spec_from_file_location('write_licenses', DOCS / 'write_licenses.py')
write_licenses = util.module_from_spec(SPEC)
SPEC.loader.exec_module(write_licenses)

ROWS = {
    name: (license_name, purpose)
    for name, license_name, purpose in (
        line.strip('| ').split(' | ')
        for line in (DOCS / 'licenses.md').read_text().splitlines()
        if line.startswith('| ') and not line.startswith('| package')
    )
}
# Of what a robot runs: any use, and nothing of one's own code to publish.
PERMISSIVE = {
    '0BSD', 'any-OSI', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'MIT', 'MPL-2.0',
    'PSF-2.0', 'Zlib',
}  # fmt: skip


def test_every_dependency_has_a_row():
    missing = set(write_licenses.packages()) - set(ROWS)
    assert not missing, 'run `make docs`'


@pytest.mark.parametrize('name', ROWS)
def test_a_row_says_what_the_installed_version_says(name):
    try:
        said = write_licenses.license_of(name)
    except PackageNotFoundError:
        pytest.skip(f'{name} is not installed')
    expected = write_licenses.NOT_IN_METADATA.get(name, said)
    assert ROWS[name][0] == expected, 'run `make docs`'
    if name in write_licenses.NOT_IN_METADATA:
        assert said in ('', 'BSD License', expected), 'the metadata has learnt to say it'


def test_a_robot_runs_permissive_licences_only():
    for name, (license_name, purpose) in ROWS.items():
        if purpose in ('robot', 'ros'):
            parts = license_name.replace(' OR ', ' AND ').split(' AND ')
            assert set(parts) <= PERMISSIVE, name
