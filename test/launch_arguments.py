"""What a launch file takes, read from its text: launch itself needs a ROS installation."""

import ast
from pathlib import Path


def declared_arguments(launch_file: Path) -> set[str]:
    """The names of its arguments."""
    tree = ast.parse(launch_file.read_text())
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == 'DeclareLaunchArgument'
    }
