"""What `depth_node` holds while it is configured, and what it runs while it is active."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import zip_longest

from rclpy.lifecycle import LifecycleNode

from depth_nodes.ros.batch_processor import BatchProcessor
from depth_nodes.ros.camera_motion import CameraMotion
from depth_nodes.ros.camera_scale import CameraScale
from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.frame_input import CameraFrame, FrameInput
from depth_nodes.ros.frame_monitor import FrameMonitor
from depth_nodes.ros.frame_processor import FrameProcessor
from depth_nodes.ros.latest_worker import LatestWorker
from depth_nodes.ros.mounting import Mounting
from depth_nodes.ros.outputs import DepthOutputs
from depth_nodes.ros.pipeline import Pipeline
from depth_nodes.ros.topics import CONFIDENCE
from depth_nodes.runtime.depth_estimate import Estimator

# Far beyond the slowest frame; an engine that is being built is an activity.
MAX_BUSY_S = 2.0


class DepthPipeline(Pipeline):
    """Subscriptions -> a slot for each camera -> one thread -> publishers."""

    def __init__(
        self,
        node: LifecycleNode,
        estimator: Estimator,
        parameters: DepthParameters,
        mounting: Mounting,
        monitors: Mapping[str, FrameMonitor],
    ) -> None:
        """Creates the output topics of each camera that has a monitor.

        Takes over the estimator and the mounting: `close` ends them.
        """
        self.estimator = estimator
        self.outputs = [
            DepthOutputs(node, parameters, camera, confidence=CONFIDENCE) for camera in monitors
        ]
        self._mounting = mounting
        self.scales = [
            CameraScale(node, parameters, mounting, outputs, camera)
            for outputs, camera in zip(self.outputs, monitors, strict=True)
        ]
        # Of a network that takes each frame alone nobody asks for poses.
        self.motions = [
            CameraMotion(node, parameters, mounting, monitor)
            for monitor in monitors.values()
            if estimator.model.is_multi_frame
        ]
        self.inputs = []
        self._worker: LatestWorker[CameraFrame] | None = None
        self._node = node
        self._parameters = parameters
        self._monitors = monitors

    def start(self) -> None:
        """Starts the thread and subscribes."""
        monitors = list(self._monitors.values())
        cameras = [
            FrameProcessor(
                self._node, outputs, monitor, scale, motion, is_rectifying=self._parameters.rectify
            )
            for outputs, monitor, scale, motion in zip_longest(
                self.outputs, monitors, self.scales, self.motions
            )
        ]
        for _, part in self._parts:
            part.start()
        worker: LatestWorker[CameraFrame] = LatestWorker(
            BatchProcessor(self.estimator, cameras),
            batch_size=lambda: self.estimator.batch_size,
            on_drop=lambda index: monitors[index].count('dropped'),
            name='depth',
        )
        self._worker = worker
        for index, (camera, monitor) in enumerate(self._monitors.items()):
            on_frame = partial(worker.submit, index)
            one = FrameInput(self._node, self._parameters, on_frame, monitor, camera)
            self.inputs.append(one)
            image, camera_info = one.image_subscription, one.camera_info_subscription
            self._node.get_logger().info(
                f'waiting for images on {image.topic_name} and {camera_info.topic_name}'
            )

    def change(self, parameters: DepthParameters) -> None:
        """Takes filters and scale; what is estimated at the moment still has the old ones."""
        self.estimator.filters = parameters.filters
        for scale in self.scales:
            scale.change(parameters)

    @property
    def model_name(self) -> str:
        """What the model calls itself."""
        return self.estimator.model.name

    @property
    def values(self) -> dict[str, object]:
        """What runs, and how."""
        height, width = self.estimator.input_size_px
        entropy = getattr(self.estimator.backend, 'prior_entropy', None)
        return {
            'backend': self.estimator.backend.name,
            'device': self.estimator.backend.device,
            'precision': self.estimator.backend.precision,
            'model': self.model_name,
            'license': self.estimator.model.license,
            'input size': f'{width}x{height}',
            **({} if entropy is None else {'prior entropy': f'{entropy:.2f}'}),
            **{
                f'{camera} {name}'.lstrip(): value
                for camera, part in self._parts
                for name, value in part.values.items()
            },
        }

    @property
    def problems(self) -> list[str]:
        """What keeps frames waiting, and the backends that do not run."""
        problems = [f'fell back: {reason}' for reason in self.estimator.fallbacks]
        for camera, part in self._parts:
            problems += [f'{camera}: {problem}'.removeprefix(': ') for problem in part.problems]
        if self.estimator.problem:
            problems.append(self.estimator.problem)
        busy_s = self._worker.busy_s if self._worker else 0.0
        activity = self.estimator.activity
        if busy_s > MAX_BUSY_S and not activity:
            activity = f'a frame has been in work for {busy_s:.0f} s: the backend hangs or is slow'
        return [activity, *problems] if activity else problems

    def stop(self) -> None:
        """Unsubscribes and waits for the thread; does nothing when there is none."""
        for one in self.inputs:
            one.destroy()
        self.inputs = []
        if self._worker:
            self._worker.stop()
        self._worker = None
        for _, part in self._parts:
            part.stop()

    def close(self) -> None:
        """Stops, removes the output topics, frees the model."""
        self.stop()
        for outputs in self.outputs:
            outputs.destroy()
        for scale in self.scales:
            scale.destroy()
        self._mounting.destroy()
        self.estimator.close()

    @property
    def _parts(self) -> list[tuple[str, CameraScale | CameraMotion]]:
        """What listens to other sensors and has something to tell, with its camera's name."""
        parts: list[tuple[str, CameraScale | CameraMotion]] = []
        parts += zip(self._monitors, self.scales, strict=True)
        return parts + list(zip(self._monitors, self.motions, strict=False))
