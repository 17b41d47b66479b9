"""The names that people's scripts use, held against the list in golden/public_names.yaml.

A name that is missing there was added without saying so; one that is missing here was taken away.
"""

import argparse
import ast
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
TOPIC_MAKER = re.compile('create_((lifecycle_)?publisher|subscription)')
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


def topics_of_the_nodes() -> set[str]:
    """What ros/topics.py names, and what is written out where a topic is made; needs no ROS."""
    folder = ROOT / 'depth_nodes/ros'
    named = [
        node.value
        for node in ast.parse((folder / 'topics.py').read_text()).body
        if isinstance(node, ast.Assign)
    ]
    made = [
        argument
        for path in folder.rglob('*.py')
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and TOPIC_MAKER.fullmatch(getattr(node.func, 'attr', ''))
        for argument in node.args
    ]
    return {
        constant.value
        for value in (*named, *made)
        for constant in ast.walk(value)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    }


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


def test_topics():
    assert topics_of_the_nodes() == set(PROMISED['topics'])


def test_launch_files():
    files = {path.name for path in (ROOT / 'launch').rglob('*.launch.*')}
    assert files == set(PROMISED['launch_files'])
