"""The names that people's scripts use, held against the list in golden/public_names.yaml.

A name that is missing there was added without saying so; one that is missing here was taken away.
"""

import argparse
from collections.abc import Iterator
import configparser
import importlib
from pathlib import Path
import re
import subprocess
import sys

import pytest
import yaml

from depth_nodes.cli.main import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
PROMISED = yaml.safe_load((ROOT / 'test/golden/public_names.yaml').read_text())


def options_of(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Long options and positional arguments, those of sub-subcommands after their names."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, subparser in action.choices.items():
                yield from (f'{name} {option}' for option in options_of(subparser))
        elif action.dest != 'help':
            yield from [name for name in action.option_strings if name.startswith('--')][:1] or [
                action.dest
            ]


@pytest.fixture(scope='module')
def entry_points(tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp('egg')
    subprocess.run(
        [sys.executable, 'setup.py', '--quiet', 'egg_info', '--egg-base', folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    parser = configparser.ConfigParser()
    parser.read(folder / 'depth_nodes.egg-info/entry_points.txt')
    return dict(parser['console_scripts'])


def test_subcommands():
    assert list(COMMANDS) == list(PROMISED['commands'])


@pytest.mark.parametrize('name', COMMANDS)
def test_options_of_a_subcommand(name):
    parser = argparse.ArgumentParser()
    COMMANDS[name].add_arguments(parser)
    assert sorted(options_of(parser)) == sorted(PROMISED['commands'][name])


def test_executables(entry_points):
    assert sorted(entry_points) == sorted(PROMISED['executables'])


def test_every_executable_has_its_function(entry_points):
    for target in entry_points.values():
        module, _, function = target.partition(':')
        if module.startswith('depth_nodes.ros'):
            pytest.importorskip('rclpy')
        assert callable(getattr(importlib.import_module(module), function))


def test_make_targets():
    targets = re.findall(r'^([a-z-]+):', (ROOT / 'Makefile').read_text(), re.M)
    assert sorted(targets) == sorted(PROMISED['make_targets'])


def test_launch_files():
    assert sorted(path.name for path in (ROOT / 'launch').glob('*.launch.py')) == sorted(
        PROMISED['launch_files']
    )
