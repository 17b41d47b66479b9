"""The metadata for colcon and pip alike; the version is read from package.xml."""

from pathlib import Path
from xml.etree import ElementTree

from setuptools import find_packages, setup

NAME = 'depth_nodes'
HERE = Path(__file__).resolve().parent
ROS_WHEELS = '; platform_machine == "x86_64" and sys_platform == "linux"'


def share_files() -> list[tuple[str, list[str]]]:
    """The files of share/depth_nodes, folder by folder, as setuptools wants them."""
    folders = [(f'share/{NAME}', ['package.xml'])]
    for root in ('launch', 'config', 'rviz', 'models'):
        for folder in [HERE / root, *sorted((HERE / root).rglob('*/'))]:
            files = sorted(path for path in folder.glob('[!._]*') if path.is_file())
            if files:
                relative = folder.relative_to(HERE).as_posix()
                names = [path.relative_to(HERE).as_posix() for path in files]
                folders.append((f'share/{NAME}/{relative}', names))
    return folders


setup(
    name=NAME,
    version=ElementTree.parse(HERE / 'package.xml').findtext('version'),
    description='Metric depth images and point clouds from one camera, as ROS 2 nodes',
    author='depth_nodes maintainers',
    maintainer='depth_nodes maintainers',
    maintainer_email='maintainers@depth-nodes.org',
    license='Apache-2.0',
    packages=find_packages(include=[NAME, f'{NAME}.*']),
    package_data={
        f'{NAME}.data.synthetic': ['shaders/*'],
        f'{NAME}.evaluation.report': ['*.css'],
    },
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{NAME}']),
        *share_files(),
    ],
    zip_safe=False,
    python_requires='>=3.10',
    # pip installs these; colcon neither installs nor checks them.  Where ROS is installed,
    # `cv2`, `numpy`, `tqdm` and `yaml` come from apt through package.xml, and apt's OpenCV answers
    # to no pip name: nothing of ours may import pkg_resources, which would look for one.
    install_requires=[
        'jaxtyping',
        'numpy',
        'onnxruntime',
        'opencv-python-headless<5',
        'pyyaml',
        'rosbags>=0.11,<0.12',
        'tqdm',
    ],
    extras_require={
        # ROS 2 without a ROS installation; never beside a sourced /opt/ros.
        'ros': [
            f'ros-kilted-rclpy==9.1.2{ROS_WHEELS}',
            f'ros-kilted-rmw-fastrtps-cpp==9.3.3{ROS_WHEELS}',
            f'ros-kilted-common-interfaces==5.5.1{ROS_WHEELS}',
        ],
        'gpu': ['safetensors', 'torch-tensorrt>=2.8'],
        # `evaluate --ray`: many recordings at once, on one machine or a cluster.
        'fleet': ['ray>=2.48'],
        # moderngl draws through EGL (Debian: libegl1 libgl1-mesa-dri); without either, scenes are
        # rendered by the slower ray caster.
        'train': [
            'matplotlib',
            'moderngl',
            'onnx',
            'onnxscript',
            'safetensors',
            'tensorboard',
            'timm>=1.0',
            'torch>=2.8',
        ],
        'test': [
            'beartype',
            'colcon-bash',
            'colcon-core==0.21.3',
            'colcon-package-information',
            'colcon-python-setup-py',
            'colcon-ros==0.5.0',
            'embreex; platform_machine == "x86_64"',
            'hypothesis',
            'mypy',
            'psutil',
            'pytest',
            'pytest-cov',
            'pytest-xdist',
            'ruff',
            'setuptools<80',
        ],
    },
    entry_points={
        'console_scripts': [
            'depth_nodes = depth_nodes.cli.main:console',
            'depth_node = depth_nodes.ros.nodes.depth_node:main',
            'player_node = depth_nodes.ros.nodes.player_node:main',
            'evaluator_node = depth_nodes.ros.nodes.evaluator_node:main',
            'refiner_node = depth_nodes.ros.nodes.refiner_node:main',
        ],
    },
)
