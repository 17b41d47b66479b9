"""A lifecycle node around a pipeline: what `depth_node` and `refiner_node` have in common."""

from __future__ import annotations

from abc import abstractmethod
import traceback
from typing import Any, Generic, TypeVar

from rcl_interfaces.msg import SetParametersResult
from rclpy.clock import Clock, ClockType
from rclpy.exceptions import NameValidationException
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter

from depth_nodes.errors import ConfigError, DepthNodesError, first_line
from depth_nodes.ros.depth_diagnostics import DepthDiagnostics
from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.frame_monitor import FrameMonitor
from depth_nodes.ros.log_forwarding import forward_logs, stop_forwarding
from depth_nodes.ros.parameters import changed_parameters, declare_parameters
from depth_nodes.ros.pipeline import Pipeline
from depth_nodes.ros.refiner_parameters import RefinerParameters
from depth_nodes.ros.spin import is_asked_to_end

Parameters = TypeVar('Parameters', DepthParameters, RefinerParameters)


class PipelineNode(LifecycleNode, Generic[Parameters]):
    """Declares the parameters, makes and drives the pipeline, publishes diagnostics.

    Args:
        name: of the node, where nothing remaps it.
        subject: what the diagnostics are about, in a word.
        parameters_class: what the user can set.
        node_arguments: of rclpy.

    Attributes:
        settings: what the user has set.
        monitors: of the frames of each camera.

    Raises:
        ConfigError: a parameter is unknown or wrong.
    """

    def __init__(
        self, name: str, subject: str, parameters_class: type[Parameters], **node_arguments: Any
    ) -> None:
        super().__init__(name, **node_arguments)
        self._pipeline: Pipeline | None = None
        self._log_forwarder = forward_logs(self.get_logger())
        # It may raise; rclpy still destroys the node then.
        self.settings: Parameters = declare_parameters(self, parameters_class)
        self.add_on_set_parameters_callback(self._on_parameters)
        cameras = self.settings.camera_names
        self.monitors: dict[str, FrameMonitor] = {
            one: FrameMonitor(self.get_logger(), one) for one in cameras
        }
        diagnostics = DepthDiagnostics(self, subject, self.monitors)
        self.create_timer(
            self.settings.diagnostics_period_s,
            lambda: diagnostics.publish(self._pipeline),
            clock=Clock(clock_type=ClockType.STEADY_TIME),  # also before /clock comes, if it does
        )

    @abstractmethod
    def make_pipeline(self) -> Pipeline:
        """Loads the model and creates the output topics.

        Raises:
            DepthNodesError: the user must change something.
        """

    def start(self) -> None:
        """Configures and activates the node, unless that is left to a lifecycle manager.

        Raises:
            SystemExit: the node cannot be configured; its log says why.
        """
        if not self.settings.autostart:
            return
        success = TransitionCallbackReturn.SUCCESS
        if self.trigger_configure() != success or self.trigger_activate() != success:
            raise SystemExit(1)

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Makes the pipeline."""
        try:
            self._pipeline = self.make_pipeline()
        except Exception as error:
            if is_asked_to_end() or not self.context.ok():
                raise SystemExit from error  # rclpy would tell of an Exception
            if isinstance(error, (DepthNodesError, NameValidationException)):
                self.get_logger().error(first_line(error))
                return TransitionCallbackReturn.FAILURE
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

    def _on_parameters(self, given: list[Parameter[Any]]) -> SetParametersResult:
        """Takes new values of dynamic parameters; the next frame shows them."""
        try:
            self.settings = changed_parameters(self.settings, given)
        except ConfigError as error:
            return SetParametersResult(successful=False, reason=str(error))
        if self._pipeline:
            self._pipeline.change(self.settings)
        return SetParametersResult(successful=True)

    def _release(self) -> None:
        if self._pipeline:
            self._pipeline.close()
        self._pipeline = None
