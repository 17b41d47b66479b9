"""The node as a process: exit codes, and what a user sees of a mistake."""

from pathlib import Path
import signal
import subprocess
import sys

import pytest

COMMAND = [sys.executable, '-m', 'depth_nodes.ros.nodes.depth_node', '--ros-args']
SHIPPED = Path(__file__).resolve().parents[3] / 'config/realtime.yaml'
FAST = ['-p', 'backend:=fake', '-p', 'input_height_px:=96', '-p', 'input_width_px:=96']


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=120, check=False
    )


def start(*arguments: str, last_topic: str = '/camera_info') -> 'subprocess.Popen[str]':
    """A node that is active and has just told that it waits for this topic."""
    process = subprocess.Popen([*COMMAND, *arguments], stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if 'waiting for images' in line and line.endswith(f' and {last_topic}\n'):
            return process
    raise AssertionError('the node did not start')


def finish(process: 'subprocess.Popen[str]') -> tuple[int, str]:
    with process:
        _, errors = process.communicate(timeout=120)
    return process.returncode, errors


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['-p', 'output_encodng:=16UC1'], 'no parameter output_encodng: did you mean output_enc'),
        (['-p', 'max_depth_m:=far'], "max_depth_m is 'far': it must be a number"),
        (['-p', 'min_depth_m:=9', '-p', 'max_depth_m:=3'], 'choose 0 < min_depth_m < max_depth_m'),
        (['-p', 'cameras:=[front, front]'], "['front', 'front']: it must be different names of"),
        (['-p', 'model:=/nowhere/small.onnx'], '/nowhere/small.onnx is missing'),
        (['-p', 'models_dir:=/nowhere'], '/nowhere'),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_1(arguments, message):
    result = run(*arguments)
    assert result.returncode == 1
    lines = (result.stdout + result.stderr).splitlines()
    assert len(lines) == 1, lines
    assert message in lines[0]


def test_topics_that_are_too_long_are_told_in_a_line():
    names = ['-p', f'cameras:=[{"a" * 64}]', '-r', f'__ns:=/{"n" * 180}']
    result = run(*FAST, *names)
    assert result.returncode == 1
    _, line = result.stderr.splitlines()  # the first one is the model's
    assert 'Invalid topic name: topic length' in line


def test_a_typo_in_a_parameter_file(tmp_path: Path):
    path = tmp_path / 'parameters.yaml'
    path.write_text('depth_node:\n  ros__parameters:\n    point_stride: 2\n')
    result = run('--params-file', str(path))
    assert result.returncode == 1
    assert 'no parameter point_stride: did you mean points_stride' in result.stderr
    assert 'Traceback' not in result.stderr


def test_cameras_from_the_shipped_parameter_file(tmp_path: Path):
    """As `ros2 launch` starts the node: with remappings for one camera, which touch no other."""
    path = tmp_path / 'parameters.yaml'
    shipped = SHIPPED.read_text()
    path.write_text(shipped.replace('cameras: [] ', 'cameras: [front, left] '))
    remapped = ['-r', 'image:=/lens/raw', '-r', 'camera_info:=/lens/camera_info', *FAST]
    for file, last_topic in ((SHIPPED, '/lens/camera_info'), (path, '/left/camera_info')):
        process = start('--params-file', str(file), *remapped, last_topic=last_topic)
        process.send_signal(signal.SIGINT)
        assert finish(process)[0] == 0


def test_an_unreadable_parameter_file():
    result = run('--params-file', '/nowhere/parameters.yaml')
    assert result.returncode == 1
    assert '/nowhere/parameters.yaml' in result.stderr
    assert 'Traceback' not in result.stderr


def test_a_node_on_onnx_leaves_torch_alone():
    code = (
        'import sys, rclpy; from depth_nodes.ros.nodes.depth_node import DepthNode; '
        'from rclpy.parameter import Parameter; rclpy.init(); '
        'DepthNode(parameter_overrides=[Parameter("backend", value="onnx")]).start(); '
        'assert "torch" not in sys.modules, "torch"; rclpy.shutdown()'
    )
    assert subprocess.run([sys.executable, '-c', code], timeout=120, check=False).returncode == 0
