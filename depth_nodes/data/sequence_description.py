"""sequence.json of a sequence folder: read once, checked whole."""

from __future__ import annotations

from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

from depth_nodes.errors import InputError
from depth_nodes.messages.camera import Camera

FILE_NAME = 'sequence.json'
DEFAULT_RATE_HZ = 10.0
MIN_RATE_HZ, MAX_RATE_HZ = 0.001, 1000.0  # beyond, stamps collide or leave the range of ROS
DEFAULT_DEPTH_SCALE_M = 0.001
DISPARITY = 'disparity_px'
MAX_NUMBER = 1e300  # an integer of more digits fits no float


@dataclass(frozen=True, kw_only=True)
class CameraDescription:
    """Intrinsics as the file has them; what it leaves open is None."""

    width_px: int | None
    height_px: int | None
    fx_px: float
    fy_px: float
    cx_px: float | None
    cy_px: float | None
    distortion_model: str
    distortion: tuple[float, ...]

    def camera(self, width_px: int, height_px: int) -> Camera:
        """The camera of an image of this size, which must be the described one.

        Raises:
            InputError: the description is of another size.
        """
        size = (self.width_px or width_px, self.height_px or height_px)
        if size != (width_px, height_px):
            raise InputError(
                f'the camera is {size[0]}x{size[1]} but the frame is {width_px}x{height_px}; '
                'correct "camera" or resize the images'
            )
        return Camera(
            width_px=width_px,
            height_px=height_px,
            fx_px=self.fx_px,
            fy_px=self.fy_px,
            cx_px=(width_px - 1) / 2 if self.cx_px is None else self.cx_px,
            cy_px=(height_px - 1) / 2 if self.cy_px is None else self.cy_px,
            distortion_model=self.distortion_model,
            distortion=self.distortion,
        )


@dataclass(frozen=True, kw_only=True)
class SequenceDescription:
    """What sequence.json says.

    Attributes:
        name: of the sequence; the folder's where the file gives none.
        num_frames: how many images there should be; None where the file does not say.
        rate_hz: images a second.
        license: terms of use of the frames.
        depth_scale_m: metres that one step of a depth image stands for.
        is_disparity: whether `depth/` holds disparity in pixels and no depth.
        stereo_baseline_m: distance between the cameras of a rectified pair.
        camera: of every frame that `cameras` does not name; None: unknown.
        cameras: by frame.
        values: the whole JSON object.
    """

    name: str
    num_frames: int | None
    rate_hz: float
    license: str
    depth_scale_m: float
    is_disparity: bool
    stereo_baseline_m: float | None
    camera: CameraDescription | None
    cameras: dict[str, CameraDescription | None]
    values: dict[str, Any]


def read_description(folder: Path) -> SequenceDescription:
    """Reads and checks the description of a sequence folder.

    Raises:
        InputError: there is none, it is no JSON object, or a value makes no sense; the message
            names the file and the key.
    """
    values = _read_json(folder)
    place = _Place(str(folder / FILE_NAME), '', values)
    cameras = place.mapping('cameras') if 'cameras' in values else {}
    return SequenceDescription(
        name=place.text('name') or folder.absolute().name,
        num_frames=place.count('frames'),
        rate_hz=place.rate('rate_hz') or DEFAULT_RATE_HZ,
        license=place.text('license') or 'unknown',
        depth_scale_m=place.positive('depth_scale_m') or DEFAULT_DEPTH_SCALE_M,
        is_disparity=place.choice('depth_is', DISPARITY) == DISPARITY,
        stereo_baseline_m=place.positive('stereo_baseline_m'),
        camera=_camera(place, 'camera'),
        cameras={
            frame: _camera(_Place(place.file, 'cameras.', cameras), frame) for frame in cameras
        },
        values=values,
    )


def _read_json(folder: Path) -> dict[str, Any]:
    file = folder / FILE_NAME
    if not file.is_file():
        raise InputError(f'{folder} is no sequence folder: it has no {FILE_NAME}')
    try:
        values = json.loads(file.read_text(encoding='utf-8'))
    except (ValueError, RecursionError) as error:
        raise InputError(f'{file} is no valid JSON: {error}') from error
    if not isinstance(values, dict):
        raise InputError(f'{file} must hold one JSON object')
    return values


def _camera(parent: _Place, key: str) -> CameraDescription | None:
    """The camera below a key; None where it is null, or says no focal length."""
    if parent.values.get(key) is None:
        return None
    place = _Place(parent.file, f'{parent.prefix}{key}.', parent.mapping(key))
    fx, fy = place.focal('fx'), place.focal('fy')
    camera = CameraDescription(
        width_px=place.count('width'),
        height_px=place.count('height'),
        fx_px=fx,
        fy_px=fy,
        cx_px=place.number('cx'),
        cy_px=place.number('cy'),
        distortion_model=place.text('distortion_model') or 'none',
        distortion=place.numbers('distortion'),
    )
    return camera if fx and fy else None


@dataclass(frozen=True)
class _Place:
    """Values of one JSON object, and where in the file it stands; null is as good as absent."""

    file: str
    prefix: str
    values: dict[str, Any]

    def number(self, key: str) -> float | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not _is_number(value):
            raise self._error(key, 'a number')
        return float(value)

    def positive(self, key: str) -> float | None:
        value = self.number(key)
        if value is not None and value <= 0:
            raise self._error(key, 'a number above 0')
        return value

    def rate(self, key: str) -> float | None:
        value = self.number(key)
        if value is not None and not MIN_RATE_HZ <= value <= MAX_RATE_HZ:
            raise self._error(key, f'a number from {MIN_RATE_HZ} to {MAX_RATE_HZ:g}')
        return value

    def focal(self, key: str) -> float:
        """A focal length [px]; 0 where it is unknown."""
        value = self.number(key) or 0.0
        if value < 0:
            raise self._error(key, 'a focal length in pixels, or null where it is unknown')
        return value

    def count(self, key: str) -> int | None:
        value = self.number(key)
        if value is not None and (value < 0 or value != int(value)):
            raise self._error(key, 'a whole number')
        return None if value is None else int(value)

    def numbers(self, key: str) -> tuple[float, ...]:
        values = self.values.get(key)
        if values is None:
            return ()
        if not isinstance(values, list) or not all(map(_is_number, values)):
            raise self._error(key, 'a list of numbers')
        return tuple(float(value) for value in values)

    def text(self, key: str) -> str:
        value = self.values.get(key)
        if not isinstance(value, (str, type(None))):
            raise self._error(key, 'a text')
        return value or ''

    def choice(self, key: str, choice: str) -> str:
        value = self.text(key)
        if value not in ('', choice):
            raise self._error(key, f'"{choice}", or leave it out')
        return value

    def mapping(self, key: str) -> dict[str, Any]:
        value = self.values.get(key)
        if not isinstance(value, dict):
            raise self._error(key, 'an object { }')
        return value

    def _error(self, key: str, expected: str) -> InputError:
        value = self.values.get(key)
        return InputError(
            f'{self.file}: "{self.prefix}{key}" is {json.dumps(value)[:40]}; write {expected}'
        )


def _is_number(value: Any) -> bool:
    is_numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_numeric and abs(value) < MAX_NUMBER  # false for NaN
