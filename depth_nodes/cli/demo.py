"""Plays a camera through the real ROS 2 nodes and shows what comes out."""

from __future__ import annotations

import argparse
from pathlib import Path

from depth_nodes.errors import DepthNodesError

DEFAULT_OUTPUT = Path('out/demo')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument('--sequence', type=Path, metavar='DIR', help='a sequence folder')
    source.add_argument('--bag', type=Path, metavar='FILE', help='a rosbag2 recording')
    source.add_argument(
        '--scene', choices=('room', 'street'), default='room', help='what to render otherwise'
    )
    parser.add_argument('--output', type=Path, default=DEFAULT_OUTPUT, metavar='DIR')
    parser.add_argument('--model', default='small_depth', help='name or path of a model')
    parser.add_argument(
        '--backend', default='auto', choices=('auto', 'tensorrt', 'torch', 'onnx', 'fake')
    )
    parser.add_argument('--rate-hz', type=float, help='frames a second; as recorded by default')
    parser.add_argument('--seed', type=int, default=7, help='of the rendered scene')


def run(arguments: argparse.Namespace) -> int:
    """Renders or opens the source, plays it, writes summary and pictures.

    Raises:
        DepthNodesError: the source, a node or ROS itself does not work, or no depth arrived.
    """
    from depth_nodes.cli.demo_report import describe, draw_pictures, summarise, write_summary
    from depth_nodes.cli.demo_source import open_source, plan_playing
    from depth_nodes.cli.node_processes import NodeProcesses, require_ros

    require_ros()
    output: Path = arguments.output
    output.mkdir(parents=True, exist_ok=True)
    source = open_source(arguments, output)
    plan = plan_playing(source, arguments.rate_hz)
    print(
        f'{source.description}: playing {plan.num_frames} frames at {plan.rate_hz:.3g} Hz '
        f'through evaluator_node, depth_node and player_node'
    )
    with NodeProcesses(output / 'nodes') as nodes:
        nodes.start('evaluator_node', plan.evaluator_parameters(nodes.folder))
        nodes.start('depth_node', {'model': arguments.model, 'backend': arguments.backend})
        nodes.start('player_node', plan.player_parameters(source))
        nodes.wait('player_node', plan.time_limit_s)
        nodes.wait('evaluator_node', plan.end_limit_s)
        logs = nodes.stop()
    summary = summarise(arguments, source, plan, nodes.folder / 'report.json', logs)
    if not summary['frames_received']['depth']:
        raise DepthNodesError(f'no depth image arrived: {nodes.last_words("depth_node")}')
    summary['pictures'] = draw_pictures(output, summary, nodes.folder / 'frames.npz')
    write_summary(output / 'summary.json', summary)
    print(describe(summary))
    print(f'pictures and summary.json are in {output}')
    return 0
