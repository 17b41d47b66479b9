"""A node that a lifecycle manager restarts all day does not grow."""

import subprocess
import sys

NUM_CYCLES = 100
MAX_GROWTH_MB = 5.0
# In a process of its own: what other tests leave to be freed must not hide what is lost.
CODE = """
import ctypes, gc, os
import numpy as np
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from sensor_msgs.msg import CameraInfo, Image
from depth_nodes.messages.camera import Camera, fill_camera_info
from depth_nodes.messages.image import fill_image
from depth_nodes.ros.nodes.depth_node import DepthNode

PARAMETERS = dict(
    backend='onnx', num_threads=1, input_height_px=96, input_width_px=128, autostart=False
)
rclpy.init(args=['--ros-args', '--log-level', 'error'])
camera_node = Node('camera')
depth_node = DepthNode(parameter_overrides=[Parameter(k, value=v) for k, v in PARAMETERS.items()])
executor = SingleThreadedExecutor()
for node in (camera_node, depth_node):
    executor.add_node(node)
image, camera_info = Image(), CameraInfo()
fill_image(image, np.zeros((96, 128, 3), np.uint8))
fill_camera_info(camera_info, Camera.from_fov(128, 96, 70.0))
images = camera_node.create_publisher(Image, 'image', 1)
camera_infos = camera_node.create_publisher(CameraInfo, 'camera_info', 1)
depths = []
camera_node.create_subscription(Image, 'depth/image_rect', depths.append, 1)


def cycle(num_frames=0):
    depth_node.trigger_configure()
    depth_node.trigger_activate()
    depths.clear()
    while len(depths) < num_frames:
        images.publish(image)
        camera_infos.publish(camera_info)
        executor.spin_once(timeout_sec=0.02)
    depth_node.trigger_deactivate()
    depth_node.trigger_cleanup()


def resident_mb():
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with open('/proc/self/statm') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE') / 1e6


for _ in range(10):
    cycle(num_frames=2)
before_mb = resident_mb()
for number in range({cycles}):
    cycle(num_frames=2 if number % 10 == 9 else 0)
print(resident_mb() - before_mb)
"""


def test_a_hundred_cycles_leave_no_memory_behind():
    code = CODE.replace('{cycles}', str(NUM_CYCLES))
    result = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, timeout=600, check=False
    )
    assert result.returncode == 0, result.stderr
    assert float(result.stdout) < MAX_GROWTH_MB
