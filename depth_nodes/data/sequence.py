"""The sequence folder: images, depth, stereo partners and poses of one recording.

NAME/sequence.json   camera, rate_hz, license, source, depth_scale_m, ...
NAME/rgb/NNNNNN.jpg (or .png)    NAME/right/NNNNNN.jpg    NAME/poses.txt
NAME/depth/NNNNNN.png            16 bit, metres = value * depth_scale_m, 0 = unknown
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import json
import math
from pathlib import Path
from typing import Any

import cv2
from jaxtyping import Float32, Float64, UInt8
import numpy as np

from depth_nodes.data.pose_file import read_poses, write_poses
from depth_nodes.data.sample import Sample
from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera

DEFAULT_RATE_HZ = 10.0
DEFAULT_DEPTH_SCALE_M = 0.001
IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png')


class Sequence:
    """A sequence folder, read frame by frame.

    Raises:
        InputError: the folder, its description or one of its images is missing or damaged.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.metadata = _read_metadata(self.path)
        self.name: str = str(self.metadata.get('name') or self.path.name)
        self.rate_hz = float(self.metadata.get('rate_hz') or DEFAULT_RATE_HZ)
        self.license: str = str(self.metadata.get('license', 'unknown'))
        self._images = _image_files(self.path)
        self.frames = sorted(self._images)
        _check_count(self.path, self.metadata.get('frames'), len(self.frames))
        self._poses = read_poses(self.path / 'poses.txt')

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> Sample:
        name = self.frames[index]
        image = _read_rgb(self._images[name])
        grid, stride = self._read_depth_grid(name, image.shape[0], image.shape[1])
        is_disparity = self.metadata.get('depth_is') == 'disparity_px'
        right = self.path / 'right' / self._images[name].name
        return Sample(
            name=name,
            image=image,
            camera=self._camera(name, image.shape[1], image.shape[0]),
            depth_m=None if is_disparity else grid,
            depth_stride=stride,
            disparity_px=grid if is_disparity else None,
            right=_read_rgb(right) if right.is_file() else None,
            stereo_baseline_m=self.metadata.get('stereo_baseline_m'),
            world_from_camera=self._poses.get(name),
            stamp_ns=round(index / self.rate_hz * 1e9),
        )

    def _camera(self, name: str, width_px: int, height_px: int) -> Camera | None:
        values = self.metadata.get('cameras', {}).get(name, self.metadata.get('camera')) or {}
        if not values.get('fx') or not values.get('fy'):
            return None
        size = (values.get('width') or width_px, values.get('height') or height_px)
        if size != (width_px, height_px):
            raise InputError(
                f'{self.path / "sequence.json"}: the camera is {size[0]}x{size[1]} but frame '
                f'{name} is {width_px}x{height_px}; correct "camera" or resize the images'
            )
        cx, cy = values.get('cx'), values.get('cy')
        return Camera(
            width_px=width_px,
            height_px=height_px,
            fx_px=float(values['fx']),
            fy_px=float(values['fy']),
            cx_px=(width_px - 1) / 2 if cx is None else float(cx),
            cy_px=(height_px - 1) / 2 if cy is None else float(cy),
            distortion_model=values.get('distortion_model') or 'none',
            distortion=tuple(values.get('distortion') or ()),
        )

    def _read_depth_grid(
        self, name: str, height: int, width: int
    ) -> tuple[Float32[np.ndarray, 'depth_height depth_width'] | None, int]:
        path = self.path / 'depth' / f'{name}.png'
        if not path.is_file():
            return None, 1
        raw = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if raw is None or raw.ndim != 2 or raw.dtype != np.uint16:
            raise InputError(
                f'{path} is no 16 bit gray PNG; write depth / depth_scale_m as uint16'
            )
        stride = max(1, math.ceil(width / raw.shape[1]))
        expected = (math.ceil(height / stride), math.ceil(width / stride))
        if any(abs(size - want) > 1 for size, want in zip(raw.shape, expected, strict=True)):
            raise InputError(
                f'{path} is {raw.shape[1]}x{raw.shape[0]}, no integer fraction of the image '
                f'{width}x{height}'
            )
        raw = raw[: expected[0], : expected[1]]
        scale = float(self.metadata.get('depth_scale_m') or DEFAULT_DEPTH_SCALE_M)
        return raw.astype(np.float32) * np.float32(scale), stride


def write_sequence(
    path: Path | str,
    samples: Iterable[Sample],
    *,
    name: str,
    rate_hz: float = DEFAULT_RATE_HZ,
    metadata: dict[str, Any] | None = None,
) -> None:
    """Writes samples as a sequence folder: PNG images, depth in steps of 1/256 m, poses."""
    path = Path(path)
    for folder in ('rgb', 'depth'):
        (path / folder).mkdir(parents=True, exist_ok=True)
    cameras: dict[str, dict[str, Any]] = {}
    poses: dict[str, Float64[np.ndarray, '4 4']] = {}
    for sample in samples:
        cv2.imwrite(str(path / 'rgb' / f'{sample.name}.png'), sample.image[..., ::-1])
        if sample.depth_m is not None:
            depth = np.clip(np.rint(sample.depth_m * 256), 0, 65535).astype(np.uint16)
            cv2.imwrite(str(path / 'depth' / f'{sample.name}.png'), depth)
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
    description |= {'rate_hz': rate_hz, 'depth_scale_m': 1 / 256} | (metadata or {})
    (path / 'sequence.json').write_text(json.dumps(description, indent=1) + '\n')


def _read_metadata(path: Path) -> dict[str, Any]:
    file = path / 'sequence.json'
    if not file.is_file():
        raise InputError(f'{path} is no sequence folder: it has no sequence.json')
    try:
        metadata = json.loads(file.read_text())
    except ValueError as error:
        raise InputError(f'{file} is no valid JSON: {error}') from error
    if not isinstance(metadata, dict):
        raise InputError(f'{file} must hold one JSON object')
    return metadata


def _image_files(path: Path) -> dict[str, Path]:
    files = (path / 'rgb').glob('*') if (path / 'rgb').is_dir() else ()
    images = {file.stem: file for file in files if file.suffix.lower() in IMAGE_SUFFIXES}
    if not images:
        raise InputError(f'{path / "rgb"} holds no images (NNNNNN.jpg or NNNNNN.png)')
    return images


def _check_count(path: Path, promised: Any, found: int) -> None:
    if isinstance(promised, int) and found < promised:
        raise InputError(
            f'{path} holds {found} of the {promised} frames that its sequence.json names; '
            'restore the missing images or correct "frames"'
        )


def _read_rgb(path: Path) -> UInt8[np.ndarray, 'height width 3']:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise InputError(f'{path} is missing or no readable image; restore it or remove the frame')
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


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
