"""What happens to a frame before and after its depth is estimated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import NamedTuple

from jaxtyping import UInt8
import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera, camera_from_message
from depth_nodes.messages.image import rgb_from_compressed, rgb_from_image
from depth_nodes.messages.rectification import Rectifier, rectifier_cache
from depth_nodes.ros.camera_motion import CameraMotion
from depth_nodes.ros.camera_scale import CameraScale
from depth_nodes.ros.frame_changes import FrameChanges
from depth_nodes.ros.frame_input import CameraFrame
from depth_nodes.ros.frame_monitor import FrameMonitor
from depth_nodes.ros.outputs import DepthOutputs
from depth_nodes.ros.scale_source import stamp_s
from depth_nodes.runtime.depth_estimate import DepthEstimate
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.scale_view import ScaleView

DECODERS: dict[type, Callable[..., UInt8[np.ndarray, 'height width 3']]] = {
    Image: rgb_from_image,
    CompressedImage: rgb_from_compressed,
}


class _FrameRejectedError(Exception):
    """A frame that cannot be used; not an error of ours."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class DecodedFrame(NamedTuple):
    """A frame on its way: what is estimated, the header for its outputs, and the time so far."""

    frame: Frame
    header: Header
    decode_ms: float


class FrameProcessor:
    """Decodes and publishes the frames of one camera, and tells the monitor what becomes of them.

    One thread calls it. Its methods do not raise, whatever is raised in them, so that the thread
    lives on: what goes wrong with a frame costs that frame.
    """

    def __init__(
        self,
        node: Node,
        outputs: DepthOutputs,
        monitor: FrameMonitor,
        scale: CameraScale | None = None,
        motion: CameraMotion | None = None,
        *,
        is_rectifying: bool = False,
    ) -> None:
        """Without a scale, that of the estimator is kept; without a motion, poses are unknown."""
        self._node = node
        self._scale = scale
        self._motion = motion
        self._rectifier_of = rectifier_cache() if is_rectifying else None
        self._outputs = outputs
        self._monitor = monitor
        self._changes = FrameChanges()
        self._is_distortion_told = False

    @property
    def wants_points(self) -> bool:
        """Whether anybody wants the cloud."""
        return self._outputs.wants_points

    @property
    def wants_confidence(self) -> bool:
        """Whether anybody wants the confidence."""
        return self._outputs.wants_confidence

    def decode(self, messages: CameraFrame) -> DecodedFrame | None:
        """None where nobody wants its depth, or where there can be none."""
        try:
            if self._outputs.has_subscribers or (self._scale and self._scale.has_subscribers):
                return self._decoded(messages)
            self._monitor.skip('nobody subscribes to an output')
        except _FrameRejectedError as rejected:
            self._monitor.reject(rejected.reason, str(rejected))
        except BaseException as error:
            self.fail(error)
        return None

    def publish(self, decoded: DecodedFrame, estimate: DepthEstimate) -> None:
        """Publishes what somebody subscribes to."""
        started = perf_counter()
        try:
            self._outputs.publish(estimate, decoded.frame.image, decoded.header)
            if self._scale:
                self._scale.publish(decoded.header)
            published, age_ms = perf_counter(), self._age_ms(decoded.header)
            if self._scale:
                self._scale.learn(_scale_view(decoded, estimate), decoded.header)
        except BaseException as error:
            self.fail(error)
            return
        stages = {
            'decode': decoded.decode_ms,
            **estimate.stage_ms,
            'publish': (published - started) * 1e3,
        }
        if self._scale:
            stages['scale'] = (perf_counter() - published) * 1e3
        if self._motion:
            self._motion.previous_frame = estimate.previous_frame
        self._monitor.add_times(stages)
        self._monitor.add_age(age_ms)
        self._monitor.count('published')

    def fail(self, error: BaseException) -> None:
        """A frame died of something that no input should cause."""
        # After Ctrl-C nothing can be published any more; that is no failure.
        if self._node.context.ok():
            self._monitor.fail(error)

    def _decoded(self, messages: CameraFrame) -> DecodedFrame:
        started = perf_counter()
        with _rejecting('camera_info'):
            camera, rectifier = self._camera(messages.camera_info)
        with _rejecting('image'):
            image = DECODERS[type(messages.image)](messages.image)
        unseen = None
        if rectifier is not None:
            image, unseen = rectifier(image), rectifier.unseen
        header = messages.image.header
        scale = self._scale.of_frame(header) if self._scale else 1.0
        pose = self._motion.world_from_camera(header) if self._motion else None
        with _rejecting('size'):
            frame = Frame(
                image=image,
                camera=camera,
                stamp_ns=messages.stamp_ns,
                unseen=unseen,
                scale=scale,
                world_from_camera=pose,
            )
        for change, text in self._changes.of(frame):
            self._monitor.change(change, text)
        decode_ms = (perf_counter() - started) * 1e3
        return DecodedFrame(frame, header, decode_ms)

    def _camera(self, message: CameraInfo) -> tuple[Camera, Rectifier | None]:
        """Of the image that depth is made of, and what makes that image."""
        if self._rectifier_of is not None:
            rectifier = self._rectifier_of(message)
            return rectifier.camera, rectifier
        camera = camera_from_message(message)
        self._warn_of_distortion(camera)
        return camera, None

    def _age_ms(self, header: Header) -> float:
        # In whole numbers: a Time refuses the negative seconds that a message may hold.
        stamp_ns = header.stamp.sec * 1_000_000_000 + header.stamp.nanosec
        return (self._node.get_clock().now().nanoseconds - stamp_ns) / 1e6

    def _warn_of_distortion(self, camera: Camera) -> None:
        if camera.is_distorted and not self._is_distortion_told:
            self._is_distortion_told = True
            self._monitor.warn(
                'distortion',
                f'the camera has lens distortion ({camera.distortion_model}), but depth is '
                'computed as if the image were rectified: set rectify to true, or subscribe to a '
                'rectified image (image_proc), else expect errors towards the borders',
            )


def _scale_view(decoded: DecodedFrame, estimate: DepthEstimate) -> ScaleView:
    return ScaleView(
        depth_m=estimate.depth_m,
        camera=estimate.camera,
        scale=decoded.frame.scale,
        image=decoded.frame.image,
        at_s=stamp_s(decoded.header),
    )


@contextmanager
def _rejecting(reason: str) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise _FrameRejectedError(reason, str(error)) from error
