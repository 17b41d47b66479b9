from argparse import ArgumentTypeError

import pytest

from depth_nodes.cli.image_size import network_size, picture_size


def test_height_comes_first():
    assert picture_size('375x1242') == (375, 1242)
    assert network_size('192x640') == (192, 640)


@pytest.mark.parametrize('text', ['', '192', '192*640', '192x640x3', '-1x5', '0x640', '1x4097'])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ArgumentTypeError):
        picture_size(text)


@pytest.mark.parametrize('text', ['190x640', '64x640', '192x650'])
def test_networks_take_multiples_of_32_from_96(text):
    with pytest.raises(ArgumentTypeError, match='multiples of 32, 96 to 4096'):
        network_size(text)
