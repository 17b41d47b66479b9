"""launch/recipes: what they start is fed with topics of depth_node, and is looked for first."""

from pathlib import Path
import re
from xml.etree import ElementTree

import pytest
from rclpy.node import Node
import yaml

ROOT = Path(__file__).resolve().parents[2]
RECIPES = sorted((ROOT / 'launch/recipes').iterdir())
TOPICS = yaml.safe_load((ROOT / 'test/golden/public_names.yaml').read_text())['topics']
# Nodes of each parameter file, and what their own documentation calls a parameter of it.
READERS = {
    'depthimage_to_laserscan': ['depthimage_to_laserscan', 'scan_height'],
    'nav2_costmap': ['costmap/costmap', 'voxel_layer.depth.topic'],
    'nvblox': ['nvblox_node', 'static_mapper.projective_integrator_max_integration_distance_m'],
    'rtabmap': ['rgbd_odometry', 'approx_sync'],
}


def recipe_id(path: Path) -> str:
    return path.name.removesuffix('.launch.xml')


@pytest.fixture(params=RECIPES, ids=recipe_id)
def recipe(request) -> ElementTree.Element:
    return ElementTree.parse(request.param).getroot()


def test_there_are_those_of_the_manual():
    manual = (ROOT / 'docs/consumers.md').read_text()
    assert sorted(set(re.findall(r'(\w+)\.launch\.xml', manual))) == sorted(READERS)
    assert [recipe_id(path) for path in RECIPES] == sorted(READERS)


def test_every_package_is_looked_for_before_anything_starts(recipe):
    kinds = [one.tag for one in recipe]
    assert kinds.index('log') < kinds.index('include') < kinds.index('node')
    wanted = set(re.findall(r'find-pkg-prefix (\w+)', recipe.find('log').get('message')))
    assert {node.get('pkg') for node in recipe.iter('node')} == wanted


def test_the_launch_file_of_the_camera_is_included(recipe):
    file = recipe.find('include').get('file')
    assert file == '$(dirname)/../realtime.launch.py'
    assert (ROOT / 'launch/realtime.launch.py').is_file()


def test_consumers_are_fed_with_topics_of_the_node(recipe):
    targets = {one.get('to') for one in recipe.iter('remap')}
    assert targets <= {*TOPICS, '$(var image)'}


def test_the_parameter_file_is_there(recipe):
    (argument,) = recipe.findall('arg')
    assert argument.get('name').endswith('_params_file')
    path = (
        ROOT / 'launch/recipes' / argument.get('default').removeprefix('$(dirname)/')
    ).resolve()
    assert path.is_file()
    readers = {one.get('from') for one in recipe.iter('param') if one.get('from')}
    assert readers == {f'$(var {argument.get("name")})'}


@pytest.mark.parametrize('name', READERS)
def test_a_node_of_that_name_gets_its_parameters(context, name):
    full_name, wanted = READERS[name]
    namespace, _, node_name = full_name.rpartition('/')
    arguments = ['--ros-args', '--params-file', str(ROOT / f'config/recipes/{name}.yaml')]
    node = Node(node_name, namespace=namespace, context=context, cli_args=arguments)
    assert wanted in node._parameter_overrides
    node.destroy_node()


@pytest.mark.parametrize('node_name', ['costmap', 'collision_monitor'])
def test_nav2_listens_to_the_cloud(context, node_name):
    arguments = ['--ros-args', '--params-file', str(ROOT / 'config/recipes/nav2_costmap.yaml')]
    namespace = 'costmap' if node_name == 'costmap' else ''
    node = Node(node_name, namespace=namespace, context=context, cli_args=arguments)
    topics = [
        one.value for key, one in node._parameter_overrides.items() if key.endswith('.topic')
    ]
    assert topics == ['/depth/points']
    node.destroy_node()


def test_launch_reads_it(recipe, request):
    sources = pytest.importorskip('launch.launch_description_sources', reason='needs launch')
    pytest.importorskip('launch_xml', reason='needs launch_xml')
    import launch

    path = str(request.node.callspec.params['recipe'])
    context = launch.LaunchContext()
    description = sources.AnyLaunchDescriptionSource(path).get_launch_description(context)
    assert len(description.entities) == len(recipe)
