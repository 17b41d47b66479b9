from rclpy.node import Node

from depth_nodes.ros.topics import (
    camera_topic,
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


def test_a_camera_among_several_has_a_folder(context):
    arguments = ['--ros-args', '-r', 'left/image:=/stereo/left']
    node = Node('camera', context=context, cli_args=arguments)
    topics = [camera_topic(camera, COMPRESSED_IMAGE) for camera in ('', 'right', 'left')]
    assert topics == ['image/compressed', 'right/image/compressed', 'left/image/compressed']
    resolved = [node.resolve_topic_name(transported(node, topic)) for topic in topics]
    assert resolved == [f'/{topics[0]}', f'/{topics[1]}', '/stereo/left/compressed']
    node.destroy_node()


def test_only_the_clock_is_outside_of_the_namespace():
    assert [name for name in TYPES if name.startswith('/')] == [CLOCK]


def test_each_transport_has_its_topic():
    assert image_topic('raw') == IMAGE
    assert image_topic('compressed') == COMPRESSED_IMAGE
