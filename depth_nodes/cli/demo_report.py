"""What the demo tells: summary.json, plain words, pictures."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from depth_nodes.cli.demo_source import DemoSource, PlayingPlan
from depth_nodes.cli.node_processes import frames_sent, running_backend
from depth_nodes.errors import DepthNodesError
from depth_nodes.evaluation.cloud_view import CloudViewConfig, draw_cloud
from depth_nodes.evaluation.pictures import draw_depth, write_picture


def summarise(
    arguments: argparse.Namespace,
    source: DemoSource,
    plan: PlayingPlan,
    report_path: Path,
    logs: dict[str, str],
) -> dict[str, Any]:
    """The content of summary.json.

    Raises:
        DepthNodesError: a node ended without telling what it did.
    """
    sent = frames_sent(logs)
    if sent is None or not report_path.is_file():
        raise DepthNodesError(f'the nodes left no report; see their logs in {report_path.parent}')
    report = json.loads(report_path.read_text())
    age = report['age_ms']['depth/image_rect']
    return {
        'source': {'name': source.name, 'path': str(source.path), 'text': source.description},
        'model': arguments.model,
        'backend': running_backend(logs) or arguments.backend,
        'frames_sent': sent[0],
        'sent_rate_hz': plan.rate_hz,
        'frames_received': {
            name: report['frames_received'][name] for name in ('depth', 'camera_info', 'points')
        },
        'headers_identical': report['headers_identical'],
        'rate_hz': report['rate_hz'],
        'age_ms': age and {name: age[name] for name in ('p50', 'p99')},
        'age_is': 'image stamp (set when it is sent) to arrival of its depth image',
        'accuracy': report['accuracy'],
        'frames': report['pictured'],
    }


def draw_pictures(folder: Path, summary: dict[str, Any], arrays_path: Path) -> list[str]:
    """Draws every kept frame and its cloud.

    Returns:
        The names of the pictures.
    """
    for old in [*folder.glob('frame_*.png'), *folder.glob('cloud_*.png')]:
        old.unlink()
    names: list[str] = []
    with np.load(arrays_path) as arrays:
        for number, facts in enumerate(summary['frames']):
            label = f'frame {facts["index"]} of {summary["source"]["name"]}    {_model(summary)}'
            names.append(f'frame_{facts["index"]:06d}.png')
            truth_m = arrays.get(f'truth_{number}')
            picture = draw_depth(
                arrays[f'image_{number}'],
                arrays[f'depth_{number}'],
                truth_m,
                caption=label + _frame_accuracy(facts),
            )
            write_picture(str(folder / names[-1]), picture)
            if f'points_{number}' not in arrays:
                continue
            names.append(f'cloud_{facts["index"]:06d}.png')
            points = arrays[f'points_{number}']
            num_valid = int(np.isfinite(points[..., 2]).sum())
            left_out = 100 - CloudViewConfig.far_percentile
            caption = f'{label}    {num_valid} points, the farthest {left_out:.0f}% not drawn'
            picture = draw_cloud(points, arrays[f'colours_{number}'], caption=caption)
            write_picture(str(folder / names[-1]), picture)
    return names


def write_summary(path: Path, summary: dict[str, Any]) -> None:
    """Writes summary.json."""
    path.write_text(json.dumps(summary, indent=1) + '\n')


def describe(summary: dict[str, Any]) -> str:
    """The summary in plain words."""
    received, age = summary['frames_received'], summary['age_ms']
    headers = 'are' if summary['headers_identical'] else 'ARE NOT'
    lines = [
        f'  sent      {summary["frames_sent"]} frames',
        f'  received  {received["depth"]} depth images, {received["camera_info"]} camera_infos, '
        f'{received["points"]} clouds; their headers {headers} those of the images',
    ]
    if summary['rate_hz'] is not None:
        lines.append(f'  rate      {summary["rate_hz"]:.2f} Hz of depth images')
    if age is not None:
        lines.append(
            f'  age       {age["p50"]:.1f} ms (p50), {age["p99"]:.1f} ms (p99), from sending an '
            'image to receiving its depth'
        )
    lines += [f'  accuracy  {text}' for text in _accuracy_lines(summary['accuracy'])]
    return '\n'.join([*lines, f'  model     {_model(summary)}'])


def _accuracy_lines(accuracy: dict[str, Any] | None) -> list[str]:
    if accuracy is None:
        return ['unknown: the recording has no ground truth']
    meanings = {'align_none': 'metres as published', 'align_median': 'after median scaling'}
    return [
        f'abs_rel {accuracy[name]["abs_rel"]:.3f}, within 25 %: {accuracy[name]["d1"]:.1%} '
        f'({meaning}, {accuracy[name]["frames"]} frames)'
        for name, meaning in meanings.items()
    ]


def _frame_accuracy(facts: dict[str, Any]) -> str:
    if 'align_none' not in facts:
        return ''
    return (
        f'    mean error {facts["align_none"]:.1%} as published, '
        f'{facts["align_median"]:.1%} after median scaling'
    )


def _model(summary: dict[str, Any]) -> str:
    return f'{summary["model"]} on {summary["backend"]}'
