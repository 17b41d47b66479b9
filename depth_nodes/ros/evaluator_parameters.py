"""The parameters of `evaluator_node`."""

from __future__ import annotations

from dataclasses import dataclass

from depth_nodes.ros.parameters import parameter


@dataclass(frozen=True, kw_only=True)
class EvaluatorParameters:
    """What the user can set; all are read once, at start."""

    output: str = parameter('evaluation', 'Folder for report.json and frames.npz')
    min_depth_m: float = parameter(
        0.1, 'Ground truth below does not count [m]', minimum=0.001, maximum=1000.0
    )
    max_depth_m: float = parameter(
        80.0, 'Ground truth beyond does not count [m]', minimum=0.001, maximum=1000.0
    )
    expected_frames: int = parameter(
        0, 'End when so many have arrived; 0: unknown', minimum=0, maximum=2**31 - 1
    )
    idle_timeout_s: float = parameter(
        3.0, 'End so long after the last message [s]', minimum=0.1, maximum=3600.0
    )
    image_transport: str = parameter(
        'raw',
        'raw subscribes to image, compressed to image/compressed',
        choices=('raw', 'compressed'),
    )
    queue_depth: int = parameter(10, 'Messages kept per topic', minimum=1, maximum=1000)
