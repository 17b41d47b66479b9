"""The container's files agree with the package; nothing here builds it."""

from pathlib import Path
import re
import subprocess

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
DOCKER = ROOT / 'docker'
DOCKERFILE = (DOCKER / 'Dockerfile').read_text()


@pytest.fixture
def service() -> dict:
    (one,) = yaml.safe_load((DOCKER / 'compose.yaml').read_text())['services'].values()
    return one


def test_what_is_kept_out_of_the_image_is_all_that_colcon_does_not_install():
    lines = (DOCKER / 'Dockerfile.dockerignore').read_text().splitlines()
    kept = {line[1:] for line in lines if line.startswith('!')}
    assert '*' in lines
    assert [name for name in kept if not (ROOT / name).exists()] == []
    setup = (ROOT / 'setup.py').read_text()
    folders = re.search(r'for root in \(([^)]*)\)', setup)[1]
    assert kept >= {*re.findall(r"'(\w+)'", folders), 'setup.py', 'setup.cfg', 'package.xml'}


def test_the_image_installs_what_pip_would():
    """Except what comes from apt through package.xml."""
    setup = (ROOT / 'setup.py').read_text()
    needed = re.search(r'install_requires=\[(.*?)\]', setup, re.S)[1]
    from_apt = {'numpy', 'opencv-python-headless<5', 'pyyaml', 'tqdm'}
    for requirement in set(re.findall(r"'([^']+)'", needed)) - from_apt:
        assert requirement in DOCKERFILE, requirement


def test_the_entry_point_is_where_the_image_looks_and_can_start():
    (path,) = re.findall(r'ENTRYPOINT \["/workspace/src/depth_nodes/(.*)"\]', DOCKERFILE)
    assert (ROOT / path).stat().st_mode & 0o111
    assert subprocess.run(['bash', '-n', ROOT / path], check=False).returncode == 0


def test_shared_memory_and_discovery_reach_the_host(service):
    assert service['ipc'] == service['network_mode'] == 'host'


def test_engines_outlive_the_container(service):
    (cache,) = re.findall(r'XDG_CACHE_HOME=(\S+)', DOCKERFILE)
    assert service['volumes'] == [f'cache:{cache}']
    assert re.search(rf'--mode 700 {cache}\n', DOCKERFILE)


def test_the_compose_file_builds_this_package(service):
    build = service['build']
    context = (DOCKER / build['context']).resolve()
    assert context == ROOT
    assert (context / build['dockerfile']).is_file()
