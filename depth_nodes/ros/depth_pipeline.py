"""What `depth_node` holds while it is configured, and what it runs while it is active."""

from __future__ import annotations

from rclpy.lifecycle import LifecycleNode

from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.frame_input import CameraFrame, FrameInput
from depth_nodes.ros.frame_monitor import FrameMonitor
from depth_nodes.ros.frame_processor import FrameProcessor
from depth_nodes.ros.latest_worker import LatestWorker
from depth_nodes.ros.outputs import DepthOutputs
from depth_nodes.runtime.depth_estimate import Estimator


class DepthPipeline:
    """Subscriptions -> one slot -> one thread -> publishers.

    Attributes:
        input: the subscriptions, between `start` and `stop`.
    """

    def __init__(
        self,
        node: LifecycleNode,
        estimator: Estimator,
        parameters: DepthParameters,
        monitor: FrameMonitor,
    ) -> None:
        """Creates the output topics. Takes over the estimator: `close` closes it."""
        self.estimator = estimator
        self.outputs = DepthOutputs(node, parameters)
        self.input: FrameInput | None = None
        self._worker: LatestWorker[CameraFrame] | None = None
        self._node = node
        self._parameters = parameters
        self._monitor = monitor

    def start(self) -> None:
        """Starts the thread and subscribes."""
        self._worker = LatestWorker(
            FrameProcessor(self.estimator, self.outputs, self._monitor, self._node.get_clock()),
            on_drop=lambda: self._monitor.count('dropped'),
            on_error=self._on_error,
            name='depth',
        )
        self.input = FrameInput(self._node, self._parameters, self._worker.submit, self._monitor)
        image, camera_info = self.input.image_subscription, self.input.camera_info_subscription
        self._node.get_logger().info(
            f'waiting for images on {image.topic_name} and {camera_info.topic_name}'
        )

    def stop(self) -> None:
        """Unsubscribes and waits for the thread; does nothing when there is none."""
        if self.input and self._worker:
            self.input.destroy()
            self._worker.stop()
        self.input = self._worker = None

    def close(self) -> None:
        """Stops, removes the output topics, frees the model."""
        self.stop()
        self.outputs.destroy()
        self.estimator.close()

    def _on_error(self, error: Exception) -> None:
        # After Ctrl-C nothing can be published any more; that is no failure.
        if self._node.context.ok():
            self._monitor.fail(error)
