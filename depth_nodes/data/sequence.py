"""The sequence folder: images, depth, stereo partners and poses of one recording.

NAME/sequence.json   camera, rate_hz, license, source, depth_scale_m, ...
NAME/rgb/NNNNNN.jpg (or .png)    NAME/right/NNNNNN.jpg    NAME/poses.txt
NAME/depth/NNNNNN.png            16 bit, metres = value * depth_scale_m, 0 = unknown
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import json
from pathlib import Path
from typing import Any

from jaxtyping import Float32, Float64, UInt8, UInt16
import numpy as np

from depth_nodes.data.image_file import read_gray16, read_rgb, write_png
from depth_nodes.data.pose_file import read_poses, write_poses
from depth_nodes.data.sample import Sample, stride_of_grid
from depth_nodes.data.sequence_description import (
    DEFAULT_RATE_HZ,
    FILE_NAME,
    read_description,
)
from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png')
MAX_STEPS = 65535  # of a depth image


class Sequence:
    """A sequence folder, read frame by frame.

    Raises:
        InputError: the folder, its description or one of its images is missing or damaged.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.description = read_description(self.path)
        self.metadata = self.description.values
        self.name = self.description.name
        self.rate_hz = self.description.rate_hz
        self.license = self.description.license
        self._images = _image_files(self.path)
        self.frames = sorted(self._images)
        _check_count(self.path, self.description.num_frames, len(self.frames))
        self._poses = read_poses(self.path / 'poses.txt')

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> Sample:
        name = self.frames[index]
        image = read_rgb(self._images[name])
        grid, stride = self._read_depth_grid(name, image.shape[0], image.shape[1])
        is_disparity = self.description.is_disparity
        return Sample(
            name=name,
            image=image,
            camera=self._camera(name, image.shape[1], image.shape[0]),
            depth_m=None if is_disparity else grid,
            depth_stride=stride,
            disparity_px=grid if is_disparity else None,
            right=self._read_right(name, image.shape),
            stereo_baseline_m=self.description.stereo_baseline_m,
            world_from_camera=self._poses.get(name),
            stamp_ns=round(index / self.rate_hz * 1e9),
        )

    def _camera(self, name: str, width_px: int, height_px: int) -> Camera | None:
        described = self.description.cameras.get(name, self.description.camera)
        try:
            return described.camera(width_px, height_px) if described else None
        except InputError as error:
            raise InputError(f'{self.path / FILE_NAME}, frame {name}: {error}') from error

    def _read_right(
        self, name: str, shape: tuple[int, ...]
    ) -> UInt8[np.ndarray, 'height width 3'] | None:
        path = self.path / 'right' / self._images[name].name
        if not path.is_file():
            return None
        right = read_rgb(path)
        if right.shape != shape:
            raise InputError(f'{path} is not as large as the left image; give rectified pairs')
        return right

    def _read_depth_grid(
        self, name: str, height: int, width: int
    ) -> tuple[Float32[np.ndarray, 'depth_height depth_width'] | None, int]:
        path = self.path / 'depth' / f'{name}.png'
        if not path.is_file():
            return None, 1
        raw = read_gray16(path)
        stride = stride_of_grid((height, width), (raw.shape[0], raw.shape[1]))
        if stride is None:
            raise InputError(
                f'{path} is {raw.shape[1]}x{raw.shape[0]}, no integer fraction of the image '
                f'{width}x{height}; write every k-th pixel of the image'
            )
        scale = np.float32(self.description.depth_scale_m)
        return raw.astype(np.float32) * scale, stride


def write_sequence(
    path: Path | str,
    samples: Iterable[Sample],
    *,
    name: str,
    rate_hz: float = DEFAULT_RATE_HZ,
    depth_scale_m: float = 1 / 256,
    metadata: dict[str, Any] | None = None,
) -> None:
    """Writes samples as a sequence folder: PNG images, right ones where there are, depth, poses.

    Depth is written in steps of `depth_scale_m`; beyond 65535 of them it is unknown.

    Raises:
        InputError: a picture cannot be written.
    """
    path = Path(path)
    for folder in ('rgb', 'depth'):
        (path / folder).mkdir(parents=True, exist_ok=True)
    cameras: dict[str, dict[str, Any]] = {}
    poses: dict[str, Float64[np.ndarray, '4 4']] = {}
    baseline_m = None
    for sample in samples:
        write_png(path / 'rgb' / f'{sample.name}.png', sample.image)
        if sample.depth_m is not None:
            write_png(path / 'depth' / f'{sample.name}.png', _steps(sample, depth_scale_m))
        if sample.right is not None:
            (path / 'right').mkdir(exist_ok=True)
            write_png(path / 'right' / f'{sample.name}.png', sample.right)
            baseline_m = sample.stereo_baseline_m
        if sample.world_from_camera is not None:
            poses[sample.name] = sample.world_from_camera
        cameras[sample.name] = _camera_values(sample)
    if poses:
        write_poses(path / 'poses.txt', poses)
    distinct = list({json.dumps(camera): camera for camera in cameras.values()}.values())
    description: dict[str, Any] = {'name': name, 'frames': len(cameras)}
    if distinct:
        description['camera'] = distinct[0]
    if len(distinct) > 1:
        description['cameras'] = cameras
    if baseline_m is not None:
        description['stereo_baseline_m'] = baseline_m
    description |= {'rate_hz': rate_hz, 'depth_scale_m': depth_scale_m} | (metadata or {})
    (path / FILE_NAME).write_text(json.dumps(description, indent=1) + '\n')


def _steps(sample: Sample, depth_scale_m: float) -> UInt16[np.ndarray, 'depth_height depth_width']:
    assert sample.depth_m is not None, 'the caller asks only for depth that is there'
    steps = np.rint(sample.depth_m / np.float32(depth_scale_m))
    return np.where(steps <= MAX_STEPS, np.maximum(steps, 0), 0).astype(np.uint16)


def _image_files(path: Path) -> dict[str, Path]:
    files = (path / 'rgb').glob('*') if (path / 'rgb').is_dir() else ()
    images: dict[str, Path] = {}
    for file in files:
        if file.suffix.lower() not in IMAGE_SUFFIXES:
            continue
        if file.stem in images:
            raise InputError(
                f'{path / "rgb"} holds frame {file.stem} twice, as {file.name} and as '
                f'{images[file.stem].name}; remove one'
            )
        images[file.stem] = file
    if not images:
        raise InputError(f'{path / "rgb"} holds no images (NNNNNN.jpg or NNNNNN.png)')
    return images


def _check_count(path: Path, promised: int | None, found: int) -> None:
    if promised is not None and found < promised:
        raise InputError(
            f'{path} holds {found} of the {promised} frames that its {FILE_NAME} names; '
            'restore the missing images or correct "frames"'
        )


def _camera_values(sample: Sample) -> dict[str, Any]:
    camera = sample.camera
    height, width = sample.image.shape[:2]
    return {
        'width': width,
        'height': height,
        'fx': camera and camera.fx_px,
        'fy': camera and camera.fy_px,
        'cx': camera and camera.cx_px,
        'cy': camera and camera.cy_px,
        'distortion_model': camera.distortion_model if camera else 'none',
        'distortion': list(camera.distortion) if camera else [],
    }
