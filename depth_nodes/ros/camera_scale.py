"""The scale of one camera's depth: measured, applied to the next frame, published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from geometry_msgs.msg import Vector3, Vector3Stamped
from rclpy.lifecycle import LifecycleNode
from std_msgs.msg import Header

from depth_nodes.errors import InputError
from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.mounting import Mounting
from depth_nodes.ros.outputs import DepthOutputs
from depth_nodes.ros.qos import newest_only
from depth_nodes.ros.scale_source import ScaleSource, stamp_s
from depth_nodes.ros.scale_sources import make_sources
from depth_nodes.ros.topics import SCALE
from depth_nodes.runtime.scale import ScaleEngine
from depth_nodes.runtime.scale_view import ScaleView


class _Mode(NamedTuple):
    engine: ScaleEngine
    sources: Mapping[str, ScaleSource]


class CameraScale:
    """The worker's thread asks for the scale and shows it frames, the executor's does the rest."""

    def __init__(
        self,
        node: LifecycleNode,
        parameters: DepthParameters,
        mounting: Mounting,
        outputs: DepthOutputs,
        camera: str,
    ) -> None:
        """Creates the topic: `~/scale`, or `~/front/scale` of a camera among several.

        Args:
            node: publishes and subscribes.
            parameters: that may change later.
            mounting: of the cameras.
            outputs: of this camera, told when its points are no metres.
            camera: its name.
        """
        self._outputs = outputs
        self._node = node
        self._parameters = parameters
        self._mounting = mounting
        self._camera = camera
        topic = SCALE.replace('/', f'/{camera}/') if camera else SCALE
        qos = newest_only(parameters.output_reliability)
        self._publisher = node.create_lifecycle_publisher(Vector3Stamped, topic, qos)
        self._is_active = False
        self._errors: dict[str, str] = {}
        self._mode = _Mode(_engine(parameters), {})
        self._newest = self._mode.engine.scale(0.0)

    @property
    def has_subscribers(self) -> bool:
        """Whether anybody wants the topic."""
        return self._publisher.get_subscription_count() > 0

    def start(self) -> None:
        """Subscribes to what the mode needs."""
        engine = self._mode.engine
        sources = make_sources(
            engine.sources, self._node, self._parameters, self._mounting, self._camera
        )
        self._mode, self._is_active = _Mode(engine, sources), True

    def stop(self) -> None:
        """Unsubscribes; what is known of the scale is kept."""
        for source in self._mode.sources.values():
            source.destroy()
        self._mode, self._is_active = _Mode(self._mode.engine, {}), False

    def change(self, parameters: DepthParameters) -> None:
        """Takes the node's parameters; if those of scale have changed, it begins from nothing."""
        before, self._parameters = self._parameters, parameters
        if parameters.scale == before.scale:
            return
        was_active = self._is_active
        self.stop()
        self._errors = {}
        self._mode = _Mode(_engine(parameters), {})
        if was_active:
            self.start()

    def of_frame(self, header: Header) -> float:
        """What to multiply the depth of this frame with."""
        self._newest = self._mode.engine.scale(stamp_s(header))
        wants_points = self._parameters.relative_points_enabled or self._newest.is_metric
        self._outputs.withholds_points = not wants_points
        return self._newest.value

    def publish(self, header: Header) -> None:
        """Publishes the scale that the newest frame was given, under its header."""
        if not self.has_subscribers:
            return
        scale = self._newest
        vector = Vector3(x=scale.value, y=scale.variance, z=scale.age_s)
        message = Vector3Stamped(header=header, vector=vector)
        self._publisher.publish(message)

    def learn(self, view: ScaleView, header: Header) -> None:
        """Measures at a frame what the next ones are multiplied with."""
        engine, sources = self._mode  # another thread may put another one in its place
        has_data = False
        for name, source in sources.items():
            try:
                measurement = source.measure(view, header)
            except InputError as error:
                self._errors[name] = str(error)
                continue
            has_data = has_data or source.has_data
            if measurement is not None:
                self._errors.pop(name, None)
                engine.add(name, measurement, view.at_s)
        if has_data:  # without, a view of the sky would only spoil the scale
            engine.search(view)

    def destroy(self) -> None:
        """Removes the topic."""
        self.stop()
        self._node.destroy_lifecycle_publisher(self._publisher)

    @property
    def values(self) -> dict[str, object]:
        """For diagnostics."""
        scale = self._newest
        return {
            'depth': 'metres' if scale.is_metric else 'relative',
            'scale': f'{scale.value:.4g}',
            'scale variance': f'{scale.variance:.3g}',
            'scale source': scale.source,
            'scale age s': f'{scale.age_s:.2f}',
        }

    @property
    def problems(self) -> list[str]:
        """For diagnostics: why the depth is relative; nothing where it is metres."""
        if self._newest.is_metric or not self._is_active:
            return []
        reasons = [
            f'{name}: {self._errors.get(name) or source.why_silent()}'
            for name, source in self._mode.sources.items()
        ]
        return [f'relative depth, not metres: no scale from {"; ".join(reasons)}']


def _engine(parameters: DepthParameters) -> ScaleEngine:
    return ScaleEngine(parameters.scale_mode, parameters.scale_factor)
