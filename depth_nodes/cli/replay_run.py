"""The work of `replay`, apart from its options: reading recordings needs rosbags."""

from __future__ import annotations

import argparse
import dataclasses
from functools import partial
import json
from pathlib import Path
from typing import Any

import yaml

from depth_nodes.cli.bag_options import refuse_bag_options
from depth_nodes.cli.evaluation_files import publish_evaluation, run_document
from depth_nodes.cli.node_processes import (
    frames_sent,
    NodeProcesses,
    require_ros,
    running_backend,
)
from depth_nodes.cli.predictor import (
    make_predictor,
    sha256_of_weights,
    UNLIMITED_RANGE_M,
)
from depth_nodes.cli.protocol import config_from_arguments
from depth_nodes.data.bag import BagReader
from depth_nodes.data.evaluation_bag import EvaluationBag
from depth_nodes.data.evaluation_topics import TopicNames
from depth_nodes.data.sequence import Sequence
from depth_nodes.data.skip_reason import in_words, WITHOUT_TRUTH
from depth_nodes.errors import ConfigError, DepthNodesError, MissingTopicError
from depth_nodes.evaluation.report.frame_picture import report_pictures, SequencePictures
from depth_nodes.messages.transform_tree import text_from_pose
from depth_nodes.runtime.model_store import fake_model, find_model, find_share

DEFAULTS = Path('config/replay.yaml')
RESULT = 'evaluation.json'
READY = 'waiting for images on'
STARTING_S, ENDING_S = 90.0, 60.0


def run_replay(arguments: argparse.Namespace) -> int:
    """Plays, compares, prints and writes; what was compared before a failure is written too.

    Raises:
        DepthNodesError: the recording, a node or ROS itself does not work, or nothing was
            compared.
    """
    require_ros()
    recording, rate_hz = _open(arguments)
    output: Path = arguments.output
    output.parent.mkdir(parents=True, exist_ok=True)
    folder = output.with_name(f'{output.stem}_nodes')
    failure: DepthNodesError | None = None
    (folder / RESULT).unlink(missing_ok=True)
    with NodeProcesses(folder) as nodes:
        try:
            cpu_s = _play(arguments, nodes, recording, rate_hz)
        except DepthNodesError as error:
            failure, cpu_s = error, None
        logs = nodes.stop()
    if not (folder / RESULT).is_file():
        raise failure or DepthNodesError(f'evaluator_node left no result; see {folder}')
    document = _document(arguments, json.loads((folder / RESULT).read_text()), logs, cpu_s)
    if failure:
        document |= {'complete': False, 'problems': [*document['problems'], str(failure)]}
    print(_describe(document))
    publish_evaluation(output, document, partial(_pictures, arguments, recording, document))
    print(f'the logs of the nodes are in {folder}')
    if failure:
        raise failure
    return 0


def _play(
    arguments: argparse.Namespace,
    nodes: NodeProcesses,
    recording: Sequence | EvaluationBag,
    rate_hz: float,
) -> float | None:
    """Runs the nodes to their end.

    Returns:
        CPU time of depth_node while the recording played [s]; None where it is not known.
    """
    source, num_frames = str(recording.path.resolve()), len(recording)
    pace = {'mode': 'step'} if arguments.step else {'rate': arguments.rate}
    read = {
        'source': source,
        'image_topic': arguments.image_topic or '',
        'camera_info_topic': arguments.camera_info_topic or '',
        'odometry_topic': arguments.odom_topic or '',
    }
    mounting = {'base_from_camera': _base_from_camera(recording)}
    evaluator = {
        **read,
        **mounting,
        'ground_truth_topic': arguments.truth_topic or '',
        'tolerance_s': -1.0 if arguments.tolerance_s is None else arguments.tolerance_s,
        'output': str(nodes.folder.resolve()),
        'rate': 1.0 if arguments.step else arguments.rate,
        'boundaries': arguments.boundaries,
        **dataclasses.asdict(config_from_arguments(arguments)),
    }
    defaults = find_share(DEFAULTS)
    print(f'playing {num_frames} frames through player_node, depth_node and evaluator_node')
    nodes.start('evaluator_node', evaluator, defaults)
    network = {'model': arguments.model, 'backend': arguments.backend, **mounting}
    nodes.start('depth_node', network, defaults)
    nodes.wait_for_words('depth_node', READY, STARTING_S)
    before_s = nodes.cpu_s('depth_node')
    nodes.start('player_node', {**read, **pace}, defaults)
    frame_s = _step_limit_s(defaults) if arguments.step else 1.5 / (rate_hz * arguments.rate)
    nodes.wait('player_node', STARTING_S + num_frames * frame_s)
    after_s = nodes.cpu_s('depth_node')
    nodes.wait('evaluator_node', ENDING_S)
    return None if before_s is None or after_s is None else after_s - before_s


