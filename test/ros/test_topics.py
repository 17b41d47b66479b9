from rclpy.node import Node

from depth_nodes.ros.topics import (
    CLOCK,
    COMPRESSED_IMAGE,
    IMAGE,
    image_topic,
    transported,
    TYPES,
)


def test_remapping_the_image_moves_its_compressed_form(context):
    arguments = ['--ros-args', '-r', 'image:=/front/raw', '-r', '__ns:=/robot']
    node = Node('camera', context=context, cli_args=arguments)
    assert node.resolve_topic_name(transported(node, IMAGE)) == '/front/raw'
    assert node.resolve_topic_name(transported(node, COMPRESSED_IMAGE)) == '/front/raw/compressed'
    node.destroy_node()


def test_only_the_clock_is_outside_of_the_namespace():
    assert [name for name in TYPES if name.startswith('/')] == [CLOCK]


def test_each_transport_has_its_topic():
    assert image_topic('raw') == IMAGE
    assert image_topic('compressed') == COMPRESSED_IMAGE
