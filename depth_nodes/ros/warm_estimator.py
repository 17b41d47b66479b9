"""From the node's parameters to an estimator that is ready for the first frame."""

from __future__ import annotations

from pathlib import Path

from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.estimator import DepthEstimator, EstimatorConfig, make_estimator


def make_warm_estimator(parameters: DepthParameters) -> DepthEstimator:
    """Loads the model and runs it at its input size, so that the first frame is as fast as any.

    Raises:
        ConfigError, CheckpointError, BackendError: as `make_estimator`.
    """
    config = EstimatorConfig(
        input_height_px=parameters.input_height_px,
        input_width_px=parameters.input_width_px,
        min_depth_m=parameters.min_depth_m,
        max_depth_m=parameters.max_depth_m,
        output_size=parameters.output_size,
    )
    estimator = make_estimator(
        parameters.model,
        parameters.backend,
        models_dir=Path(parameters.models_dir) if parameters.models_dir else None,
        backend_config=BackendConfig(num_threads=parameters.num_threads),
        estimator_config=config,
    )
    estimator.warm_up(*estimator.input_size_px)
    return estimator
