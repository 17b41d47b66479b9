"""realtime.launch.py: its text, and, where launch is installed, its actions."""

from pathlib import Path
from xml.etree import ElementTree

from launch_arguments import declared_arguments
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
LAUNCH_FILE = ROOT / 'launch/realtime.launch.py'
PROFILE = ROOT / 'config/fastdds_profile.xml'
PROFILE_VARIABLES = ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE')
NAMESPACE = {'dds': 'http://www.eprosima.com'}
BYTES_720P = 1280 * 720 * (16 + 4)  # cloud and 32FC1 depth


def test_arguments_are_those_of_the_public_interface():
    assert declared_arguments(LAUNCH_FILE) == {
        'params_file', 'image', 'camera_info', 'odom', 'model', 'backend', 'refine', 'rviz', 'bag',
        'use_sim_time', 'namespace', 'log_level', 'fastdds_profile',
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
def actions(monkeypatch):
    """Visits the launch file with these arguments; gives its processes and its environment."""
    launch = pytest.importorskip('launch', reason='needs a ROS installation')
    pytest.importorskip('launch_ros', reason='needs a ROS installation')
    from launch_ros.actions import Node

    for name in PROFILE_VARIABLES:  # launch writes into the environment of this process
        monkeypatch.setenv(name, 'forgotten at the end')
        monkeypatch.delenv(name)

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


def parameter_values(texts):
    """The parameters that were not given as a file."""
    parameters = {}
    for text in texts:
        (content,) = yaml.safe_load(text).values()
        parameters |= content['ros__parameters']
    return parameters


def test_only_the_depth_node_by_default(actions):
    nodes, environment = actions()
    assert list(nodes) == ['depth_node']
    (defaults,) = parameter_texts(nodes['depth_node'])
    assert defaults == (ROOT / 'config/realtime.yaml').read_text()
    assert environment['FASTRTPS_DEFAULT_PROFILES_FILE'] == str(PROFILE)
    assert environment['FASTDDS_DEFAULT_PROFILES_FILE'] == str(PROFILE)


@pytest.mark.parametrize('name', PROFILE_VARIABLES)
def test_a_profile_of_the_user_counts_by_either_name(actions, monkeypatch, name):
    monkeypatch.setenv(name, '/home/me/profile.xml')
    _, environment = actions()
    assert {environment[one] for one in PROFILE_VARIABLES} == {'/home/me/profile.xml'}


def test_without_a_profile_the_environment_stays(actions):
    _, environment = actions(fastdds_profile='')
    assert not set(PROFILE_VARIABLES) & set(environment)


@pytest.mark.parametrize(
    ('use_sim_time', 'expected'), [('', False), ('false', False), ('true', True)]
)
def test_the_player_is_the_clock_of_simulated_time(actions, use_sim_time, expected):
    nodes, _ = actions(bag='/recording', use_sim_time=use_sim_time)
    assert parameter_values(parameter_texts(nodes['player_node'])) == {
        'source': '/recording',
        'publish_clock': expected,
        'wait_for_depth': True,
    }


def test_rviz_keeps_the_memory_of_big_messages(actions):
    nodes, environment = actions(rviz='true')
    added = {name.text: value.text for (name,), (value,) in nodes['rviz2'].additional_env}
    assert added == {
        'MALLOC_MMAP_THRESHOLD_': str(32 << 20),
        'MALLOC_TRIM_THRESHOLD_': str(256 << 20),
    }
    assert 'MALLOC_MMAP_THRESHOLD_' not in environment


def test_only_given_arguments_go_past_the_parameter_file(actions):
    nodes, _ = actions(backend='fake', model='42', use_sim_time='true')
    _, *overrides = parameter_texts(nodes['depth_node'])
    assert parameter_values(overrides) == {'backend': 'fake', 'model': '42', 'use_sim_time': True}


@pytest.mark.parametrize(
    ('backend', 'expected'),
    [('', {}), ('fake', {'backend': 'fake'}), ('tensorrt', {'backend': 'tensorrt'})],
)
def test_keyframes_are_refined_where_that_is_asked_for(actions, backend, expected):
    nodes, _ = actions(refine='true', backend=backend, image='/cam/raw')
    assert list(nodes) == ['depth_node', 'refiner_node']
    file, *overrides = parameter_texts(nodes['refiner_node'])
    assert file == (ROOT / 'config/realtime.yaml').read_text()
    assert parameter_values(overrides) == expected
    assert dict(nodes['refiner_node'].expanded_remapping_rules)['image'] == '/cam/raw'


@pytest.mark.parametrize(
    ('arguments', 'expected'),
    [
        ({}, {'image': 'image', 'camera_info': 'camera_info', 'odom': 'odom'}),
        (
            {'image': '/cam/raw'},
            {'image': '/cam/raw', 'camera_info': '/cam/camera_info', 'odom': 'odom'},
        ),
        (
            {'image': 'a', 'camera_info': 'b', 'odom': '/wheels'},
            {'image': 'a', 'camera_info': 'b', 'odom': '/wheels'},
        ),
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
