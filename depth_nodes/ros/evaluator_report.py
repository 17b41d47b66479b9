"""What evaluator_node writes at its end, and tells before."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from depth_nodes.data.skip_reason import in_words, NO_DEPTH
from depth_nodes.errors import ConfigError, InputError
from depth_nodes.evaluation.evaluate import mean_result
from depth_nodes.ros.accuracy_meter import AccuracyMeter
from depth_nodes.ros.evaluator_parameters import EvaluatorParameters
from depth_nodes.ros.frame_recorder import FrameRecorder
from depth_nodes.ros.received_truth import ReceivedTruth
from depth_nodes.ros.recorded_pictures import write_frames
from depth_nodes.ros.recorded_truth import RecordedTruth

ALIGNMENTS = ('none', 'median')
SHARED = ('frames', 'scale_median', 'scale_std_over_median')
NUM_PICTURES = 4


def make_folder(path: str) -> None:
    """Makes the folder for them, where there is none.

    Raises:
        ConfigError: it cannot be made.
    """
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f'parameter output is {path!r} ({error.strerror}); choose another folder'
        ) from error


def write_reports(
    parameters: EvaluatorParameters,
    truth: RecordedTruth | ReceivedTruth,
    recorder: FrameRecorder,
    meter: AccuracyMeter,
) -> None:
    """Writes report.json and, by where the truth is from, frames.npz or evaluation.json.

    Raises:
        InputError: nothing of a recording was compared.
    """
    folder = Path(parameters.output)
    report = recorder.report()
    report['accuracy'] = accuracy_by_alignment(meter.summary) or None
    report['accuracy_frames_skipped'] = sum(meter.skipped.values())
    if isinstance(truth, ReceivedTruth):
        report['pictured'] = write_frames(
            folder / 'frames.npz',
            recorder.pictured_frames(NUM_PICTURES),
            truth,
            is_compressed=parameters.image_transport == 'compressed',
        )
    _write_json(folder / 'report.json', report)
    if isinstance(truth, RecordedTruth):
        result = replay_result(truth, recorder, meter)
        evaluation = {
            **dataclasses.asdict(parameters.config),
            'sequences': {truth.name: result},
            'overall': mean_result([result]),
        }
        _write_json(folder / 'evaluation.json', evaluation)


def accuracy_by_alignment(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The means of a result as metres and after median scaling; empty where it is."""
    return {
        f'align_{align}': {
            **{name: result[name] for name in SHARED},
            **result['alignments'][align],
        }
        for align in ALIGNMENTS
        if result
    }


def replay_result(
    truth: RecordedTruth, recorder: FrameRecorder, meter: AccuracyMeter
) -> dict[str, Any]:
    """The result of a recording as offline, with `latency` and `skipped`.

    Every image of the recording is one of `frames` or counted under `skipped`.

    Raises:
        InputError: nothing was compared.
    """
    counted = {NO_DEPTH: truth.num_frames - recorder.num_complete, **meter.skipped}
    skipped = {reason: count for reason, count in counted.items() if count}
    if not meter.summary:
        reasons = ', '.join(f'{count} x {in_words(reason)}' for reason, count in skipped.items())
        told = f': {meter.problem}' if meter.problem else ''
        raise InputError(f'{truth.name}: no frame could be compared ({reasons}){told}')
    per_frame = {'per_frame': meter.summary['per_frame']}
    rest = {name: value for name, value in meter.summary.items() if name not in per_frame}
    latency = recorder.latency(truth.num_frames)
    return {**rest, 'latency': latency, **truth.facts, 'skipped': skipped, **per_frame}


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, allow_nan=False) + '\n')
