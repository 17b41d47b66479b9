"""`depth_node`: camera streams in, metric depth images and point clouds out."""

from __future__ import annotations

import sys
from typing import Any

from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.depth_pipeline import DepthPipeline
from depth_nodes.ros.mounting import Mounting
from depth_nodes.ros.pipeline_node import PipelineNode
from depth_nodes.ros.spin import EXIT_TIMEOUT_S, run_node
from depth_nodes.ros.warm_estimator import make_warm_estimator


class DepthNode(PipelineNode[DepthParameters]):
    """Converts, submits, publishes; the worker's thread computes.

    Raises:
        ConfigError: a parameter is unknown or wrong.
    """

    def __init__(self, **node_arguments: Any) -> None:
        super().__init__('depth_node', 'depth', DepthParameters, **node_arguments)

    def make_pipeline(self) -> DepthPipeline:
        """Loads the model, runs it once, creates the output topics."""
        mounting = Mounting(self, self.settings)  # first, because wrong poses are soon found
        estimator = make_warm_estimator(self.settings)
        return DepthPipeline(self, estimator, self.settings, mounting, self.monitors)


def make_node() -> DepthNode:
    """The node, running if it shall start itself."""
    node = DepthNode()
    node.start()
    return node


def main() -> None:
    """Entry point of the executable."""
    sys.exit(run_node(make_node, exit_timeout_s=EXIT_TIMEOUT_S))


if __name__ == '__main__':
    main()
