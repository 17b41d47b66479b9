"""How `evaluate` compares: a protocol of config/evaluation, and what single options change."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import get_args

from depth_nodes.config_loader import load_config
from depth_nodes.errors import ConfigError
from depth_nodes.evaluation.crop import Crop
from depth_nodes.evaluation.evaluation_config import Align, EvaluationConfig
from depth_nodes.runtime.model_store import find_share

PROTOCOLS = Path('config/evaluation')
SUFFIX = '.yaml'
BEST_KNOWN = 'kitti_eigen'
DEFAULTS = EvaluationConfig()


def add_protocol_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds --protocol and the options that override its parts."""
    parser.add_argument(
        '--protocol',
        metavar='NAME or FILE',
        help='of config/evaluation, such as kitti_eigen, or a YAML file of your own; the four '
        'options below override it',
    )
    parser.add_argument(
        '--align',
        choices=get_args(Align),
        help=f'each image to its truth; default: {DEFAULTS.align}',
    )
    parser.add_argument('--crop', choices=get_args(Crop), help=f'default: {DEFAULTS.crop}')
    for name in ('min_depth_m', 'max_depth_m'):
        parser.add_argument(
            f'--{name.replace("_", "-")}',
            type=float,
            metavar='M',
            help=f'compared truth; default: {getattr(DEFAULTS, name):g}',
        )


def config_from_arguments(arguments: argparse.Namespace) -> EvaluationConfig:
    """What the protocol says, and the options where they are given.

    Raises:
        ConfigError: there is no such protocol, it is wrong, or the range is none.
    """
    config = DEFAULTS if arguments.protocol is None else load_protocol(arguments.protocol)
    given = {
        field.name: getattr(arguments, field.name)
        for field in dataclasses.fields(config)
        if getattr(arguments, field.name) is not None
    }
    return dataclasses.replace(config, **given)


def load_protocol(name_or_file: str) -> EvaluationConfig:
    """A protocol by its name in config/evaluation, or by the path of a YAML file.

    Raises:
        ConfigError: there is none, or it does not fit.
    """
    if Path(name_or_file).suffix in (SUFFIX, '.yml'):
        return load_config(EvaluationConfig, name_or_file)
    file = find_share(_file(name_or_file))
    if file is None:
        raise ConfigError(
            f'there is no protocol {name_or_file!r}; choose one of '
            f'{", ".join(protocol_names())}, or give a file that ends in {SUFFIX}'
        )
    return load_config(EvaluationConfig, file)


def protocol_names() -> list[str]:
    """The protocols that come with the package."""
    one = find_share(_file(BEST_KNOWN))
    return sorted(file.stem for file in one.parent.glob(f'*{SUFFIX}')) if one else []


def _file(name: str) -> Path:
    return PROTOCOLS / f'{name}{SUFFIX}'
