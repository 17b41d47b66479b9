"""From the node's parameters to an estimator that is ready for the first frame."""

from __future__ import annotations

from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.parameters import path_of
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.depth_estimate import Estimator, EstimatorConfig
from depth_nodes.runtime.estimator import make_estimator
from depth_nodes.runtime.image_sizes import ImageSizes
from depth_nodes.runtime.pipeline_config import PointsConfig


def make_warm_estimator(parameters: DepthParameters) -> Estimator:
    """Loads the model and runs it, so that the first frame is as fast as any.

    What has to be built first, as an engine of TensorRT, has to wait for a frame: only that tells
    the size. The sizes of earlier starts are prepared for.

    Raises:
        ConfigError, CheckpointError, BackendError: as `make_estimator`.
    """
    points = PointsConfig(
        stride=parameters.points_stride, max_range_m=parameters.points_max_range_m
    )
    config = EstimatorConfig(
        input_height_px=parameters.input_height_px,
        input_width_px=parameters.input_width_px,
        min_depth_m=parameters.min_depth_m,
        max_depth_m=parameters.max_depth_m,
        output_size=parameters.output_size,
        points=points if parameters.points_enabled else None,
        num_cameras=len(parameters.camera_names),
        filters=parameters.filters,
    )
    engine_cache_dir = path_of(parameters.engine_cache_dir)
    backend_config = BackendConfig(
        num_threads=parameters.num_threads,
        precision=parameters.precision,
        engine_cache_dir=engine_cache_dir,
    )
    estimator = make_estimator(
        parameters.model,
        parameters.backend,
        models_dir=path_of(parameters.models_dir),
        prior_bank=path_of(parameters.prior_bank),
        backend_config=backend_config,
        estimator_config=config,
        image_sizes=ImageSizes(engine_cache_dir),
    )
    for size in estimator.warm_up_sizes_px:
        estimator.warm_up(*size)
    return estimator
