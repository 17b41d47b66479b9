"""Also of mcap_salvage.py and sqlite_salvage.py, which it chooses from."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from robot_bag import IMAGE, Robot, TRUTH, write_robot
from rosbags.rosbag2 import CompressionMode, StoragePlugin

from depth_nodes.data.recording import Recording
from depth_nodes.errors import DamagedBagError

STORAGES = [
    (StoragePlugin.MCAP, CompressionMode.NONE),
    (StoragePlugin.MCAP, CompressionMode.STORAGE),
    (StoragePlugin.SQLITE3, CompressionMode.NONE),
]
ROBOT = Robot(num_frames=40)


def read(path: Path, topics: list[str]) -> tuple[list[tuple], bool]:
    """What is read of some topics, and whether it ended in damage."""
    recording = Recording(path)
    messages = recording.messages(topics)
    found = []
    try:
        found.extend(message for message in messages)
    except DamagedBagError:
        return found, True
    return found, False


@pytest.fixture(scope='module', params=STORAGES, ids=['mcap', 'mcap-zstd', 'sqlite'])
def bag(request, tmp_path_factory) -> Path:
    plugin, compression = request.param
    path = tmp_path_factory.mktemp('storage') / 'b'
    return write_robot(path, ROBOT, plugin=plugin, compression=compression)


def cut(bag: Path, folder: Path, share: float) -> Path:
    (file,) = [path for path in bag.iterdir() if path.suffix != '.yaml']
    whole = file.read_bytes()
    target = folder / file.name
    target.write_bytes(whole[: int(len(whole) * share)])
    return target


def test_a_whole_recording_is_read_as_it_is(bag):
    recording = Recording(bag)
    assert recording.damage is None
    assert recording.summary.topics[IMAGE] == ('sensor_msgs/msg/Image', 40)
    messages, is_damaged = read(bag, [IMAGE, TRUTH])
    assert (len(messages), is_damaged) == (80, False)
    middle_ns = messages[40][2]
    window = list(recording.messages([IMAGE], (middle_ns, middle_ns + 1_000_000_000)))
    assert len(window) == 10


def test_what_stands_before_the_damage_is_read(bag, tmp_path):
    whole, _ = read(bag, [IMAGE, TRUTH])
    for share in (0.15, 0.5, 0.85):
        path = cut(bag, tmp_path, share)
        found, is_damaged = read(path, [IMAGE, TRUTH])
        assert is_damaged
        assert found == whole[: len(found)]
        assert len(found) > 0.7 * share * len(whole)
        counts = {name: count for name, (_, count) in Recording(path).summary.topics.items()}
        assert counts[IMAGE] + counts[TRUTH] == len(found)
        first_ns = found[0][2]
        window = Recording(path).messages([IMAGE], (first_ns, first_ns + 100_000_000))
        assert next(window)[2] == first_ns


def test_flipped_bytes_give_messages_or_an_input_error(bag, tmp_path):
    random = np.random.default_rng(0)
    path = cut(bag, tmp_path, 0.3)
    whole = path.read_bytes()
    for _ in range(15):
        damaged = bytearray(whole)
        for place in random.integers(0, min(len(whole), 4000), 5):
            damaged[place] ^= int(random.integers(1, 256))
        path.write_bytes(damaged)
        with suppress(DamagedBagError):
            for message in read(path, [IMAGE])[0]:
                assert message[0] == IMAGE


def test_lengths_that_no_file_has_take_no_memory(tmp_path):
    path = tmp_path / 'b.mcap'
    for kind in (5, 6):
        record = bytes([kind]) + (1 << 62).to_bytes(8, 'little')
        path.write_bytes(b'\x89MCAP0\r\n' + record + bytes(100))
        with pytest.raises(DamagedBagError, match='damaged or cut off'):
            Recording(path)
