"""What an estimator is given and what it gives, whatever it computes on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
from jaxtyping import Bool, Float32, UInt8
import numpy as np

from depth_nodes.errors import ConfigError
from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.backend import Backend
from depth_nodes.runtime.filter_config import FilterConfig
from depth_nodes.runtime.frame import Frame, MIN_SIDE_PX
from depth_nodes.runtime.manifest import MAX_INPUT_PX, MIN_INPUT_PX, ModelFiles
from depth_nodes.runtime.pipeline_config import PointsConfig

OUTPUT_SIZES = ('camera', 'network')
WARM_UP_FOV_DEG = 60.0
WARM_UP_FRAMES = 2


@dataclass(frozen=True, kw_only=True)
class EstimatorConfig:
    """What goes into the network and what comes out.

    Attributes:
        input_height_px: the image is fitted into this size, aspect ratio kept; 0: the model's.
        input_width_px: the same.
        min_depth_m: nearer becomes -Inf (REP-117).
        max_depth_m: farther becomes +Inf.
        output_size: `camera`: depth of the image's size; `network`: as the network sees it.
        points: of the clouds that a GPU makes where it is asked to; None: none.
        num_cameras: how many share the estimator; a GPU computes them in one run.
        filters: what depth goes through at first; `Estimator.filters` may change later.
    """

    input_height_px: int = 0
    input_width_px: int = 0
    min_depth_m: float = 0.1
    max_depth_m: float = 100.0
    output_size: str = 'camera'
    points: PointsConfig | None = None
    num_cameras: int = 1
    filters: FilterConfig = FilterConfig()

    def __post_init__(self) -> None:
        """Refuses values that cannot work."""
        if self.num_cameras < 1:
            raise ConfigError(f'num_cameras is {self.num_cameras}; give 1 or more')
        for name in ('input_height_px', 'input_width_px'):
            value = getattr(self, name)
            if value != 0 and not MIN_INPUT_PX <= value <= MAX_INPUT_PX:
                raise ConfigError(
                    f"{name} is {value}; choose 0 (the model's) or "
                    f'{MIN_INPUT_PX} to {MAX_INPUT_PX}'
                )
        if not 0 < self.min_depth_m < self.max_depth_m:
            raise ConfigError(
                f'depth range {self.min_depth_m} to {self.max_depth_m} m is empty; '
                'choose 0 < min_depth_m < max_depth_m'
            )
        if self.output_size not in OUTPUT_SIZES:
            raise ConfigError(
                f'output_size {self.output_size!r} is unknown; choose from '
                f'{", ".join(OUTPUT_SIZES)}'
            )


@dataclass(frozen=True, kw_only=True)
class DepthEstimate:
    """Depth of one image. Its arrays are the estimator's: valid until it estimates the next.

    Attributes:
        depth_m: along the optical axis [m], as REP-117 has it: -Inf too near, +Inf beyond range,
            NaN invalid.
        camera: intrinsics of `depth_m`, of its size.
        stage_ms: time of each stage [ms], by its name.
        points: the data of an organised PointCloud2, as `CloudWriter` writes it; None where
            nobody asked, or the points are left to `CloudWriter`.
        hidden: what must give no point, where the points are left to `CloudWriter`.
        confidence: 0..1, of how far depth agrees with that of the frame before; 0 where it is
            NaN, and everywhere in a first frame; None where nobody asked.
        previous_frame: whether a network of several frames was given one before, or why not, in
            the words of `PreviousFrame`; empty for a network of one.
    """

    depth_m: Float32[np.ndarray, 'height width']
    camera: Camera
    stage_ms: dict[str, float]
    points: UInt8[np.ndarray, ' num_bytes'] | None = None
    hidden: Bool[np.ndarray, 'height width'] | None = None
    confidence: Float32[np.ndarray, 'height width'] | None = None
    previous_frame: str = ''

    def forget_unseen(self, frame: Frame, points_stride: int = 1) -> None:
        """Makes invalid what the image does not show: NaN in depth and points, confidence 0."""
        if frame.unseen is not None:
            height, width = self.depth_m.shape
            size = (width, height)
            unseen = cv2.resize(frame.unseen.view(np.uint8), size, interpolation=cv2.INTER_NEAREST)
            self.depth_m[unseen > 0] = np.nan
            if self.points is not None:
                sparse = unseen[::points_stride, ::points_stride] > 0
                self.points.view(np.float32).reshape(*sparse.shape, -1)[sparse, :3] = np.nan
        if self.confidence is not None:
            self.confidence[np.isnan(self.depth_m)] = 0


class Estimator(ABC):
    """Image and camera in, metres out. Not thread-safe: one thread estimates.

    Attributes:
        backend: what runs the network.
        model: the network.
        config: what goes in and comes out.
        filters: what depth goes through from the next frame on.
        fallbacks: why the backends that `auto` prefers to this one do not run.
    """

    backend: Backend
    model: ModelFiles
    config: EstimatorConfig
    filters: FilterConfig
    fallbacks: tuple[str, ...] = ()

    def estimate(
        self,
        image: UInt8[np.ndarray, 'height width 3'],
        camera: Camera,
        *,
        with_points: bool = False,
    ) -> DepthEstimate:
        """Depth of an RGB image, taken as rectified; points too, where they come at no cost.

        Raises:
            InputError: the image is not of the camera's size, or too small.
            BackendError: the engine failed.
        """
        frame = Frame(image=image, camera=camera)
        ((_, estimate),) = self.estimate_batch({0: frame}, with_points=with_points)
        return estimate

    @abstractmethod
    def estimate_batch(
        self,
        frames: Mapping[int, Frame],
        *,
        with_points: bool = False,
        with_confidence: bool = False,
    ) -> Iterator[tuple[int, DepthEstimate]]:
        """Depth of one frame of each of several cameras, each as soon as it is there.

        Args:
            frames: by the number of the camera, below `num_cameras`; not every one need have one.
            with_points: as in `estimate`.
            with_confidence: whether somebody wants it.

        Yields:
            The number of a camera, and what is valid until the next one is asked for.

        Raises:
            BackendError: the engine failed at the first of the frames that have not come yet,
                or at its batch; the others may be given again.
        """

    @abstractmethod
    def close(self) -> None:
        """Frees the engine; `estimate` must not be called afterwards."""

    @property
    def activity(self) -> str:
        """What keeps the frames waiting at this moment; empty: nothing. For any thread."""
        return ''

    @property
    def problem(self) -> str:
        """What does not work, though depth is made; empty: nothing. For any thread."""
        return ''

    @property
    def batch_size(self) -> int:
        """How many frames are computed at once; more of them would only wait for each other."""
        return 1

    @property
    def input_size_px(self) -> tuple[int, int]:
        """Height and width that images are fitted into."""
        return (
            self.config.input_height_px or self.model.input_height_px,
            self.config.input_width_px or self.model.input_width_px,
        )

    @property
    def warm_up_sizes_px(self) -> list[tuple[int, int]]:
        """Height and width of the images that `warm_up` should run at start."""
        return [self.input_size_px]

    def warm_up(self, height: int, width: int) -> None:
        """Runs black images of this size [px], so that the first real frame is not slow.

        A network's input may be smaller than any image; the image is enlarged then.
        """
        height, width = max(height, MIN_SIDE_PX), max(width, MIN_SIDE_PX)
        camera = Camera.from_fov(width, height, WARM_UP_FOV_DEG)
        image = np.zeros((height, width, 3), np.uint8)
        for _ in range(WARM_UP_FRAMES):
            self.estimate(image, camera)
