"""evaluate_bag.launch.py: its text, and, where launch is installed, its processes."""

import dataclasses
import json
from pathlib import Path
import shutil
import subprocess

from launch_arguments import declared_arguments
import numpy as np
import pytest
import yaml

from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import write_sequence
from depth_nodes.messages.camera import Camera
from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.evaluator_parameters import EvaluatorParameters
from depth_nodes.ros.player_parameters import PlayerParameters

ROOT = Path(__file__).resolve().parents[2]
LAUNCH_FILE = ROOT / 'launch/evaluate_bag.launch.py'
PARAMETERS = ROOT / 'config/replay.yaml'
NODES = {
    'depth_node': DepthParameters,
    'player_node': PlayerParameters,
    'evaluator_node': EvaluatorParameters,
}


def test_arguments_are_those_of_the_public_interface():
    assert declared_arguments(LAUNCH_FILE) == {
        'bag', 'rate', 'step', 'output', 'params_file', 'model', 'backend', 'namespace',
        'log_level',
    }  # fmt: skip


def test_the_parameters_of_a_replay_are_those_that_evaluate_compares_with():
    (nodes,) = yaml.safe_load(PARAMETERS.read_text()).values()
    assert nodes.keys() == NODES.keys()
    for name, parameters_class in NODES.items():
        fields = {field.name for field in dataclasses.fields(parameters_class)}
        assert nodes[name]['ros__parameters'].keys() <= fields
    depth = DepthParameters(**nodes['depth_node']['ros__parameters'])
    from depth_nodes.cli.predictor import UNLIMITED_RANGE_M

    assert (depth.min_depth_m, depth.max_depth_m) == UNLIMITED_RANGE_M
    assert (depth.output_size, depth.output_encoding) == ('camera', '32FC1')


@pytest.fixture
def sequence(tmp_path) -> Path:
    samples = [
        Sample(
            name=f'{index:06d}',
            image=np.full((96, 128, 3), 40 * index, np.uint8),
            camera=Camera.from_fov(128, 96, 70.0),
            depth_m=np.full((96, 128), 2.0, np.float32),
        )
        for index in range(3)
    ]
    write_sequence(tmp_path / 'room', samples, name='room')
    return tmp_path / 'room'


@pytest.mark.skipif(shutil.which('ros2') is None, reason='needs a ROS installation')
@pytest.mark.parametrize(('backend', 'code'), [('fake', 0), ('tensorrt', 1)])
def test_ros2_launch_ends_by_itself_and_tells_whether_it_worked(tmp_path, sequence, backend, code):
    command = ['ros2', 'launch', str(LAUNCH_FILE), f'bag:={sequence}', 'step:=true']
    command += [f'backend:={backend}', f'output:={tmp_path / "report"}']
    if code:
        command.append('model:=gone.onnx')
    done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    assert done.returncode == code, done.stdout + done.stderr
    if code == 0:
        found = json.loads((tmp_path / 'report' / 'evaluation.json').read_text())
        assert found['sequences']['room']['frames'] == 3
