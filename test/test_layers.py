"""Which way imports go, read from the text of the files: needs neither ROS nor torch to run."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
import subprocess
import sys

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / 'depth_nodes'
FILES = sorted(PACKAGE.rglob('*.py'))

# A layer is a folder or file right below the package; it may import itself and these.
LAYERS = {
    '__init__': '',
    'errors': '',
    'model_header': '',
    'config_loader': 'errors',
    'messages': 'errors',
    'geometry': 'errors',
    'networks': 'errors geometry model_header',
    'losses': 'errors geometry',
    'data': 'errors geometry messages',
    'evaluation': 'errors geometry messages data',
    'runtime': 'errors config_loader messages geometry model_header networks',
    'training': 'errors config_loader geometry networks losses data evaluation',
    'ros': 'errors config_loader messages data evaluation runtime',
    'cli': 'errors config_loader messages geometry model_header networks losses data evaluation'
    ' runtime training',
    '__main__': 'cli',
}
# Packages of a ROS installation, by their import names or endings.
ROS_PACKAGES = {
    'ament_index_python', 'cv_bridge', 'diagnostic_updater', 'launch', 'launch_ros',
    'message_filters', 'rcl_interfaces', 'rclpy', 'rosbag2_py', 'rosidl_runtime_py',
    'sensor_msgs_py', 'std_srvs', 'tf2_ros',
}  # fmt: skip
# What only a GPU's path imports, and the torch backend.
TORCH_IN_RUNTIME = ('parity', 'tensorrt_', 'torch_')
TORCH_FREE = ('messages', 'ros', 'data', 'evaluation', 'cli/main.py', 'config_loader.py')


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix('.py')


def modules_imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of everything imported anywhere below, `from a import b` being `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f'{"." * node.level}{node.module}.{alias.name}' for alias in node.names)


def is_ros(module: str) -> bool:
    top = module.split('.')[0]
    return top in ROS_PACKAGES or top.endswith('_msgs')


def violations(layer: str, tree: ast.AST) -> list[str]:
    allowed = {layer, *LAYERS[layer].split()}
    wrong = []
    for module in modules_imported(tree):
        top, _, below = module.partition('.')
        is_forbidden = top == 'depth_nodes' and below.split('.')[0] not in allowed
        if is_forbidden or not top or (is_ros(module) and layer != 'ros'):
            wrong.append(module)
    return wrong


@pytest.mark.parametrize('path', FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_imports_only_what_its_layer_may(path):
    wrong = violations(layer_of(path), ast.parse(path.read_text()))
    assert not wrong, f'{path}: see docs/architecture.md for what this layer may import'


def test_the_layers_stand_on_one_another():
    order = TopologicalSorter({name: below.split() for name, below in LAYERS.items()})
    assert set(order.static_order()) == set(LAYERS)


@pytest.mark.parametrize(
    ('layer', 'line', 'is_wrong'),
    [
        ('messages', 'from depth_nodes.errors import InputError', False),
        ('messages', 'from depth_nodes.messages.camera import Camera', False),
        ('messages', 'from depth_nodes import runtime', True),
        ('messages', 'import depth_nodes.runtime.backend', True),
        ('networks', 'from depth_nodes.losses.smoothness import smoothness', True),
        ('ros', 'from depth_nodes.training.trainer import Trainer', True),
        ('ros', 'from sensor_msgs.msg import Image', False),
        ('cli', 'def run():\n    import rclpy', True),
        ('cli', 'from nav_msgs.msg import Odometry', True),
        ('errors', 'from .data import sample', True),
    ],
)
def test_the_check_finds_what_it_looks_for(layer, line, is_wrong):
    assert bool(violations(layer, ast.parse(line))) == is_wrong


def test_what_a_robot_or_a_quick_command_imports_leaves_torch_alone():
    names = [
        '.'.join(path.relative_to(PACKAGE.parent).with_suffix('').parts)
        for path in FILES
        if path.relative_to(PACKAGE).as_posix().startswith(TORCH_FREE)
        or (layer_of(path) == 'runtime' and not path.stem.startswith(TORCH_IN_RUNTIME))
    ]
    needs_ros = 'import importlib.util as u; has_ros = u.find_spec("rclpy") is not None'
    program = (
        f'import importlib, sys; {needs_ros}\n'
        f'for name in {names!r}:\n'
        '    if has_ros or not name.startswith("depth_nodes.ros"):\n'
        '        importlib.import_module(name)\n'
        'print(*sorted({name.split(".")[0] for name in sys.modules} & {"torch"}))'
    )
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ''


def test_what_runs_tensorrt_leaves_opencv_alone():
    """`make test-tensorrt` installs none."""
    pytest.importorskip('torch')
    program = 'import sys; sys.modules["cv2"] = None; import depth_nodes.runtime.tensorrt_backend'
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
