"""The command `depth_nodes`: parses, logs to stderr, calls a subcommand, turns errors to lines."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
import io
import logging
import os
import shlex
import sys
from types import ModuleType

from depth_nodes.cli import (
    bag,
    benchmark,
    compare,
    demo,
    evaluate,
    export,
    models,
    predict,
    prior_bank,
    release,
    render,
    replay,
    train,
)
from depth_nodes.errors import ConfigError, DepthNodesError

COMMANDS: dict[str, ModuleType] = {
    'predict': predict,
    'evaluate': evaluate,
    'compare': compare,
    'replay': replay,
    'bag': bag,
    'render': render,
    'train': train,
    'prior-bank': prior_bank,
    'export': export,
    'benchmark': benchmark,
    'release': release,
    'models': models,
    'demo': demo,
}
FAILED, WRONG_USE, INTERRUPTED = 1, 2, 130


def make_parser() -> argparse.ArgumentParser:
    """The parser with every subcommand; a subcommand's docstring is its help."""
    parser = argparse.ArgumentParser(
        prog='depth_nodes', description='Metric depth from one camera: tools around the nodes.'
    )
    parser.add_argument('--version', action='version', version=_version())
    parser.add_argument('-v', '--verbose', action='store_true', help='also log debug messages')
    subparsers = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    for name, command in COMMANDS.items():
        summary = (command.__doc__ or '').splitlines()[0]
        subparser = subparsers.add_parser(name, help=summary, description=summary)
        command.add_arguments(subparser)
    return parser


def configure_logging(is_verbose: bool) -> None:
    """Sends our messages to stderr, and those of other packages from a warning upwards."""
    logging.basicConfig(format='depth_nodes: %(levelname)s: %(message)s', level=logging.WARNING)
    logging.getLogger('depth_nodes').setLevel(logging.DEBUG if is_verbose else logging.INFO)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line.

    Returns:
        The exit code: 0 done, 1 the work failed, 2 a setting that is wrong, 130 interrupted.

    Raises:
        SystemExit: with code 2 for arguments that cannot be parsed, with 0 for --help and
            --version.
    """
    words = sys.argv[1:] if argv is None else argv
    arguments = make_parser().parse_args(words)
    arguments.command_line = shlex.join(['depth_nodes', *words])
    configure_logging(arguments.verbose)
    try:
        return int(COMMANDS[arguments.command].run(arguments))
    except ConfigError as error:
        _print_error(str(error))
        return WRONG_USE
    except DepthNodesError as error:
        _print_error(str(error))
    except BrokenPipeError:
        # The reader of our output went away (`| head`); nothing may be flushed into it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        _print_error(_line_from_os_error(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    return FAILED


def _version() -> str:
    try:
        return version('depth_nodes')
    except PackageNotFoundError:
        return 'not installed: it runs from a copy of the repository'


def _print_error(text: str) -> None:
    print(f'depth_nodes: error: {text}', file=sys.stderr)


def _line_from_os_error(error: OSError) -> str:
    """What failed, and on which file where one is known: a full disk names none."""
    reason = error.strerror or ' '.join(str(error).split()) or type(error).__name__
    if error.filename is None:
        return reason
    is_in_the_way = isinstance(error, (FileExistsError, NotADirectoryError, PermissionError))
    advice = '; choose another place' if is_in_the_way else ''
    return f'{reason}: {error.filename}{advice}'


def console() -> None:
    """Entry point of the installed command."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal need not know every letter
        sys.stdout.reconfigure(errors='backslashreplace')
    sys.exit(main())
