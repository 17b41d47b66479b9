"""The parameters of `depth_node`; docs/parameters.md is made from this file."""

from __future__ import annotations

from dataclasses import dataclass

from depth_nodes.ros.parameters import parameter
from depth_nodes.ros.topics import RANGE_SENSORS
from depth_nodes.runtime.filter_config import FilterConfig, FLYING_PIXELS
from depth_nodes.runtime.scale import SCALE_MODES

RELIABILITIES = ('best_effort', 'reliable')


@dataclass(frozen=True, kw_only=True)
class DepthParameters:
    """What the user can set."""

    model: str = parameter(
        'small_depth',
        'Name of a model (`depth_nodes models` lists them), or path of an .onnx or .safetensors '
        'file',
    )
    models_dir: str = parameter(
        '', 'Folder with manifest.yaml and the model files; empty: the one of this package'
    )
    prior_bank: str = parameter(
        '',
        'File of a prior bank that learnt with this model, its .onnx beside it; where it is not '
        'there or of another model, the model runs as it is, and a warning says why; empty: none',
    )
    backend: str = parameter(
        'auto',
        'What runs the network; auto takes the best that works: tensorrt, else torch, on a GPU, '
        'else onnx, else torch on the CPU, and is the only one that falls back; fake needs no '
        'model',
        choices=('auto', 'tensorrt', 'torch', 'onnx', 'fake'),
    )
    precision: str = parameter(
        'fp16',
        'Precision of the network on a GPU; fp16 keeps the last layer in fp32 and is refused '
        'where it changes the depth by more than 0.5 %; on the CPU it is always fp32',
        choices=('fp16', 'fp32'),
    )
    input_height_px: int = parameter(
        0, 'Height of the network input; 0: the model says', minimum=0, maximum=4096
    )
    input_width_px: int = parameter(
        0, 'Width of the network input; 0: the model says', minimum=0, maximum=4096
    )
    num_threads: int = parameter(
        0, 'CPU threads of the network; 0: half of the cores, at most 4', minimum=0, maximum=256
    )
    min_depth_m: float = parameter(
        0.1, 'Nearer points are published as -Inf [m]', minimum=0.001, maximum=1000.0
    )
    max_depth_m: float = parameter(
        100.0, 'Farther points are published as +Inf [m]', minimum=0.001, maximum=1e6
    )
    output_encoding: str = parameter(
        '32FC1',
        'Depth image: 32FC1 metres, or 16UC1 millimetres with 0 for every invalid value',
        choices=('32FC1', '16UC1'),
    )
    output_size: str = parameter(
        'camera',
        'Size of depth image and cloud: that of the camera image, or that of the network',
        choices=('camera', 'network'),
    )
    points_enabled: bool = parameter(True, 'Whether depth/points exists')
    points_stride: int = parameter(
        1, 'The cloud keeps every n-th pixel in both directions', minimum=1, maximum=64
    )
    points_max_range_m: float = parameter(
        100.0, 'Points with a larger depth are NaN in the cloud [m]', minimum=0.001, maximum=1000.0
    )
    image_transport: str = parameter(
        'raw',
        'raw subscribes to image, compressed to image/compressed (JPEG or PNG)',
        choices=('raw', 'compressed'),
    )
    input_reliability: str = parameter(
        'best_effort',
        'QoS of the subscriptions; best_effort receives from every publisher',
        choices=RELIABILITIES,
    )
    output_reliability: str = parameter(
        'reliable',
        'QoS of the publishers; reliable serves every subscriber',
        choices=RELIABILITIES,
    )
    rectify: bool = parameter(
        False,
        'Whether to take the lens distortion of camera_info out of the images (plumb_bob, '
        'rational_polynomial, equidistant); all outputs are then those of the rectified camera; '
        'false takes images as rectified',
    )
    flying_pixels: str = parameter(
        'points',
        'Depth between the two sides of an edge: keep it, keep it out of the points, or out of '
        'all: the depth image is NaN there too',
        choices=FLYING_PIXELS,
        is_dynamic=True,
    )
    temporal_filter: bool = parameter(
        False,
        'Whether depth is smoothed over time where image and depth stand still',
        is_dynamic=True,
    )
    engine_cache_dir: str = parameter(
        '',
        "Folder that keeps TensorRT's engines; empty: depth_nodes/engines in the user's cache "
        'folder',
    )
    cameras: tuple[str, ...] = parameter(
        (),
        'Several cameras on one model, such as [front, left]: the topics are then front/image, '
        'front/depth/points and so on; empty: one camera, whose topics have no folder',
    )
    scale_mode: str = parameter(
        'model',
        'Where metres come from: the canonical camera of the model, a fixed factor, the height of '
        'the camera over the ground, a range sensor, odometry, or auto: the source that is '
        'surest; docs/scale.md tells which is good for what',
        choices=SCALE_MODES,
        is_dynamic=True,
    )
    scale_factor: float = parameter(
        1.0,
        'What scale_mode fixed multiplies the depth of the model with',
        minimum=1e-3,
        maximum=1e3,
        is_dynamic=True,
    )
    camera_height_m: float = parameter(
        0.0,
        'Height of the camera over the ground [m]; 0: that over base_frame, from base_from_camera '
        'or TF',
        minimum=0.0,
        maximum=100.0,
        is_dynamic=True,
    )
    base_frame: str = parameter(
        'base_footprint', 'Frame of TF whose z axis points up and whose origin is on the ground'
    )
    base_from_camera: str = parameter(
        '',
        'Pose of the optical frame of the camera in that of the robot, which odometry moves: "x y '
        'z qx qy qz qw" [m]; empty: from TF',
    )
    range_sensor: str = parameter(
        'laser_scan',
        'What scale_mode range listens to: range/scan (LaserScan), range/points (PointCloud2), '
        'range/distance (Range), or range/image_rect with range/camera_info (depth camera)',
        choices=tuple(RANGE_SENSORS),
    )
    camera_from_range: str = parameter(
        '',
        'Pose of the range sensor in the optical frame of the camera: "x y z qx qy qz qw" [m]; '
        'empty: from TF',
    )
    relative_points_enabled: bool = parameter(
        False, 'Whether there are clouds too while the depth is relative, hence no metres'
    )
    diagnostics_period_s: float = parameter(
        1.0, 'Time between two messages on /diagnostics [s]', minimum=0.05, maximum=60.0
    )
    autostart: bool = parameter(
        True, 'Whether the node configures and activates itself, or waits for a lifecycle manager'
    )

    @property
    def camera_names(self) -> tuple[str, ...]:
        """Of every camera; a single one without a name is ''."""
        return self.cameras or ('',)

    @property
    def scale(self) -> tuple[str, float, float]:
        """Where metres come from, as far as that may change: mode, factor and height [m]."""
        return self.scale_mode, self.scale_factor, self.camera_height_m

    @property
    def filters(self) -> FilterConfig:
        """What depth goes through after the network."""
        return FilterConfig(flying_pixels=self.flying_pixels, is_temporal=self.temporal_filter)
