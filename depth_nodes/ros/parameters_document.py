"""Writes docs/parameters.md from the parameter classes: `make docs` calls it.

python -m depth_nodes.ros.parameters_document docs/parameters.md
"""

from __future__ import annotations

from pathlib import Path
import sys

from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.evaluator_parameters import EvaluatorParameters
from depth_nodes.ros.parameters import Specification, specifications
from depth_nodes.ros.player_parameters import PlayerParameters
from depth_nodes.ros.refiner_parameters import RefinerParameters

NODES: dict[str, type] = {
    'depth_node': DepthParameters,
    'player_node': PlayerParameters,
    'evaluator_node': EvaluatorParameters,
    'refiner_node': RefinerParameters,
}
HEADER = """# Parameters

Made by `make docs` from `depth_nodes/ros/*_parameters.py`; do not edit.

Those marked "at run time" may change while the node runs, from its next frame on: `ros2 param set
/depth_node temporal_filter true`. All others are read once, at start, and `ros2 param set` is
refused. A name or value that is wrong ends the node with one line that says what is allowed.
"""
TABLE_HEADER = '| parameter | type | default | allowed | |\n|---|---|---|---|---|'
TYPE_NAMES = {bool: 'bool', int: 'int', float: 'double', str: 'string', tuple: 'string_array'}


def document() -> str:
    """The whole page."""
    return '\n'.join([HEADER, *(_section(name, one) for name, one in NODES.items())])


def _section(node_name: str, parameters_class: type) -> str:
    rows = [_row(name, one) for name, one in specifications(parameters_class).items()]
    return '\n'.join([f'## {node_name}\n', TABLE_HEADER, *rows, ''])


def _row(name: str, specification: Specification) -> str:
    default = specification.default
    shown = '' if default == () else str(default)
    if isinstance(default, bool):
        shown = shown.lower()
    cells = [
        f'`{name}`',
        TYPE_NAMES[type(default)],
        f'`{shown}`' if shown else 'empty',
        specification.constraint,
        f'{specification.description}{" (at run time)" if specification.is_dynamic else ""}',
    ]
    return f'| {" | ".join(cells)} |'


if __name__ == '__main__':
    Path(sys.argv[1]).write_text(document(), encoding='utf-8')
