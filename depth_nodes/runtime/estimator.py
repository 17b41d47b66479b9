"""From an image and its camera to depth in metres: what every node and command runs."""

from __future__ import annotations

from dataclasses import dataclass
import logging
from pathlib import Path
from time import perf_counter

from jaxtyping import Float32, UInt8
import numpy as np

from depth_nodes.errors import ConfigError, InputError
from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.backend import Backend, BackendConfig, make_backend
from depth_nodes.runtime.manifest import MAX_INPUT_PX, MIN_INPUT_PX
from depth_nodes.runtime.model_store import fake_model, find_model, ModelFiles
from depth_nodes.runtime.postprocess import Postprocessor
from depth_nodes.runtime.preprocess import fit_image, Preprocessor

OUTPUT_SIZES = ('camera', 'network')
MIN_SIDE_PX = 64
WARM_UP_FOV_DEG = 60.0
WARM_UP_FRAMES = 2

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class EstimatorConfig:
    """What goes into the network and what comes out.

    Attributes:
        input_height_px: the image is fitted into this size, aspect ratio kept; 0: the model's.
        input_width_px: the same.
        min_depth_m: nearer becomes -Inf (REP-117).
        max_depth_m: farther becomes +Inf.
        output_size: `camera`: depth of the image's size; `network`: as the network sees it.
    """

    input_height_px: int = 0
    input_width_px: int = 0
    min_depth_m: float = 0.1
    max_depth_m: float = 100.0
    output_size: str = 'camera'

    def __post_init__(self) -> None:
        """Refuses values that cannot work."""
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
    """Depth of one image.

    Attributes:
        depth_m: along the optical axis [m], as REP-117 has it: -Inf too near, +Inf beyond range,
            NaN invalid. The estimator's own memory: valid until its next `estimate`.
        camera: intrinsics of `depth_m`, of its size.
        stage_ms: time of `preprocess`, `network` and `postprocess` [ms].
    """

    depth_m: Float32[np.ndarray, 'height width']
    camera: Camera
    stage_ms: dict[str, float]


class DepthEstimator:
    """Image and camera in, metres out. Not thread-safe: one thread estimates."""

    def __init__(self, backend: Backend, model: ModelFiles, config: EstimatorConfig) -> None:
        """Takes over the backend: `close` closes it."""
        self.backend = backend
        self.model = model
        self.config = config
        self._preprocess = Preprocessor()
        self._postprocess = Postprocessor(
            model.canonical, min_depth_m=config.min_depth_m, max_depth_m=config.max_depth_m
        )

    @property
    def input_size_px(self) -> tuple[int, int]:
        """Height and width that images are fitted into."""
        return (
            self.config.input_height_px or self.model.input_height_px,
            self.config.input_width_px or self.model.input_width_px,
        )

    def estimate(
        self, image: UInt8[np.ndarray, 'height width 3'], camera: Camera
    ) -> DepthEstimate:
        """Depth of an RGB image, taken as rectified.

        Raises:
            InputError: the image is not of the camera's size, or too small.
            BackendError: the engine failed.
        """
        _check_size(image, camera)
        input_height, input_width = self.input_size_px
        fit = fit_image(camera.width_px, camera.height_px, input_width, input_height)
        focal_network_px = camera.fx_px * fit.scale
        if self.config.output_size == 'network':
            camera = camera.resized(fit.content_width_px, fit.content_height_px)
        started = perf_counter()
        network_image = self._preprocess(image, fit)
        preprocessed = perf_counter()
        sigmoid_output = self.backend.infer(network_image)
        inferred = perf_counter()
        content = sigmoid_output[0, 0, : fit.content_height_px, : fit.content_width_px]
        depth = self._postprocess(content, focal_network_px, camera.width_px, camera.height_px)
        stage_ms = {
            'preprocess': (preprocessed - started) * 1e3,
            'network': (inferred - preprocessed) * 1e3,
            'postprocess': (perf_counter() - inferred) * 1e3,
        }
        return DepthEstimate(depth_m=depth, camera=camera, stage_ms=stage_ms)

    def warm_up(self, height: int, width: int) -> None:
        """Runs black images of this size [px], so that the first real frame is not slow.

        A network's input may be smaller than any image; the image is enlarged then.
        """
        height, width = max(height, MIN_SIDE_PX), max(width, MIN_SIDE_PX)
        camera = Camera.from_fov(width, height, WARM_UP_FOV_DEG)
        image = np.zeros((height, width, 3), np.uint8)
        for _ in range(WARM_UP_FRAMES):
            self.estimate(image, camera)

    def close(self) -> None:
        """Frees the engine; `estimate` must not be called afterwards."""
        self.backend.close()


def make_estimator(
    model: str,
    backend: str,
    *,
    models_dir: Path | None = None,
    backend_config: BackendConfig | None = None,
    estimator_config: EstimatorConfig | None = None,
) -> DepthEstimator:
    """Finds the model, loads it and wraps it; the fake backend needs no model files.

    Raises:
        ConfigError, CheckpointError, BackendError: as `find_model` and `make_backend`.
    """
    files = fake_model() if backend == 'fake' else find_model(model, models_dir)
    engine = make_backend(backend, files, backend_config or BackendConfig())
    logger.info('model %s runs on backend %s', files.name, engine.name)
    if not files.is_permissive:
        logger.warning(
            'model %s: its licence is %s; read it before you use the depth commercially',
            files.name,
            files.license or 'unknown',
        )
    return DepthEstimator(engine, files, estimator_config or EstimatorConfig())


def _check_size(image: UInt8[np.ndarray, 'height width 3'], camera: Camera) -> None:
    height, width = image.shape[:2]
    if (width, height) != (camera.width_px, camera.height_px):
        raise InputError(
            f'the image is {width}x{height} px but its camera {camera.width_px}x'
            f'{camera.height_px} px; send a CameraInfo of the same size as the image'
        )
    if min(width, height) < MIN_SIDE_PX:
        raise InputError(
            f'the image is {width}x{height} px; both sides must be at least {MIN_SIDE_PX} px'
        )
