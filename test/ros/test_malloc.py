import ctypes
import platform

import pytest

from depth_nodes.ros.malloc import keep_large_blocks


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='glibc has these settings')
def test_glibc_takes_the_settings():
    assert keep_large_blocks()


def test_another_c_library_is_no_error(monkeypatch):
    monkeypatch.setattr(ctypes, 'CDLL', lambda name: object())
    assert not keep_large_blocks()
