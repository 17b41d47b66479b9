"""Messages of /tf and /tf_static, written into a bag and read again: ROS is not needed for it."""

from pathlib import Path
from typing import Any

from robot_bag import transforms_message
from rosbags.rosbag2 import Reader, StoragePlugin, Writer

from depth_nodes.data.bag_storage import TYPESTORE
from depth_nodes.data.static_transforms import TF_TYPE


def tf_message(*transforms: tuple[str, str, tuple[float, ...]]) -> Any:
    """From (parent, child, x y z qx qy qz qw)."""
    links = ((parent, child, pose[:3], pose[3:]) for parent, child, pose in transforms)
    return transforms_message(*links)


def through_a_bag(path: Path, messages: list[Any]) -> list[Any]:
    """The messages of /tf_static, as a recording gives them."""
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connection = writer.add_connection('/tf_static', TF_TYPE, typestore=TYPESTORE)
        for i, message in enumerate(messages):
            writer.write(connection, i, TYPESTORE.serialize_cdr(message, TF_TYPE))
    with Reader(path) as reader:
        return [TYPESTORE.deserialize_cdr(raw, one.msgtype) for one, _, raw in reader.messages()]
