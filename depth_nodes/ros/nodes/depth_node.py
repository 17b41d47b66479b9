"""`depth_node`: camera streams in, metric depth images and point clouds out."""

from __future__ import annotations

import sys
import traceback
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.exceptions import NameValidationException
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

from depth_nodes.errors import DepthNodesError, first_line
from depth_nodes.ros.depth_diagnostics import DepthDiagnostics
from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.depth_pipeline import DepthPipeline
from depth_nodes.ros.frame_monitor import FrameMonitor
from depth_nodes.ros.log_forwarding import forward_logs, stop_forwarding
from depth_nodes.ros.parameters import declare_parameters
from depth_nodes.ros.spin import run_node
from depth_nodes.ros.warm_estimator import make_warm_estimator


class DepthNode(LifecycleNode):
    """Converts, submits, publishes; the worker's thread computes.

    Raises:
        ConfigError: a parameter is unknown or wrong.
    """

    def __init__(self, **node_arguments: Any) -> None:
        super().__init__('depth_node', **node_arguments)
        self._pipeline: DepthPipeline | None = None
        self._log_forwarder = forward_logs(self.get_logger())
        # It may raise; rclpy still destroys the node then.
        self._depth_parameters = declare_parameters(self, DepthParameters)
        cameras = self._depth_parameters.camera_names
        self._monitors = {one: FrameMonitor(self.get_logger(), one) for one in cameras}
        diagnostics = DepthDiagnostics(self, self._monitors)
        self.create_timer(
            self._depth_parameters.diagnostics_period_s,
            lambda: diagnostics.publish(self._pipeline),
            clock=Clock(clock_type=ClockType.STEADY_TIME),  # also before /clock comes, if it does
        )

    def start(self) -> None:
        """Configures and activates the node, unless that is left to a lifecycle manager.

        Raises:
            SystemExit: the node cannot be configured; its log says why.
        """
        if not self._depth_parameters.autostart:
            return
        success = TransitionCallbackReturn.SUCCESS
        if self.trigger_configure() != success or self.trigger_activate() != success:
            raise SystemExit(1)

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Loads the model, runs it once, creates the output topics."""
        try:
            parameters = self._depth_parameters
            estimator = make_warm_estimator(parameters)
            self._pipeline = DepthPipeline(self, estimator, parameters, self._monitors)
        except (DepthNodesError, NameValidationException) as error:
            self.get_logger().error(first_line(error))
            return TransitionCallbackReturn.FAILURE
        except Exception:
            self.get_logger().error(traceback.format_exc())
            raise  # rclpy makes it a failed transition, without a word
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Starts the worker and subscribes."""
        assert self._pipeline is not None, 'rclpy activates only what is configured'
        result = super().on_activate(state)
        self._pipeline.start()
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unsubscribes and stops the worker; the model stays loaded."""
        assert self._pipeline is not None, 'rclpy deactivates only what is active'
        self._pipeline.stop()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Frees the model and removes the output topics."""
        self._release()
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Frees everything, from whatever state."""
        self._release()
        return super().on_shutdown(state)

    def destroy_node(self) -> None:
        """Ends the worker's thread before the node goes."""
        self._release()
        stop_forwarding(self._log_forwarder)
        super().destroy_node()

    def _release(self) -> None:
        if self._pipeline:
            self._pipeline.close()
        self._pipeline = None


def make_node() -> DepthNode:
    """The node, running if it shall start itself."""
    node = DepthNode()
    node.start()
    return node


def main() -> None:
    """Entry point of the executable."""
    sys.exit(run_node(make_node))


if __name__ == '__main__':
    main()
