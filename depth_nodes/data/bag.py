"""rosbag2 recordings without ROS: what this package writes and reads of them."""

from depth_nodes.data.bag_reader import BagReader
from depth_nodes.data.bag_storage import BagSummary, raw_messages, read_summary
from depth_nodes.data.bag_writer import write_bag

__all__ = ['BagReader', 'BagSummary', 'raw_messages', 'read_summary', 'write_bag']
