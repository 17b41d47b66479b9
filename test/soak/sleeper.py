"""A subscriber of everything, which tells what depth it got for as long as it is not stopped."""

import rclpy
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image, PointCloud2
from std_msgs.msg import Header

DEPTH, POINTS, HEARD = 'depth/image_rect', 'depth/points', 'heard'


def main() -> None:
    rclpy.init()
    node = rclpy.create_node('sleeper')
    qos = QoSProfile(depth=5)
    heard = node.create_publisher(Header, HEARD, qos)
    node.create_subscription(Image, DEPTH, lambda depth: heard.publish(depth.header), qos)
    node.create_subscription(PointCloud2, POINTS, lambda _: None, qos)
    rclpy.spin(node)


if __name__ == '__main__':
    main()
