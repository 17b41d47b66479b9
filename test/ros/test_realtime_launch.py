"""realtime.launch.py: its text, and, where launch is installed, its actions."""

import ast
from pathlib import Path
import re
from xml.etree import ElementTree

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
LAUNCH_FILE = ROOT / 'launch/realtime.launch.py'
PROFILE = ROOT / 'config/fastdds_profile.xml'
NAMESPACE = {'dds': 'http://www.eprosima.com'}
BYTES_720P = 1280 * 720 * (16 + 4)  # cloud and 32FC1 depth


def test_arguments_are_those_of_the_public_interface():
    calls = [
        node for node in ast.walk(ast.parse(LAUNCH_FILE.read_text())) if isinstance(node, ast.Call)
    ]
    names = {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == 'DeclareLaunchArgument'
    }
    assert names == {
        'params_file', 'image', 'camera_info', 'model', 'backend', 'rviz', 'bag', 'use_sim_time',
        'namespace', 'log_level', 'fastdds_profile',
    }  # fmt: skip


def test_the_profile_holds_three_frames_of_a_720p_camera():
    tree = ElementTree.parse(PROFILE)
    size = int(tree.find('.//dds:segment_size', NAMESPACE).text)
    assert size >= 3 * BYTES_720P
    used = [node.text for node in tree.findall('.//dds:userTransports/*', NAMESPACE)]
    defined = [
        node.text
        for node in tree.findall('.//dds:transport_descriptor/dds:transport_id', NAMESPACE)
    ]
    assert sorted(used) == sorted(defined)
    assert tree.find('.//dds:useBuiltinTransports', NAMESPACE).text == 'false'
    assert tree.find('.//dds:participant', NAMESPACE).get('is_default_profile') == 'true'


def test_rviz_shows_the_topics_of_the_node():
    config = yaml.safe_load((ROOT / 'rviz/realtime.rviz').read_text())
    displays = config['Visualization Manager']['Displays']
    topics = {one['Topic']['Value'] for one in displays if 'Topic' in one}
    assert topics == {'/image', '/depth/image_rect', '/depth/points'}
    assert 'rviz_default_plugins/TF' in {one['Class'] for one in displays}


@pytest.fixture
def actions():
    """Visits the launch file with these arguments; gives its processes and its environment."""
    launch = pytest.importorskip('launch', reason='needs a ROS installation')
    pytest.importorskip('launch_ros', reason='needs a ROS installation')
    from launch_ros.actions import Node

    def visit(**arguments):
        context = launch.LaunchContext()
        context.launch_configurations.update(arguments)
        source = launch.launch_description_sources.PythonLaunchDescriptionSource(str(LAUNCH_FILE))
        entities = list(source.get_launch_description(context).entities)
        nodes = []
        while entities:
            entity = entities.pop(0)
            if isinstance(entity, Node):
                entity._perform_substitutions(context)
                nodes.append(entity)
            else:
                entities = [*(entity.visit(context) or []), *entities]
        return {node.node_executable: node for node in nodes}, context.environment

    return visit


def parameter_texts(node):
    """What the parameter files and values of a node say."""
    parsed = []
    for argument, is_file in node._Node__expanded_parameter_arguments:
        parsed.append(Path(argument).read_text() if is_file else argument.get_ros_arguments())
    return parsed


def test_only_the_depth_node_by_default(actions):
    nodes, environment = actions()
    assert list(nodes) == ['depth_node']
    (defaults,) = parameter_texts(nodes['depth_node'])
    assert defaults == (ROOT / 'config/realtime.yaml').read_text()
    assert environment['FASTRTPS_DEFAULT_PROFILES_FILE'] == str(PROFILE)
    assert environment['FASTDDS_DEFAULT_PROFILES_FILE'] == str(PROFILE)
    assert environment['MALLOC_MMAP_THRESHOLD_'] == str(32 << 20)
    assert environment['MALLOC_TRIM_THRESHOLD_'] == str(256 << 20)


def test_only_given_arguments_go_past_the_parameter_file(actions):
    nodes, _ = actions(backend='fake', model='42', use_sim_time='true')
    _, *overrides = parameter_texts(nodes['depth_node'])
    parameters = {}
    for text in overrides:
        (content,) = yaml.safe_load(text).values()
        parameters |= content['ros__parameters']
    assert parameters == {'backend': 'fake', 'model': '42', 'use_sim_time': True}


@pytest.mark.parametrize(
    ('arguments', 'expected'),
    [
        ({}, {'image': 'image', 'camera_info': 'camera_info'}),
        ({'image': '/cam/raw'}, {'image': '/cam/raw', 'camera_info': '/cam/camera_info'}),
        ({'image': 'a', 'camera_info': 'b'}, {'image': 'a', 'camera_info': 'b'}),
    ],
)
def test_topics_of_camera_player_and_rviz(actions, arguments, expected):
    nodes, _ = actions(bag='/recording', rviz='true', namespace='robot', **arguments)
    assert list(nodes) == ['rviz2', 'depth_node', 'player_node']
    for name in ('depth_node', 'player_node'):
        assert dict(nodes[name].expanded_remapping_rules) == expected
    rviz = dict(nodes['rviz2'].expanded_remapping_rules)
    for topic in ('image', 'camera_info'):
        name = expected[topic]
        assert rviz[f'/{topic}'] == (name if name.startswith('/') else f'/robot/{name}')
    assert rviz['/depth/points'] == '/robot/depth/points'
    (source,) = parameter_texts(nodes['player_node'])
    assert re.search(r'source: /recording', source)
