"""A camera (or a recording) through depth_node: ros2 launch depth_nodes realtime.launch.py.

Arguments that are left empty pass nothing on, so that the parameter file has the last word.
"""

from pathlib import Path

from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable
from launch.substitutions import EnvironmentVariable, LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity

# Found from this file: get_package_share_directory fails where no ROS installation is sourced.
SHARE = Path(__file__).resolve().parents[1]
PROFILE_VARIABLES = ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE')
# For RViz, whose glibc otherwise maps and unmaps big messages one by one (bytes: 32 MiB and
# 256 MiB); the nodes of this package set the same themselves.
MALLOC_VARIABLES = {'MALLOC_MMAP_THRESHOLD_': '33554432', 'MALLOC_TRIM_THRESHOLD_': '268435456'}
TOPICS = ('image', 'camera_info', 'depth/image_rect', 'depth/camera_info', 'depth/points')

ARGUMENTS = [
    DeclareLaunchArgument(
        'params_file',
        default_value=str(SHARE / 'config' / 'realtime.yaml'),
        description='Parameters of the nodes; where it names cameras, the arguments image, '
        'camera_info, bag, refine and rviz, which are for one, do nothing for them',
    ),
    DeclareLaunchArgument('image', default_value='image', description='Topic of the camera image'),
    DeclareLaunchArgument(
        'camera_info', default_value='', description='Its CameraInfo; empty: beside the image'
    ),
    DeclareLaunchArgument(
        'odom', default_value='odom', description='Odometry, where model or scale_mode need it'
    ),
    DeclareLaunchArgument('model', default_value='', description='Name or path of the model'),
    DeclareLaunchArgument(
        'backend', default_value='', description='auto, tensorrt, torch, onnx or fake'
    ),
    DeclareLaunchArgument(
        'refine',
        default_value='false',
        description='Whether to refine keyframes at the resolution of the camera (refiner_node)',
    ),
    DeclareLaunchArgument('rviz', default_value='false', description='Whether to open RViz'),
    DeclareLaunchArgument(
        'bag', default_value='', description='rosbag2, sequence folder or video to play'
    ),
    DeclareLaunchArgument(
        'use_sim_time', default_value='', description='Whether time comes from /clock'
    ),
    DeclareLaunchArgument('namespace', default_value='', description='Of all nodes and topics'),
    DeclareLaunchArgument('log_level', default_value='info', description='debug, info, warn, ...'),
    DeclareLaunchArgument(
        'fastdds_profile',
        default_value=EnvironmentVariable(
            PROFILE_VARIABLES[0],
            default_value=[
                EnvironmentVariable(
                    PROFILE_VARIABLES[1],
                    default_value=str(SHARE / 'config' / 'fastdds_profile.xml'),
                )
            ],
        ),
        description='Fast DDS profile for big messages; empty: that of Fast DDS',
    ),
]


def generate_launch_description() -> LaunchDescription:
    """The arguments, and the nodes that they ask for."""
    return LaunchDescription([*ARGUMENTS, OpaqueFunction(function=_environment_and_nodes)])


def _environment_and_nodes(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    given = {one.name: LaunchConfiguration(one.name).perform(context) for one in ARGUMENTS}
    profile = given['fastdds_profile']
    actions = [SetEnvironmentVariable(name, profile) for name in PROFILE_VARIABLES if profile]
    if _is_true(given['rviz']):
        actions.append(_rviz(given))  # first: where it is not installed, nothing has started yet
    actions.append(_depth_node(given))
    if _is_true(given['refine']):
        actions.append(_refiner_node(given))
    if given['bag']:
        actions.append(_player_node(given))
    return actions


def _depth_node(given: dict[str, str]) -> Node:
    overrides = [{name: _text(given[name])} for name in ('model', 'backend') if given[name]]
    return Node(
        package='depth_nodes',
        executable='depth_node',
        name='depth_node',
        parameters=[given['params_file'], *overrides, *_time_source(given)],
        **_common(given),
    )


def _refiner_node(given: dict[str, str]) -> Node:
    overrides = [{'backend': _text(given['backend'])}] if given['backend'] else []
    return Node(
        package='depth_nodes',
        executable='refiner_node',
        name='refiner_node',
        parameters=[given['params_file'], *overrides, *_time_source(given)],
        **_common(given),
    )


def _player_node(given: dict[str, str]) -> Node:
    # The player is the source of time, not a follower.  It waits for depth/image_rect, because
    # RViz subscribes to the image while depth_node still loads its model.
    return Node(
        package='depth_nodes',
        executable='player_node',
        name='player_node',
        parameters=[
            {
                'source': _text(given['bag']),
                'publish_clock': _is_true(given['use_sim_time']),
                'wait_for_depth': True,
            }
        ],
        **_common(given),
    )


def _rviz(given: dict[str, str]) -> Node:
    # The file names absolute topics; these take them into the namespace and to the camera.
    namespace = given['namespace'].strip('/')
    prefix = f'/{namespace}/' if namespace else '/'
    names = {topic: topic for topic in TOPICS} | dict(_remappings(given))
    moved = {f'/{topic}': f'{prefix}{name}' for topic, name in names.items()}
    moved |= {f'/{topic}': name for topic, name in names.items() if name.startswith('/')}
    return Node(
        package='rviz2',
        executable='rviz2',
        arguments=['-d', str(SHARE / 'rviz' / 'realtime.rviz')],
        parameters=_time_source(given),
        remappings=list(moved.items()),
        additional_env=MALLOC_VARIABLES,
    )


def _common(given: dict[str, str]) -> dict[str, object]:
    return {
        'namespace': given['namespace'],
        'remappings': _remappings(given),
        'ros_arguments': ['--log-level', given['log_level']],
        'output': 'screen',
    }


def _remappings(given: dict[str, str]) -> list[tuple[str, str]]:
    image = given['image']
    folder = image.rpartition('/')[0]
    sibling = f'{folder}/camera_info' if '/' in image else 'camera_info'
    return [
        ('image', image),
        ('camera_info', given['camera_info'] or sibling),
        ('odom', given['odom']),
    ]


def _text(value: str) -> ParameterValue:
    # launch would make a number of a model or bag that is called 42.
    return ParameterValue(value, value_type=str)


def _time_source(given: dict[str, str]) -> list[dict[str, bool]]:
    if not given['use_sim_time']:
        return []
    return [{'use_sim_time': _is_true(given['use_sim_time'])}]


def _is_true(value: str) -> bool:
    return value.lower() in ('true', '1')
