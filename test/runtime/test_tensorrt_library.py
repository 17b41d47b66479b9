from importlib import metadata
from types import ModuleType

import pytest

from depth_nodes.errors import BackendError
from depth_nodes.runtime import tensorrt_library
from depth_nodes.runtime.tensorrt_library import installed_version, is_rtx, load_tensorrt


def install(monkeypatch, *, versions, libraries):
    """Lets the process see these distributions and modules; an exception is a broken one."""

    def import_module(name):
        library = libraries.get(name, ModuleNotFoundError(f"No module named '{name}'"))
        if isinstance(library, Exception):
            raise library
        return library

    def version(name):
        if name not in versions:
            raise metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(tensorrt_library, 'import_module', import_module)
    monkeypatch.setattr(tensorrt_library.metadata, 'version', version)


def test_each_compiler_has_its_own_tensorrt(monkeypatch):
    both = {'tensorrt': ModuleType('tensorrt'), 'tensorrt_rtx': ModuleType('tensorrt_rtx')}
    install(monkeypatch, versions={'torch-tensorrt': '2.13.0'}, libraries=both)
    assert not is_rtx()
    assert load_tensorrt() is both['tensorrt']
    install(monkeypatch, versions={'torch-tensorrt-rtx': '2.13.0'}, libraries=both)
    assert is_rtx()
    assert load_tensorrt() is both['tensorrt_rtx']


@pytest.mark.parametrize(
    'broken',
    [
        ModuleNotFoundError("No module named 'tensorrt'"),
        OSError('libnvinfer.so.10: cannot open shared object file\nno such file'),
        RuntimeError('CUDA driver version is insufficient'),
        Exception(),
    ],
)
def test_whatever_the_import_raises_is_one_line(broken, monkeypatch):
    install(monkeypatch, versions={}, libraries={'tensorrt': broken})
    with pytest.raises(BackendError, match='the tensorrt backend needs tensorrt') as caught:
        load_tensorrt()
    assert '\n' not in str(caught.value)
    assert caught.value.__cause__ is broken


def test_a_version_is_found_without_importing():
    assert installed_version('pytest') == pytest.__version__
    assert installed_version('no-such-distribution') is None
