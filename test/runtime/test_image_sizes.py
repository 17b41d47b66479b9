"""What one process notes, the next one finds, whatever has become of the file."""

import os
import threading

import pytest

from depth_nodes.runtime.engine_folder import default_engine_folder
from depth_nodes.runtime.image_sizes import FILE_NAME, ImageSizes, MAX_SIDE_PX, MAX_SIZES


def test_the_last_size_comes_first_in_the_next_process(tmp_path):
    first = ImageSizes(tmp_path)
    assert first.newest_first() == []
    for size in ((480, 640), (720, 1280), (480, 640)):
        first.note(size)
    assert ImageSizes(tmp_path).newest_first() == [(720, 1280), (480, 640)]
    second = ImageSizes(tmp_path)
    second.note((480, 640))
    assert ImageSizes(tmp_path).newest_first() == [(480, 640), (720, 1280)]


def test_what_is_forgotten_may_come_again(tmp_path):
    sizes = ImageSizes(tmp_path)
    for size in ((480, 640), (720, 1280)):
        sizes.note(size)
    sizes.forget((720, 1280))
    assert ImageSizes(tmp_path).newest_first() == [(480, 640)]
    sizes.note((720, 1280))
    assert ImageSizes(tmp_path).newest_first() == [(720, 1280), (480, 640)]


def test_two_cameras_write_once_each(tmp_path):
    sizes = ImageSizes(tmp_path)
    for _ in range(3):
        sizes.note((480, 640))
        sizes.note((720, 1280))
    (tmp_path / FILE_NAME).unlink()
    sizes.note((480, 640))
    assert not (tmp_path / FILE_NAME).exists()


def test_the_oldest_is_forgotten(tmp_path):
    sizes = ImageSizes(tmp_path)
    for height in range(100, 100 + MAX_SIZES + 2):
        sizes.note((height, 640))
    heights = [height for height, _ in sizes.newest_first()]
    assert heights == [101 + MAX_SIZES - index for index in range(MAX_SIZES)]


@pytest.mark.parametrize(
    'content',
    [b'', b'[', b'\xff', b'3', b'{}', b'[3]', b'[[480]]', b'[[480, 640, 3]]', b'[["480", 640]]',
     b'[[480.0, 640]]', b'[[true, true]]', b'[[null, 640]]', b'[[1, 1]]', b'[[-480, 640]]',
     f'[[{MAX_SIDE_PX + 1}, 640]]'.encode(), b'[' * 100_000],
)  # fmt: skip
def test_a_damaged_file_is_an_empty_one_and_is_replaced(tmp_path, content):
    (tmp_path / FILE_NAME).write_bytes(content)
    sizes = ImageSizes(tmp_path)
    assert sizes.newest_first() == []
    sizes.note((480, 640))
    assert sizes.newest_first() == [(480, 640)]


def test_a_folder_that_others_may_write_is_left_alone(tmp_path):
    (tmp_path / FILE_NAME).write_text('[[480, 640]]')
    tmp_path.chmod(0o777)
    sizes = ImageSizes(tmp_path)
    assert sizes.newest_first() == []
    sizes.note((720, 1280))
    assert (tmp_path / FILE_NAME).read_text() == '[[480, 640]]'


def test_a_place_that_cannot_be_written_stops_nobody(tmp_path):
    (tmp_path / FILE_NAME).mkdir()
    sizes = ImageSizes(tmp_path)
    sizes.note((480, 640))
    assert sizes.newest_first() == []
    assert os.listdir(tmp_path) == [FILE_NAME]


def test_the_folder_is_made_for_this_user_alone(tmp_path):
    ImageSizes(tmp_path / 'cache' / 'engines').note((480, 640))
    assert (tmp_path / 'cache').stat().st_mode & 0o777 == 0o700


def test_it_is_beside_the_engines_by_default(tmp_path, monkeypatch):
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    ImageSizes().note((480, 640))
    assert (default_engine_folder() / FILE_NAME).is_file()


def test_nodes_that_start_at_once_leave_a_whole_file(tmp_path):
    heights = range(100, 130)
    threads = [
        threading.Thread(target=ImageSizes(tmp_path).note, args=((height, 640),))
        for height in heights
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = ImageSizes(tmp_path).newest_first()
    assert 1 <= len(found) <= MAX_SIZES
    assert {height for height, _ in found} <= {*heights}
    assert os.listdir(tmp_path) == [FILE_NAME]
