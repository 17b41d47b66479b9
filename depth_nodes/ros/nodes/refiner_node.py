"""`refiner_node`: keyframes of a camera stream in, depth at the camera's own resolution out."""

from __future__ import annotations

from functools import partial
import sys
from typing import Any

from std_srvs.srv import Trigger

from depth_nodes.ros.low_priority import call_at_low_priority
from depth_nodes.ros.parameters import path_of
from depth_nodes.ros.pipeline_node import PipelineNode
from depth_nodes.ros.refiner_parameters import RefinerParameters
from depth_nodes.ros.refiner_pipeline import RefinerPipeline
from depth_nodes.ros.spin import EXIT_TIMEOUT_S, run_node
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.refiner import make_refiner, Refiner, RefinerConfig


class RefinerNode(PipelineNode[RefinerParameters]):
    """Pairs images with depth, submits, publishes; a thread of low priority refines.

    Raises:
        ConfigError: a parameter is unknown or wrong.
    """

    def __init__(self, **node_arguments: Any) -> None:
        super().__init__('refiner_node', 'refined depth', RefinerParameters, **node_arguments)
        self.create_service(Trigger, '~/refine', self._on_refine)

    def make_pipeline(self) -> RefinerPipeline:
        """Loads the model and creates the output topics."""
        # The engines' own threads are as low as the one that loads them.
        refiner = call_at_low_priority(partial(_make_refiner, self.settings))
        (monitor,) = self.monitors.values()
        return RefinerPipeline(self, refiner, self.settings, monitor)

    def _on_refine(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        pipeline = self._pipeline
        response.success = isinstance(pipeline, RefinerPipeline) and pipeline.request()
        response.message = (
            'one of the next frames will be refined'
            if response.success
            else 'the node is not active: configure and activate it first'
        )
        return response


def _make_refiner(parameters: RefinerParameters) -> Refiner:
    config = RefinerConfig(
        min_depth_m=parameters.min_depth_m,
        max_depth_m=parameters.max_depth_m,
        max_tiles=parameters.max_tiles,
        sharpens_edges=parameters.sharpen_edges,
    )
    return make_refiner(
        parameters.model,
        parameters.backend,
        models_dir=path_of(parameters.models_dir),
        backend_config=BackendConfig(num_threads=parameters.num_threads),
        config=config,
    )


def make_node() -> RefinerNode:
    """The node, running if it shall start itself."""
    node = RefinerNode()
    node.start()
    return node


def main() -> None:
    """Entry point of the executable."""
    sys.exit(run_node(make_node, exit_timeout_s=EXIT_TIMEOUT_S))


if __name__ == '__main__':
    main()
