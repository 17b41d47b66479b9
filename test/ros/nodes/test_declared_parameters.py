"""Every parameter of every node is described, has a range, and is read.

That depth_node and refiner_node read theirs is in their own tests, which send frames.
"""

import numpy as np
import pytest
import rclpy
from rclpy.context import Context
from rclpy.parameter import Parameter
from robot_bag import Robot, write_robot
from sensor_msgs.msg import CameraInfo

from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import write_sequence
from depth_nodes.messages.camera import Camera
from depth_nodes.ros.evaluator_parameters import EvaluatorParameters
from depth_nodes.ros.nodes.evaluator_node import EvaluatorNode
from depth_nodes.ros.nodes.player_node import PlayerNode
from depth_nodes.ros.parameters import specifications
from depth_nodes.ros.parameters_document import NODES
from depth_nodes.ros.player_parameters import PlayerParameters

# Texts that cannot be listed: paths, and names of things that only the user knows.
FREE_TEXTS = {
    'model', 'models_dir', 'engine_cache_dir', 'prior_bank', 'source', 'frame_id', 'output',
    'image_topic', 'camera_info_topic', 'ground_truth_topic', 'odometry_topic', 'base_frame',
    'base_from_camera', 'camera_from_range',
}  # fmt: skip
ALL = [(node, name, one) for node in NODES for name, one in specifications(NODES[node]).items()]


@pytest.mark.parametrize(
    ('node', 'name', 'specification'), ALL, ids=[f'{node} {name}' for node, name, _ in ALL]
)
def test_described_and_range_checked(node, name, specification):
    assert len(specification.description) > 10
    default = specification.default
    if isinstance(default, bool):
        return
    if isinstance(default, (int, float)):
        low, high = specification.limits
        assert low <= default <= high
        for outside in (low - 1, high + 1):
            with pytest.raises(Exception, match='it must be'):
                specification.check(name, type(default)(outside))
        unit = {'m', 's', 'px', 'deg'} & set(name.split('_')[-1:])
        if unit & {'m', 's', 'deg'}:
            assert f'[{unit.pop()}' in specification.description, 'the unit is told'
    elif isinstance(default, str):
        assert bool(specification.choices) != (name in FREE_TEXTS)


@pytest.fixture
def read(monkeypatch):
    """The names of the parameters that have been read."""
    names = set()

    def recording(self, name):
        names.add(name)
        return object.__getattribute__(self, name)

    for parameters_class in (EvaluatorParameters, PlayerParameters):
        monkeypatch.setattr(parameters_class, '__getattribute__', recording)
    return names


def overrides(**values):
    return [Parameter(name, value=value) for name, value in values.items()]


def test_the_player_reads_all(read, tmp_path):
    sample = Sample(name='000000', image=np.zeros((48, 64, 3), np.uint8),
                    camera=Camera.from_fov(64, 48, 70.0))  # fmt: skip
    write_sequence(tmp_path, [sample], name='one')
    for mode in ('realtime', 'step'):
        context = Context()
        rclpy.init(context=context)
        values = overrides(
            source=str(tmp_path),
            mode=mode,
            step_timeout_s=0.01,
            wait_for_subscribers=0,
            wait_timeout_s=0.01,
        )
        node = PlayerNode(context=context, parameter_overrides=values)
        node._thread.join()
        node.destroy_node()
        context.try_shutdown()
    assert set(specifications(PlayerParameters)) <= read


def test_the_evaluator_reads_all(read, harness, camera_info_message, tmp_path):
    write_robot(tmp_path / 'bag', Robot(num_frames=1))
    for source in (str(tmp_path / 'bag'), ''):
        values = overrides(output=str(tmp_path / 'report'), source=source)
        node = EvaluatorNode(context=harness.context, parameter_overrides=values)
        harness.add(node)
    camera_infos = harness.publisher(CameraInfo, 'camera_info')
    harness.spin_until(camera_infos.get_subscription_count)
    camera_infos.publish(camera_info_message)
    harness.spin_until(lambda: set(specifications(EvaluatorParameters)) <= read)