def _base_from_camera(recording: Sequence | EvaluationBag) -> str:
    """As the nodes take it; empty: unknown, or odometry is of the camera itself."""
    if not isinstance(recording, EvaluationBag):
        return ''
    pose = recording.base_from_camera
    return '' if pose is None else text_from_pose(pose)


def _step_limit_s(defaults: Path | None) -> float:
    assert defaults is not None, f'{DEFAULTS} is part of the package'
    player = yaml.safe_load(defaults.read_text())['/**']['player_node']
    return float(player['ros__parameters']['step_timeout_s'])


def _open(arguments: argparse.Namespace) -> tuple[Sequence | EvaluationBag, float]:
    """The recording and its frames a second.

    Raises:
        InputError: it cannot be read, or has no truth.
        ConfigError: a named topic is not there, or one is named without a bag.
    """
    if arguments.sequence:
        refuse_bag_options(arguments)
        sequence = Sequence(arguments.sequence)
        return sequence, sequence.rate_hz
    names = TopicNames(
        image=arguments.image_topic,
        camera_info=arguments.camera_info_topic,
        truth=arguments.truth_topic,
        odometry=arguments.odom_topic,
    )
    try:
        bag = EvaluationBag(
            arguments.bag,
            names,
            tolerance_s=arguments.tolerance_s,
            is_prediction_read=False,
            base_from_camera=arguments.base_from_camera,
        )
    except MissingTopicError as error:
        raise ConfigError(str(error)) from error
    return bag, BagReader(bag.path, image_topic=names.image).rate_hz


def _document(
    arguments: argparse.Namespace,
    results: dict[str, Any],
    logs: dict[str, str],
    cpu_s: float | None,
) -> dict[str, Any]:
    """The results of evaluator_node, and what only this command knows."""
    backend = running_backend(logs) or arguments.backend
    model = fake_model() if backend == 'fake' else find_model(arguments.model)
    ((name, result),) = results['sequences'].items()
    _, elapsed_s = frames_sent(logs) or (0, 0.0)
    result['latency']['cpu_share'] = cpu_s / elapsed_s if cpu_s and elapsed_s else None
    lost = _lost_frames(result['skipped']) if arguments.step else {}
    return run_document(
        results,
        model=model.name,
        weights_sha256=sha256_of_weights(model, backend) or None,
        command=arguments.command_line,
        protocol=arguments.protocol,
        problems=[f'{name}: {count} frames: {in_words(reason)}' for reason, count in lost.items()],
    )


def _lost_frames(skipped: dict[str, int]) -> dict[str, int]:
    """Those that the recording has truth for."""
    return {reason: count for reason, count in skipped.items() if reason not in WITHOUT_TRUTH}


def _pictures(
    arguments: argparse.Namespace,
    recording: Sequence | EvaluationBag,
    document: dict[str, Any],
) -> dict[str, SequencePictures]:
    """Pictures of frames that the nodes computed, computed once more."""
    predictor = make_predictor(arguments.model, arguments.backend, depth_range_m=UNLIMITED_RANGE_M)
    config = config_from_arguments(arguments)
    pictures = report_pictures(predictor, [recording], document, config)
    predictor.close()
    return pictures


def _describe(document: dict[str, Any]) -> str:
    """How fast depth came, and what became of the other frames, in plain words."""
    ((_, result),) = document['sequences'].items()
    latency = result['latency']
    lines = [
        f'  frames    {latency["expected"]} played, {latency["published"]} depth images, '
        f'{result["frames"]} compared'
    ]
    lines += [
        f'            {count} {in_words(reason)}' for reason, count in result['skipped'].items()
    ]
    if latency['age_p50_ms'] is not None:
        ages = (f'{latency[f"age_p{part}_ms"]:.1f} ms (p{part})' for part in (50, 95, 99))
        lines.append(f'  age       {", ".join(ages)}, from the stamp to the arrival of depth')
    if latency['jitter_ms'] is not None:
        lines.append(f'  jitter    {latency["jitter_ms"]:.1f} ms between depth images')
    if latency['cpu_share'] is not None:
        lines.append(f'  CPU       {latency["cpu_share"]:.2f} cores of depth_node')
    return '\n'.join(lines)
