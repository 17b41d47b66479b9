"""The node as a process of its own: exit codes, and what it does not load."""

import subprocess
import sys

import pytest

COMMAND = [sys.executable, '-m', 'depth_nodes.ros.nodes.refiner_node', '--ros-args']


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['-p', 'model:=patch_refiner_v9'], "there is no model 'patch_refiner_v9' in "),
        (['-p', 'model:=small_depth'], 'small_depth is no refiner; give '),
        (['-p', 'backend:=vulkan'], "backend is 'vulkan': it must be one of auto, tensorrt,"),
        (['-p', 'max_tile:=3'], 'there is no parameter max_tile: did you mean max_tiles'),
        (['-p', 'min_depth_m:=9', '-p', 'max_depth_m:=3'], 'choose 0 < min_depth_m < max_depth_m'),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_1(arguments, message):
    result = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 1
    lines = (result.stdout + result.stderr).splitlines()
    assert len(lines) == 1, lines
    assert message in lines[0]


def test_torch_is_left_alone_until_it_is_needed():
    code = (
        'import sys, rclpy; from depth_nodes.ros.nodes.refiner_node import RefinerNode; '
        'from rclpy.parameter import Parameter; rclpy.init(); '
        'RefinerNode(parameter_overrides=[Parameter("backend", value="fake")]).start(); '
        'assert "torch" not in sys.modules, "torch"; rclpy.shutdown()'
    )
    assert subprocess.run([sys.executable, '-c', code], timeout=120, check=False).returncode == 0
