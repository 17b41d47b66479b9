import json
import subprocess
from types import SimpleNamespace

import pytest
import torch

from depth_nodes.cli import machine
from depth_nodes.cli.machine import describe_gpu, describe_machine
from depth_nodes.errors import BackendError
from depth_nodes.runtime.gpu import Gpu


def test_a_measurement_can_be_placed():
    description = describe_machine()
    assert description['cpu']
    assert description['cores'] >= 1
    assert description['versions']['numpy'].count('.') == 2
    json.dumps(description)


def test_the_commit_is_that_of_the_checkout_and_marked_when_files_differ(tmp_path, monkeypatch):
    def git(*arguments: str) -> str:
        options = ['-c', 'user.name=a', '-c', 'user.email=a@b']
        command = ['git', '-C', str(tmp_path), *options, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    monkeypatch.setattr(machine, 'CHECKOUT', tmp_path)
    assert describe_machine()['commit'] is None
    monkeypatch.setenv('DEPTH_NODES_COMMIT', 'told')
    assert describe_machine()['commit'] == 'told'
    git('init', '-q')
    (tmp_path / 'file').write_text('one')
    git('add', 'file')
    git('commit', '-q', '-m', 'one')
    commit = git('rev-parse', '--short=12', 'HEAD').strip()
    assert describe_machine()['commit'] == commit
    (tmp_path / 'file').write_text('two')
    assert describe_machine()['commit'] == f'{commit}+'


def test_a_package_that_is_not_installed_has_no_version(monkeypatch):
    monkeypatch.setattr(machine, 'PACKAGES', ('no-such-package',))
    assert describe_machine()['versions'] == {'no-such-package': None}


def test_an_unreadable_processor_has_a_name_still(monkeypatch):
    monkeypatch.setattr(machine.Path, 'read_text', _raise)
    assert machine._cpu_name()


def _raise(path: object) -> str:
    raise OSError(path)


@pytest.mark.parametrize('broken', ['', 'git'])
def test_a_broken_checkout_has_no_commit(tmp_path, monkeypatch, broken):
    (tmp_path / '.git').mkdir()
    monkeypatch.setattr(machine, 'CHECKOUT', tmp_path)
    if broken:
        monkeypatch.setenv('PATH', str(tmp_path))
    assert describe_machine()['commit'] is None


@pytest.mark.skipif(torch.cuda.is_available(), reason='needs a machine without a GPU')
def test_without_a_gpu_there_is_none_to_describe():
    with pytest.raises(BackendError, match='choose --device cpu'):
        describe_gpu()


def test_a_gpu_is_described_with_all_that_runs_on_it(monkeypatch):
    gpu = Gpu(name='NVIDIA H200', compute_capability=(9, 0), driver_version='13.0 (580.1)')
    monkeypatch.setattr(machine, 'find_gpu', lambda: gpu)
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    memory = SimpleNamespace(total_memory=150_000_000_000)
    monkeypatch.setattr(torch.cuda, 'get_device_properties', lambda index: memory)
    described = describe_gpu()
    assert described['compute_capability'] == '9.0'
    assert described['memory_mb'] == 150_000
    assert described['torch'] == torch.__version__
    assert described['tensorrt'].startswith('none: the tensorrt backend needs')
    rtx = {'tensorrt': 'RTX 1.4.0', 'torch': '2.11.0', 'torch_tensorrt': '2.11.0'}
    monkeypatch.setattr('depth_nodes.runtime.tensorrt_compiler.tensorrt_versions', lambda: rtx)
    assert describe_gpu() | rtx == describe_gpu()
    json.dumps(describe_gpu())


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
def test_the_gpu_of_this_machine_is_described():
    described = describe_gpu()
    assert described['name'] == torch.cuda.get_device_name(0)
    assert described['memory_mb'] > 1000
    assert described['cuda'] == torch.version.cuda
