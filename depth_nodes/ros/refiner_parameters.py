"""The parameters of `refiner_node`; docs/parameters.md is made from this file."""

from __future__ import annotations

from dataclasses import dataclass

from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.parameters import parameter, same_parameter


@dataclass(frozen=True, kw_only=True)
class RefinerParameters:
    """What the user can set; all are read once, at start."""

    model: str = parameter(
        'patch_refiner_v2_small',
        'Name of a refiner (`depth_nodes models` lists them), or path of an .onnx or .safetensors '
        'file',
    )
    models_dir: str = same_parameter(DepthParameters, 'models_dir')
    backend: str = parameter(
        'auto',
        'What runs the networks; auto takes the best that works: tensorrt, else torch, on a GPU, '
        'else onnx, else torch on the CPU, and is the only one that falls back; fake needs no '
        'model',
        choices=('auto', 'tensorrt', 'torch', 'onnx', 'fake'),
    )
    num_threads: int = parameter(
        0, 'CPU threads of the networks; 0: half of the cores, at most 4', minimum=0, maximum=256
    )
    max_tiles: int = parameter(
        0,
        'How many tiles of a keyframe are refined, those in which edges of the image lack edges '
        'of depth; the others keep the coarse depth; 0: all',
        minimum=0,
        maximum=10000,
    )
    sharpen_edges: bool = parameter(
        True, 'Whether ramps between two depths become steps, so that no points lie in between'
    )
    max_period_s: float = parameter(
        5.0, 'A keyframe comes at least so often [s]', minimum=0.0, maximum=3600.0
    )
    min_translation_m: float = parameter(
        0.3, 'A keyframe comes after so much motion on odom [m]', minimum=0.0, maximum=1000.0
    )
    min_rotation_deg: float = parameter(
        15.0, 'A keyframe comes after such a turn on odom [degrees]', minimum=0.0, maximum=180.0
    )
    min_image_change: float = parameter(
        0.5,
        'Without odom, a keyframe comes once 1 minus the correlation of the image with that of '
        'the last keyframe is so large; 0.5 is about 0.3 m or 15 degrees in a room',
        minimum=0.0,
        maximum=2.0,
    )
    min_sharpness: float = parameter(
        0.7,
        'Keyframes have at least this share of the usual variance of the Laplacian',
        minimum=0.0,
        maximum=1.0,
    )
    depth_timeout_s: float = parameter(
        1.0,
        'After so long without depth/image_rect, keyframes have a scale of their own [s]',
        minimum=0.0,
        maximum=60.0,
    )
    min_depth_m: float = same_parameter(DepthParameters, 'min_depth_m')
    max_depth_m: float = same_parameter(DepthParameters, 'max_depth_m')
    output_encoding: str = same_parameter(DepthParameters, 'output_encoding')
    points_enabled: bool = parameter(True, 'Whether refined/points exists')
    points_stride: int = same_parameter(DepthParameters, 'points_stride')
    points_max_range_m: float = same_parameter(DepthParameters, 'points_max_range_m')
    image_transport: str = same_parameter(DepthParameters, 'image_transport')
    input_reliability: str = same_parameter(DepthParameters, 'input_reliability')
    output_reliability: str = same_parameter(DepthParameters, 'output_reliability')
    diagnostics_period_s: float = same_parameter(DepthParameters, 'diagnostics_period_s')
    autostart: bool = same_parameter(DepthParameters, 'autostart')

    @property
    def camera_names(self) -> tuple[str, ...]:
        """A single one, whose topics have no folder."""
        return ('',)
