"""The work of `evaluate`, apart from its options: reading recordings needs rosbags."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
import dataclasses
from functools import partial
from pathlib import Path
from typing import Any

from depth_nodes.cli.bag_options import refuse_bag_options
from depth_nodes.cli.evaluation_files import publish_evaluation, run_document
from depth_nodes.cli.judged_depth import is_recorded, JudgedDepth, ModelChoice
from depth_nodes.cli.partial_results import PartialResults
from depth_nodes.cli.protocol import config_from_arguments
from depth_nodes.cli.ray_workers import evaluate_on_ray, require_ray
from depth_nodes.cli.source_results import evaluate_sources, EvaluateAll, one_after_the_other
from depth_nodes.data.evaluation_bag import EvaluationBag
from depth_nodes.data.evaluation_topics import TopicNames
from depth_nodes.data.recording_folder import recordings_below
from depth_nodes.data.sequence import Sequence
from depth_nodes.errors import ConfigError, InputError, MissingTopicError
from depth_nodes.evaluation.evaluate import evaluate_sequence, mean_result
from depth_nodes.evaluation.evaluation_config import EvaluationConfig
from depth_nodes.evaluation.report.frame_picture import report_pictures

# Of the options, those that change no result.
FREE_OPTIONS = ('bag', 'bags', 'sequence', 'ray', 'output', 'verbose', 'command', 'command_line')
MAX_PROBLEMS_SAID = 3


def run_evaluation(arguments: argparse.Namespace) -> int:
    """Evaluates, prints and writes.

    Raises:
        InputError: something could not be evaluated; what could be is written before.
    """
    if arguments.ray:
        require_ray()
    config = config_from_arguments(arguments)
    sources, problems = _open_sources(arguments)
    output: Path = arguments.output
    output.parent.mkdir(parents=True, exist_ok=True)
    judged = JudgedDepth(sources, _choice(arguments).load)
    kept = PartialResults(output, _settings(arguments, judged))
    results = evaluate_sources(sources, _evaluate_all(arguments, judged, config), kept)
    problems += results.problems
    if results.by_name:
        document = run_document(
            {
                **dataclasses.asdict(config),
                'sequences': results.by_name,
                'overall': mean_result(list(results.by_name.values())),
            },
            model=judged.model_name,
            weights_sha256=judged.weights_sha256,
            command=arguments.command_line,
            protocol=arguments.protocol,
            problems=problems,
        )
        pictures = partial(report_pictures, judged, sources, document, config)
        publish_evaluation(output, document, pictures)
    judged.close()
    if problems:
        raise InputError(_in_a_line(problems, output if results.by_name else None))
    kept.remove()
    return 0


def _choice(arguments: argparse.Namespace) -> ModelChoice:
    return ModelChoice(model=arguments.model, backend=arguments.backend, refine=arguments.refine)


def _evaluate_all(
    arguments: argparse.Namespace, judged: JudgedDepth, config: EvaluationConfig
) -> EvaluateAll:
    """The same function of a source, on Ray or one after the other."""
    evaluate = partial(
        evaluate_sequence,
        config=config,
        with_boundaries=arguments.boundaries,
        with_flip=arguments.flip,
    )
    if arguments.ray:
        return partial(evaluate_on_ray, choice=_choice(arguments), evaluate=evaluate)
    return partial(one_after_the_other, evaluate_one=partial(evaluate, judged))


def _in_a_line(problems: list[str], output: Path | None) -> str:
    """All of them where nothing was written; else the first few."""
    num_more = 0 if output is None else len(problems) - MAX_PROBLEMS_SAID
    if num_more <= 0:
        return '; '.join(problems)
    said = '; '.join(problems[:MAX_PROBLEMS_SAID])
    return f'{said}; and {num_more} more, see `problems` in {output}'


def _open_sources(arguments: argparse.Namespace) -> tuple[list[Any], list[str]]:
    """What can be opened, and what is wrong with the rest."""
    if arguments.sequence:
        refuse_bag_options(arguments)
        return [Sequence(path) for path in arguments.sequence], []
    names = recordings_below(arguments.bags) if arguments.bags else {}
    bags, problems = open_bags(arguments.bag or list(names), arguments)
    for bag in bags:
        bag.name = names.get(bag.path, bag.name)
    if arguments.flip and any(is_recorded(bag) for bag in bags):
        raise ConfigError('--flip needs a model for mirrored images: name one with --model')
    return list(bags), problems


def _settings(arguments: argparse.Namespace, judged: JudgedDepth) -> dict[str, Any]:
    """All that changes results, for a run that goes on after an interruption."""
    named = {
        name: str(value) for name, value in vars(arguments).items() if name not in FREE_OPTIONS
    }
    return {**named, 'weights_sha256': judged.weights_sha256}


def open_bags(
    paths: Iterable[Path], arguments: argparse.Namespace
) -> tuple[list[EvaluationBag], list[str]]:
    """The recordings that can be opened, and what is wrong with the others.

    Raises:
        ConfigError: a named topic is in none of them, or the tolerance is none.
    """
    names = TopicNames(
        image=arguments.image_topic,
        camera_info=arguments.camera_info_topic,
        truth=arguments.truth_topic,
        prediction=arguments.prediction_topic,
        odometry=arguments.odom_topic,
    )
    bags: list[EvaluationBag] = []
    errors: list[InputError] = []
    for path in paths:
        try:
            bag = EvaluationBag(
                path,
                names,
                tolerance_s=arguments.tolerance_s,
                is_prediction_read=arguments.model is None and arguments.refine is None,
                base_from_camera=arguments.base_from_camera,
            )
            bags.append(bag)
        except InputError as error:
            errors.append(error)
    if not bags and errors and all(isinstance(error, MissingTopicError) for error in errors):
        raise ConfigError(str(errors[0]))
    return bags, [str(error) for error in errors]
