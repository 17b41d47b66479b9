import pytest
from robot_bag import Robot, write_robot
from rosbags.rosbag2 import StoragePlugin

from depth_nodes.data.recording_folder import recordings_below
from depth_nodes.errors import InputError

SHORT = Robot(num_frames=1)


def test_recordings_are_found_below_and_named_by_where_they_lie(tmp_path):
    write_robot(tmp_path / 'b/walk', SHORT)
    write_robot(tmp_path / 'a/deep/walk.bag', SHORT, plugin=StoragePlugin.SQLITE3)
    loose = write_robot(tmp_path / 'c', SHORT)
    (loose / 'metadata.yaml').unlink()
    (tmp_path / 'a/notes.txt').touch()
    assert recordings_below(tmp_path) == {
        tmp_path / 'a/deep/walk.bag': 'a/deep/walk',
        tmp_path / 'b/walk': 'b/walk',
        tmp_path / 'c/c.mcap': 'c/c',
    }
    assert list(recordings_below(tmp_path)) == sorted(recordings_below(tmp_path))


def test_a_recording_itself_is_one(tmp_path):
    bag = write_robot(tmp_path / 'walk', SHORT)
    assert recordings_below(bag) == {bag: 'walk'}


def test_nothing_below_is_one_line(tmp_path):
    with pytest.raises(InputError, match='holds no recordings'):
        recordings_below(tmp_path)
    with pytest.raises(InputError, match='is no folder'):
        recordings_below(tmp_path / 'gone')
