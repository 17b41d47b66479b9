import json
import subprocess

import pytest

from depth_nodes.cli import machine
from depth_nodes.cli.machine import describe_machine


def test_a_measurement_can_be_placed():
    description = describe_machine()
    assert description['cpu']
    assert description['cores'] >= 1
    assert description['versions']['numpy'].count('.') == 2
    json.dumps(description)


def test_the_commit_is_that_of_the_checkout_and_marked_when_files_differ(tmp_path, monkeypatch):
    def git(*arguments: str) -> str:
        options = ['-c', 'user.name=a', '-c', 'user.email=a@b']
        command = ['git', '-C', str(tmp_path), *options, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    monkeypatch.setattr(machine, 'CHECKOUT', tmp_path)
    assert describe_machine()['commit'] is None
    git('init', '-q')
    (tmp_path / 'file').write_text('one')
    git('add', 'file')
    git('commit', '-q', '-m', 'one')
    commit = git('rev-parse', '--short=12', 'HEAD').strip()
    assert describe_machine()['commit'] == commit
    (tmp_path / 'file').write_text('two')
    assert describe_machine()['commit'] == f'{commit}+'


def test_a_package_that_is_not_installed_has_no_version(monkeypatch):
    monkeypatch.setattr(machine, 'PACKAGES', ('no-such-package',))
    assert describe_machine()['versions'] == {'no-such-package': None}


def test_an_unreadable_processor_has_a_name_still(monkeypatch):
    monkeypatch.setattr(machine.Path, 'read_text', _raise)
    assert machine._cpu_name()


def _raise(path: object) -> str:
    raise OSError(path)


@pytest.mark.parametrize('broken', ['', 'git'])
def test_a_broken_checkout_has_no_commit(tmp_path, monkeypatch, broken):
    (tmp_path / '.git').mkdir()
    monkeypatch.setattr(machine, 'CHECKOUT', tmp_path)
    if broken:
        monkeypatch.setenv('PATH', str(tmp_path))
    assert describe_machine()['commit'] is None
