"""The files that colcon, pip and people read agree with one another."""

from pathlib import Path
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PACKAGE_XML = ElementTree.parse(ROOT / 'package.xml')
# Keys that rosdep's database or a ROS distribution has; anything else cannot be installed.
ROSDEP_KEYS = {
    'cv_bridge', 'diagnostic_msgs', 'geometry_msgs', 'launch', 'launch_ros', 'launch_xml',
    'lifecycle_msgs', 'nav_msgs', 'python3-numpy', 'python3-opencv', 'python3-pytest',
    'python3-tqdm', 'python3-yaml', 'rclpy', 'ros2launch', 'rosgraph_msgs', 'sensor_msgs',
    'sensor_msgs_py', 'std_msgs', 'std_srvs', 'tf2_msgs',
}  # fmt: skip
ROS_IMPORTS_ON_ROBOTS = {
    'rclpy', 'rosgraph_msgs', 'sensor_msgs', 'std_msgs', 'std_srvs', 'diagnostic_msgs',
    'lifecycle_msgs', 'launch', 'launch_ros', 'launch_xml', 'nav_msgs', 'geometry_msgs',
    'tf2_msgs',
}  # fmt: skip


def run(*command: str | Path, **keywords) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, **keywords)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope='module')
def metadata() -> dict[str, str]:
    names = ['name', 'version', 'maintainer', 'maintainer-email', 'license']
    options = [f'--{name}' for name in names]
    lines = run(sys.executable, 'setup.py', '--quiet', *options, cwd=ROOT).stdout.splitlines()
    return dict(zip(names, lines[-len(names) :], strict=True))


def tag(name: str) -> str:
    return PACKAGE_XML.findtext(name) or ''


def test_setup_and_package_xml_say_the_same(metadata):
    assert metadata['name'] == tag('name')
    assert metadata['version'] == tag('version')
    assert metadata['license'] == tag('license')
    assert metadata['maintainer'] == tag('maintainer')
    assert metadata['maintainer-email'] == PACKAGE_XML.find('maintainer').get('email')


def test_the_changelog_begins_with_this_version():
    heads = re.findall(r'^(\d+\.\d+\.\d+) \(.*\)\n-+$', (ROOT / 'CHANGELOG.rst').read_text(), re.M)
    assert heads[0] == tag('version')


def test_the_maintainer_can_be_written_to():
    # colcon silently takes a package with a wrong address for plain Python.
    address = PACKAGE_XML.find('maintainer').get('email')
    assert re.fullmatch(r'[\w.+-]+@[\w-]+(\.[\w-]+)+', address)


def test_every_dependency_is_a_known_rosdep_key():
    keys = {element.text for element in PACKAGE_XML.getroot() if element.tag.endswith('depend')}
    assert keys <= ROSDEP_KEYS
    assert keys >= ROS_IMPORTS_ON_ROBOTS


def test_every_ros_package_that_nodes_import_is_declared():
    declared = {element.text for element in PACKAGE_XML.iterfind('exec_depend')}
    text = '\n'.join(path.read_text() for path in (ROOT / 'depth_nodes/ros').rglob('*.py'))
    imported = set(re.findall(r'^\s*(?:from|import) (rclpy|[a-z_]+_(?:msgs|srvs))', text, re.M))
    assert imported <= declared


def test_the_package_says_that_it_is_ament_python():
    assert PACKAGE_XML.findtext('export/build_type') == 'ament_python'
    assert (ROOT / 'resource' / tag('name')).is_file()


def test_the_licence_is_the_whole_of_apache_2():
    text = (ROOT / 'LICENSE').read_text()
    assert 'Apache License\n' in text
    assert 'END OF TERMS AND CONDITIONS' in text


def test_every_make_target_of_the_manual_exists():
    text = (ROOT / 'Makefile').read_text()
    targets = set(re.findall(r'^([a-z-]+):', text, re.M))
    assert targets >= {'setup', 'demo', 'test', 'lint', 'bench', 'docs'}


def test_continuous_integration_stops_at_the_first_failure():
    script = ROOT / '.ci/run'
    assert script.stat().st_mode & 0o111
    assert 'set -euo pipefail' in script.read_text()


def test_pre_commit_runs_the_linters_of_the_environment():
    config = yaml.safe_load((ROOT / '.pre-commit-config.yaml').read_text())
    entries = [hook['entry'] for repo in config['repos'] for hook in repo['hooks']]
    assert [entry.split()[0] for entry in entries] == [
        '.venv/bin/ruff', '.venv/bin/ruff', '.venv/bin/mypy',
    ]  # fmt: skip


@pytest.fixture(scope='module')
def colcon() -> Path:
    pytest.importorskip('colcon_core')
    return Path(sys.executable).with_name('colcon')


def test_colcon_takes_the_package_for_ament_python(colcon, tmp_path):
    listed = run(colcon, '--log-base', tmp_path, 'list', '--base-paths', ROOT).stdout
    assert listed.split() == ['depth_nodes', str(ROOT), '(ros.ament_python)']


@pytest.fixture(scope='module')
def installed(colcon, tmp_path_factory) -> Path:
    """The package as colcon installs it."""
    base = tmp_path_factory.mktemp('colcon')
    folders = ['--build-base', base / 'build', '--install-base', base / 'install']
    run(colcon, '--log-base', base / 'log', 'build', '--base-paths', ROOT, *folders)
    return base / 'install' / 'depth_nodes'


def test_colcon_installs_executables_where_ros2_run_looks(installed):
    names = {path.name for path in (installed / 'lib/depth_nodes').iterdir()}
    assert names == {
        'depth_nodes', 'depth_node', 'player_node', 'evaluator_node', 'refiner_node',
    }  # fmt: skip


def test_the_installed_command_runs_in_the_environment_that_is_active(installed):
    (packages,) = installed.glob('lib/python*/site-packages')
    command = installed / 'lib/depth_nodes/depth_nodes'
    assert command.read_text().startswith('#!/usr/bin/env python3\n')
    active = {'PATH': str(Path(sys.executable).parent), 'PYTHONPATH': str(packages)}
    done = run(command, '--version', env=active)
    assert done.stdout.strip() == tag('version')


def test_colcon_installs_every_shared_file(installed):
    share = installed / 'share'
    assert (share / 'ament_index/resource_index/packages/depth_nodes').is_file()
    assert (share / 'depth_nodes/package.xml').is_file()
    files = [
        path.relative_to(ROOT)
        for folder in ('launch', 'config', 'rviz', 'models')
        for path in (ROOT / folder).rglob('*')
        if path.is_file() and '__pycache__' not in path.parts
    ]
    assert [path for path in files if not (share / 'depth_nodes' / path).is_file()] == []
