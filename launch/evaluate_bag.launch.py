"""A recording through depth_node, compared: ros2 launch depth_nodes evaluate_bag.launch.py.

Ends by itself, with exit code 1 where a node failed. `depth_nodes replay` does the same without
launch, and knows the model's hash and the CPU time too.
"""

from pathlib import Path

from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    IncludeLaunchDescription,
    OpaqueFunction,
    RegisterEventHandler,
)
from launch.event_handlers import OnProcessExit
from launch.events import Shutdown
from launch.events.process import ProcessExited
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity

SHARE = Path(__file__).resolve().parents[1]
REALTIME = SHARE / 'launch' / 'realtime.launch.py'
EVALUATOR = 'evaluator_node'

ARGUMENTS = [
    DeclareLaunchArgument('bag', description='rosbag2 or sequence folder with ground truth'),
    DeclareLaunchArgument('rate', default_value='1.0', description='Speed, times real time'),
    DeclareLaunchArgument(
        'step',
        default_value='false',
        description='Whether to publish a frame once the depth of the last one has been compared',
    ),
    DeclareLaunchArgument(
        'output', default_value='evaluation', description='Folder for evaluation.json'
    ),
    DeclareLaunchArgument(
        'params_file',
        default_value=str(SHARE / 'config' / 'replay.yaml'),
        description='Parameters of the nodes',
    ),
    DeclareLaunchArgument('model', default_value='', description='Name or path of the model'),
    DeclareLaunchArgument(
        'backend', default_value='', description='auto, tensorrt, torch, onnx or fake'
    ),
    DeclareLaunchArgument('namespace', default_value='', description='Of all nodes and topics'),
    DeclareLaunchArgument('log_level', default_value='info', description='debug, info, warn, ...'),
]
PASSED_ON = ('params_file', 'model', 'backend', 'namespace', 'log_level')


def generate_launch_description() -> LaunchDescription:
    """The arguments, the three nodes, and their end."""
    end = RegisterEventHandler(OnProcessExit(on_exit=_end))
    return LaunchDescription([*ARGUMENTS, end, OpaqueFunction(function=_nodes)])


def _nodes(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """depth_node as realtime.launch.py starts it, with its environment; evaluator and player."""
    given = {one.name: LaunchConfiguration(one.name).perform(context) for one in ARGUMENTS}
    # Arguments of an included file stay set; with this bag it would start a player of its own.
    passed_on = {'bag': '', **{name: given[name] for name in PASSED_ON}}
    is_stepping = given['step'].lower() in ('true', '1')
    rate = 1.0 if is_stepping else float(given['rate'])
    # launch would make a number of a bag or folder that is called 42.
    source = {'source': ParameterValue(given['bag'], value_type=str)}
    output = {'output': ParameterValue(given['output'], value_type=str)}
    mode = {'mode': 'step' if is_stepping else 'realtime'}
    return [
        IncludeLaunchDescription(
            PythonLaunchDescriptionSource(str(REALTIME)), launch_arguments=passed_on.items()
        ),
        _node(given, EVALUATOR, {**source, **output, 'rate': rate}),
        _node(given, 'player_node', {**source, **mode, 'rate': rate}),
    ]


def _node(given: dict[str, str], name: str, parameters: dict[str, object]) -> Node:
    return Node(
        package='depth_nodes',
        executable=name,
        name=name,
        namespace=given['namespace'],
        parameters=[given['params_file'], parameters],
        ros_arguments=['--log-level', given['log_level']],
        output='screen',
    )


def _end(event: ProcessExited, context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Ends the others after the evaluator; a node that failed is launch's own failure."""
    if context.is_shutdown:
        return []
    if event.returncode:
        raise RuntimeError(f'{event.process_name} ended with exit code {event.returncode}')
    if EVALUATOR in event.process_name:
        return [EmitEvent(event=Shutdown(reason='the recording has been compared'))]
    return []
