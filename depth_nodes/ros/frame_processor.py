"""What happens to one frame: decode, estimate, publish, take the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from jaxtyping import UInt8
import numpy as np
from rclpy.clock import Clock
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera, camera_from_message
from depth_nodes.messages.image import rgb_from_compressed, rgb_from_image
from depth_nodes.ros.frame_input import CameraFrame
from depth_nodes.ros.frame_monitor import FrameMonitor
from depth_nodes.ros.outputs import DepthOutputs
from depth_nodes.runtime.depth_estimate import Estimator

DECODERS: dict[type, Callable[..., UInt8[np.ndarray, 'height width 3']]] = {
    Image: rgb_from_image,
    CompressedImage: rgb_from_compressed,
}


class _FrameRejectedError(Exception):
    """A frame that cannot be used; not an error of ours."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class FrameProcessor:
    """Turns frames into published depth. One thread calls it."""

    def __init__(
        self,
        estimator: Estimator,
        outputs: DepthOutputs,
        monitor: FrameMonitor,
        clock: Clock,
    ) -> None:
        self._estimator = estimator
        self._outputs = outputs
        self._monitor = monitor
        self._clock = clock
        self._is_distortion_told = False

    def __call__(self, frame: CameraFrame) -> None:
        """Publishes the depth of the frame, or tells the monitor why not."""
        if not self._outputs.has_subscribers:
            self._monitor.count('skipped')
            return
        try:
            times_ms = self._run(frame)
        except _FrameRejectedError as rejected:
            self._monitor.reject(rejected.reason, str(rejected))
            return
        self._monitor.add_times(times_ms)
        self._monitor.add_age(self._age_ms(frame.image.header))
        self._monitor.count('published')

    def _run(self, frame: CameraFrame) -> dict[str, float]:
        started = perf_counter()
        with _rejecting('camera_info'):
            camera = camera_from_message(frame.camera_info)
        with _rejecting('image'):
            image = DECODERS[type(frame.image)](frame.image)
        self._warn_of_distortion(camera)
        decoded = perf_counter()
        with _rejecting('size'):
            estimate = self._estimator.estimate(
                image, camera, with_points=self._outputs.wants_points
            )
        estimated = perf_counter()
        self._outputs.publish(estimate, image, frame.image.header)
        return {
            'decode': (decoded - started) * 1e3,
            **estimate.stage_ms,
            'publish': (perf_counter() - estimated) * 1e3,
        }

    def _age_ms(self, header: Header) -> float:
        # In whole numbers: a Time refuses the negative seconds that a message may hold.
        stamp_ns = header.stamp.sec * 1_000_000_000 + header.stamp.nanosec
        return (self._clock.now().nanoseconds - stamp_ns) / 1e6

    def _warn_of_distortion(self, camera: Camera) -> None:
        if camera.is_distorted and not self._is_distortion_told:
            self._is_distortion_told = True
            self._monitor.warn(
                'distortion',
                f'the camera has lens distortion ({camera.distortion_model}), but depth is '
                'computed as if the image were rectified: subscribe to a rectified image '
                '(image_proc), else expect errors towards the borders',
            )


@contextmanager
def _rejecting(reason: str) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise _FrameRejectedError(reason, str(error)) from error
