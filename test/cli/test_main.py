import argparse
from importlib.metadata import PackageNotFoundError
import logging
from pathlib import Path
import subprocess
import sys
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from depth_nodes.cli import main as cli
from depth_nodes.errors import CheckpointError, ConfigError, DepthNodesError, InputError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _same_log_level_afterwards():
    level = logging.getLogger('depth_nodes').level
    yield
    logging.getLogger('depth_nodes').setLevel(level)


@pytest.fixture
def command(monkeypatch):
    """Puts a subcommand `work` that calls a function in place of the real ones."""

    def put(work):
        def add_arguments(parser: argparse.ArgumentParser) -> None:
            parser.add_argument('--count', type=int, default=0)

        module = SimpleNamespace(__doc__='Works.\n\nMore.', add_arguments=add_arguments, run=work)
        monkeypatch.setattr(cli, 'COMMANDS', {'work': module})

    return put


def raising(error: BaseException):
    def work(arguments):
        raise error

    return work


def test_a_copy_of_the_repository_runs_without_being_installed(command, monkeypatch):
    monkeypatch.setattr(cli, 'version', raising(PackageNotFoundError('depth_nodes')))
    command(lambda arguments: 0)
    assert cli.main(['work']) == 0


@pytest.mark.parametrize('code', [0, 1])
def test_the_exit_code_is_the_subcommands(command, code):
    command(lambda arguments: code)
    assert cli.main(['work']) == code


def test_the_subcommand_gets_its_arguments(command):
    command(lambda arguments: arguments.count)
    assert cli.main(['work', '--count', '3']) == 3


@pytest.mark.parametrize(
    ('kind', 'code'),
    [(DepthNodesError, 1), (InputError, 1), (CheckpointError, 1), (ConfigError, 2)],
)
def test_a_users_mistake_is_one_line_on_stderr(command, capsys, kind, code):
    command(raising(kind('turn it on')))
    assert cli.main(['work']) == code
    captured = capsys.readouterr()
    assert captured.err == 'depth_nodes: error: turn it on\n'
    assert captured.out == ''


def test_a_file_that_cannot_be_written_is_one_line(command, capsys, tmp_path):
    command(lambda arguments: (tmp_path / 'missing' / 'file').write_text(''))
    assert cli.main(['work']) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f'depth_nodes: error: No such file or directory: {tmp_path}/missing/file'


def test_what_is_in_the_way_is_named_with_the_way_out(command, capsys, tmp_path):
    (tmp_path / 'file').write_text('')
    command(lambda arguments: (tmp_path / 'file').mkdir())
    assert cli.main(['work']) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(f'File exists: {tmp_path}/file; choose another place')


@pytest.mark.parametrize(
    ('error', 'line'),
    [
        (OSError(28, 'No space left on device'), 'No space left on device'),
        (OSError('the file\nis gone'), 'the file is gone'),
        (OSError(), 'OSError'),
    ],
)
def test_what_the_system_refuses_is_one_line_even_without_a_file(command, capsys, error, line):
    command(raising(error))
    assert cli.main(['work']) == 1
    assert capsys.readouterr().err == f'depth_nodes: error: {line}\n'


def test_our_own_mistakes_keep_their_traceback(command):
    command(raising(ValueError('a')))
    with pytest.raises(ValueError, match='a'):
        cli.main(['work'])


def test_an_interrupt_is_told_from_a_failure(command):
    command(raising(KeyboardInterrupt()))
    assert cli.main(['work']) == 130


@pytest.mark.parametrize('argv', [[], ['play'], ['work', '--count', 'x'], ['work', '--number']])
def test_wrong_use_exits_with_2(command, capsys, argv):
    command(lambda arguments: 0)
    with pytest.raises(SystemExit) as caught:
        cli.main(argv)
    assert caught.value.code == 2
    assert 'usage: depth_nodes' in capsys.readouterr().err


def test_help_shows_the_first_line_of_each_docstring(command, capsys):
    command(lambda arguments: 0)
    with pytest.raises(SystemExit) as caught:
        cli.main(['--help'])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    assert 'Works.' in text
    assert 'More.' not in text


@pytest.mark.parametrize('name', sorted(cli.COMMANDS))
def test_every_real_subcommand_explains_itself(name, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main([name, '--help'])
    assert caught.value.code == 0
    assert f'usage: depth_nodes {name}' in capsys.readouterr().out


@pytest.mark.parametrize(('options', 'level'), [([], logging.INFO), (['-v'], logging.DEBUG)])
def test_verbose_means_debug_messages_of_ours(command, options, level):
    command(lambda arguments: 0)
    cli.main([*options, 'work'])
    assert logging.getLogger('depth_nodes').level == level


def test_the_command_is_a_process_with_version_and_exit_code():
    done = subprocess.run(
        [sys.executable, '-m', 'depth_nodes', '--version'], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert done.stdout.strip() == ElementTree.parse(ROOT / 'package.xml').findtext('version')
    done = subprocess.run(
        [sys.executable, '-m', 'depth_nodes', 'nothing'], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert 'Traceback' not in done.stderr


def test_a_reader_that_goes_away_causes_no_traceback():
    program = (
        'import sys, types; from depth_nodes.cli import main as cli\n'
        'def run(arguments):\n'
        '    for _ in range(100000): print("line")\n'
        '    return 0\n'
        'cli.COMMANDS = {"work": types.SimpleNamespace(\n'
        '    __doc__="Works.", add_arguments=lambda parser: None, run=run)}\n'
        'sys.exit(cli.main(["work"]))'
    )
    process = subprocess.Popen(
        [sys.executable, '-c', program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == 'line\n'
    process.stdout.close()
    assert process.stderr.read() == ''
    process.stderr.close()
    assert process.wait(timeout=120) == 1


def test_starting_the_command_line_loads_neither_torch_nor_ros():
    program = (
        'import sys; import depth_nodes.cli.main as cli; cli.make_parser()\n'
        'print(*sorted({"torch", "rclpy", "onnxruntime", "rosbags"} & set(sys.modules)))'
    )
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ''
