"""What one GPU pipeline is made for: sizes, ranges and the number of cameras."""

from __future__ import annotations

from dataclasses import dataclass

from depth_nodes.errors import ConfigError
from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.filter_config import FilterConfig
from depth_nodes.runtime.preprocess import Fit, fit_image


@dataclass(frozen=True, kw_only=True)
class PointsConfig:
    """Which points a cloud has, as `CloudWriter` takes it."""

    stride: int = 1
    max_range_m: float = 100.0

    def __post_init__(self) -> None:
        """Refuses clouds without a point."""
        if self.stride < 1:
            raise ConfigError(f'points stride {self.stride} must be 1 or more')
        if not self.max_range_m > 0:
            raise ConfigError(f'points range {self.max_range_m} m must be above 0')


@dataclass(frozen=True, kw_only=True)
class PipelineConfig:
    """All cameras of a pipeline have one image size; every shape follows from this.

    Attributes:
        height_px: of the images.
        width_px: of the images.
        input_height_px: the images are fitted into this size, aspect ratio kept.
        input_width_px: the same.
        num_cameras: images of one batch.
        is_camera_sized: depth of the images' size, else as the network sees them.
        min_depth_m: nearer becomes -Inf (REP-117).
        max_depth_m: farther becomes +Inf.
        points: None: no clouds.
        filters: what runs are prepared for; others are prepared when they first come.
        use_cuda_graph: on a GPU, one launch a frame instead of one for each operation.
    """

    height_px: int
    width_px: int
    input_height_px: int
    input_width_px: int
    num_cameras: int = 1
    is_camera_sized: bool = True
    min_depth_m: float = 0.1
    max_depth_m: float = 100.0
    points: PointsConfig | None = None
    filters: FilterConfig = FilterConfig()
    use_cuda_graph: bool = True

    def __post_init__(self) -> None:
        """Refuses what has no frame or no depth."""
        if self.num_cameras < 1:
            raise ConfigError(f'num_cameras is {self.num_cameras}; give 1 or more')
        if not 0 < self.min_depth_m < self.max_depth_m:
            raise ConfigError(
                f'depth range {self.min_depth_m} to {self.max_depth_m} m is empty; '
                'choose 0 < min_depth_m < max_depth_m'
            )

    @property
    def fit(self) -> Fit:
        """Where the images lie in the network's input."""
        return fit_image(self.width_px, self.height_px, self.input_width_px, self.input_height_px)

    @property
    def network_shape(self) -> tuple[int, int, int]:
        """Batch, height and width that the network is run with."""
        return self.num_cameras, self.fit.padded_height_px, self.fit.padded_width_px

    @property
    def depth_shape(self) -> tuple[int, int, int]:
        """Batch, height and width of the depth."""
        if self.is_camera_sized:
            return self.num_cameras, self.height_px, self.width_px
        return self.num_cameras, self.fit.content_height_px, self.fit.content_width_px

    def depth_camera(self, camera: Camera) -> Camera:
        """The camera of the depth from the camera of an image."""
        _, height, width = self.depth_shape
        return camera if self.is_camera_sized else camera.resized(width, height)
