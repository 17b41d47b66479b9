"""Every part of a key makes another engine."""

from collections import OrderedDict
from dataclasses import replace
import re
from types import MappingProxyType

from engine_example import CHANGED, GPU, KEY, VERSIONS
import pytest

from depth_nodes.runtime.engine_folder import ENGINE_NAME
from depth_nodes.runtime.engine_key import differing_parts, shape_from_parts


@pytest.mark.parametrize('part', CHANGED)
def test_each_part_changes_the_digest_and_is_named(part):
    assert CHANGED[part].digest != KEY.digest
    assert differing_parts(KEY.parts, CHANGED[part].parts) == [part]


def test_the_test_changes_every_part():
    assert set(CHANGED) == set(KEY.parts)


def test_parts_of_one_model_are_other_engines():
    keys = [KEY, replace(KEY, part='coarse maps'), replace(KEY, part='refiner')]
    assert len({key.digest for key in keys}) == 3
    assert differing_parts(keys[0].parts, keys[1].parts) == ['part']


def test_a_library_more_or_less_is_another_key():
    fewer = replace(KEY, versions={'torch': VERSIONS['torch']})
    assert fewer.digest != KEY.digest
    expected = ['version_of_tensorrt', 'version_of_torch_tensorrt']
    assert differing_parts(KEY.parts, fewer.parts) == expected
    assert differing_parts(fewer.parts, KEY.parts) == expected


def test_the_order_and_kind_of_the_mapping_do_not_matter():
    turned = OrderedDict(reversed(VERSIONS.items()))
    assert replace(KEY, versions=MappingProxyType(turned)).digest == KEY.digest


def test_a_file_name_can_be_read():
    assert KEY.file_name == f'nvidia-h200-1x192x640-fp16-{KEY.digest}.engine'


@pytest.mark.parametrize('name', ['../../etc/x', 'Ω', 'a' * 300, ''])
def test_a_file_name_is_one_whatever_the_gpu_is_called(name):
    file_name = replace(KEY, gpu=GPU._replace(name=name)).file_name
    assert ENGINE_NAME.fullmatch(file_name)
    assert re.fullmatch('[a-z0-9.-]{1,160}', file_name)


def test_a_shape_is_read_back():
    assert shape_from_parts(KEY.parts) == KEY.shape
    assert shape_from_parts({}) is None
    assert shape_from_parts({'shape': '1x2'}) is None
