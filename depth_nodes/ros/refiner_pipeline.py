"""What `refiner_node` holds while it is configured, and what it runs while it is active."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

from rclpy.lifecycle import LifecycleNode

from depth_nodes.ros.depth_pairing import DepthPair, DepthPairing
from depth_nodes.ros.frame_input import FrameInput
from depth_nodes.ros.frame_monitor import FrameMonitor
from depth_nodes.ros.frame_processor import FrameProcessor
from depth_nodes.ros.keyframe_processor import KeyframeProcessor
from depth_nodes.ros.latest_worker import LatestWorker
from depth_nodes.ros.odometry_input import OdometryInput
from depth_nodes.ros.outputs import DepthOutputs
from depth_nodes.ros.pipeline import Pipeline
from depth_nodes.ros.refiner_parameters import RefinerParameters
from depth_nodes.ros.topics import DEPTH, REFINED_OUTPUTS
from depth_nodes.runtime.keyframes import KeyframeConfig, KeyframeSelector
from depth_nodes.runtime.refiner import Refiner


class RefinerPipeline(Pipeline):
    """Subscriptions -> image and depth of one stamp -> a slot -> one thread -> publishers."""

    def __init__(
        self,
        node: LifecycleNode,
        refiner: Refiner,
        parameters: RefinerParameters,
        monitor: FrameMonitor,
    ) -> None:
        """Creates the output topics. Takes over the refiner: `close` closes it."""
        self.refiner = refiner
        self.outputs = [DepthOutputs(node, parameters, topics=REFINED_OUTPUTS)]
        self.inputs = []
        self._node = node
        self._parameters = parameters
        self._monitor = monitor
        self._processor: KeyframeProcessor | None = None
        self._at_stop = ExitStack()

    def start(self) -> None:
        """Starts the thread and subscribes."""
        node, parameters, monitor = self._node, self._parameters, self._monitor
        reliability = parameters.input_reliability
        odometry = OdometryInput(node, reliability)
        selector = KeyframeSelector(_keyframe_config(parameters))
        frames = FrameProcessor(node, self.outputs[0], monitor)
        processor = KeyframeProcessor(
            self.refiner, selector, frames, monitor, lambda: odometry.pose
        )
        worker: LatestWorker[DepthPair] = LatestWorker(
            processor,
            batch_size=lambda: 1,
            on_drop=lambda _: monitor.count('dropped'),
            name='refiner',
        )
        pairing = DepthPairing(
            node,
            reliability,
            parameters.depth_timeout_s,
            on_pair=partial(worker.submit, 0),
            on_unpaired=partial(monitor.skip, f'no {DEPTH} of its stamp'),
        )
        frame_input = FrameInput(node, parameters, pairing.add, monitor)
        # The last is called first.
        for stop in (
            worker.stop,
            processor.stop,
            odometry.destroy,
            pairing.destroy,
            frame_input.destroy,
        ):
            self._at_stop.callback(stop)
        self._processor, self.inputs = processor, [frame_input]
        node.get_logger().info(
            f'waiting for images on {frame_input.image_subscription.topic_name} and '
            f'{frame_input.camera_info_subscription.topic_name}'
        )

    def request(self) -> bool:
        """Asks for a keyframe soon; False where the pipeline is stopped."""
        if self._processor is not None:
            self._processor.request()
        return self._processor is not None

    def stop(self) -> None:
        """Unsubscribes and waits for the tile in work; does nothing when nothing works."""
        self._processor, self.inputs = None, []
        self._at_stop.close()

    def close(self) -> None:
        """Stops, removes the output topics, frees the model."""
        self.stop()
        for outputs in self.outputs:
            outputs.destroy()
        self.refiner.close()

    def change(self, parameters: RefinerParameters) -> None:
        """None of them is dynamic."""

    @property
    def model_name(self) -> str:
        """What the refiner calls itself."""
        return self.refiner.model.name

    @property
    def values(self) -> dict[str, object]:
        """What runs, and how far the keyframe in work is."""
        model, backend = self.refiner.model, self.refiner.backend
        values: dict[str, object] = {
            'backend': backend.name,
            'device': backend.device,
            'model': self.model_name,
            'license': model.license,
            'tile size': f'{model.tile_width_px}x{model.tile_height_px}',
        }
        processor = self._processor
        if processor is not None:
            is_refining = processor.num_tiles > 0
            values['state'] = 'refining' if is_refining else 'waiting for a keyframe'
            values['tiles'] = f'{processor.num_done} of {processor.num_tiles}'
            scale = processor.scale
            values['scale'] = 'own' if scale is None else f'{scale:.4f}'
        return values

    @property
    def problems(self) -> list[str]:
        """That the last keyframe had no depth to take its scale from."""
        processor = self._processor
        if processor is None or not processor.has_refined or processor.scale is not None:
            return []
        return [
            f'no {DEPTH} for the last keyframe, so its scale is the own one of the refiner: is '
            'depth_node running?'
        ]


def _keyframe_config(parameters: RefinerParameters) -> KeyframeConfig:
    return KeyframeConfig(
        max_period_s=parameters.max_period_s,
        min_translation_m=parameters.min_translation_m,
        min_rotation_deg=parameters.min_rotation_deg,
        min_image_change=parameters.min_image_change,
        min_sharpness=parameters.min_sharpness,
    )
