"""Which frames of a stream are worth refining."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
import math
from typing import NamedTuple

import cv2
from jaxtyping import Float32, Float64, UInt8
import numpy as np

from depth_nodes.errors import ConfigError

SHARPNESS_WIDTH_PX = 640
NUM_SHARPNESSES = 30
THUMBNAIL_SIZE_PX = 64, 36
THUMBNAIL_BLUR_PX = 1.0


class Pose(NamedTuple):
    """Where something is, in any frame that stays the same.

    Attributes:
        position_m: x y z.
        quaternion: x y z w, of length 1.
    """

    position_m: Float64[np.ndarray, ' 3']
    quaternion: Float64[np.ndarray, ' 4']


@dataclass(frozen=True, kw_only=True)
class KeyframeConfig:
    """When a frame becomes a keyframe.

    Attributes:
        max_period_s: after so long, whatever happens.
        min_translation_m: after so much motion, where poses are known.
        min_rotation_deg: the same.
        min_image_change: where they are not, once 1 minus the correlation of small gray images is
            so large. In recordings of rooms, 0.5 is about 0.3 m or 15 degrees.
        min_sharpness: variance of the Laplacian over its running median; less is too blurred.
        patience_s: a keyframe that was asked for waits for a sharp frame no longer.
    """

    max_period_s: float = 5.0
    min_translation_m: float = 0.3
    min_rotation_deg: float = 15.0
    min_image_change: float = 0.5
    min_sharpness: float = 0.7
    patience_s: float = 1.0

    def __post_init__(self) -> None:
        """Refuses values that mean nothing."""
        for name, value in vars(self).items():
            if not value >= 0:
                raise ConfigError(f'{name} is {value}; give 0 or more')


class Decision(NamedTuple):
    """Whether a frame is a keyframe, and why (not), in a word or two."""

    is_keyframe: bool
    reason: str


class _Keyframe(NamedTuple):
    at_s: float
    thumbnail: Float32[np.ndarray, 'height width']
    pose: Pose | None


class KeyframeSelector:
    """Looks at the frames while nothing is being refined; one thread asks."""

    def __init__(self, config: KeyframeConfig) -> None:
        self.config = config
        self._sharpnesses: deque[float] = deque(maxlen=NUM_SHARPNESSES)
        self._last: _Keyframe | None = None
        self._is_requested = False
        self._requested_in_vain_s: float | None = None

    def request(self) -> None:
        """Makes the next frame a keyframe, or one soon after that is sharp; from any thread."""
        self._is_requested = True

    def consider(
        self, image: UInt8[np.ndarray, 'height width 3'], now_s: float, pose: Pose | None = None
    ) -> Decision:
        """Whether to refine this frame now; if so, the next ones are compared with it.

        Args:
            image: RGB.
            now_s: of a clock that only runs forward.
            pose: of the camera, or of what it is mounted on; None: unknown.
        """
        candidate = _Keyframe(now_s, _thumbnail(image), pose)
        reason = 'requested' if self._is_requested else self._reason(candidate)
        is_sharp = self._is_sharp(image)
        if not reason:
            return Decision(False, 'unchanged')
        if not is_sharp and self._may_wait(now_s):
            return Decision(False, 'blurred')
        self._last = candidate
        self._is_requested, self._requested_in_vain_s = False, None
        return Decision(True, reason)

    def _reason(self, candidate: _Keyframe) -> str:
        """Why to refine, sharp or not; empty: there is no reason."""
        last, config = self._last, self.config
        if last is None:
            return 'first'
        if candidate.at_s - last.at_s >= config.max_period_s:
            return 'period'
        if candidate.pose is None or last.pose is None:
            change = image_change(last.thumbnail, candidate.thumbnail)
            return 'image changed' if change >= config.min_image_change else ''
        translation_m, rotation_deg = motion(last.pose, candidate.pose)
        has_moved = (
            translation_m >= config.min_translation_m or rotation_deg >= config.min_rotation_deg
        )
        return 'moved' if has_moved else ''

    def _may_wait(self, now_s: float) -> bool:
        """Whether a sharper frame may be waited for, after this one was not sharp."""
        if not self._is_requested:
            return True
        if self._requested_in_vain_s is None:
            self._requested_in_vain_s = now_s
        return now_s - self._requested_in_vain_s < self.config.patience_s

    def _is_sharp(self, image: UInt8[np.ndarray, 'height width 3']) -> bool:
        self._sharpnesses.append(sharpness(image))
        typical = float(np.median(self._sharpnesses))
        return self._sharpnesses[-1] >= self.config.min_sharpness * typical


def motion(before: Pose, after: Pose) -> tuple[float, float]:
    """Translation [m] and angle of the rotation [degrees] between two poses."""
    translation = np.linalg.norm(after.position_m - before.position_m)
    cosine = min(1.0, abs(float(before.quaternion @ after.quaternion)))
    return float(translation), math.degrees(2 * math.acos(cosine))


def sharpness(image: UInt8[np.ndarray, 'height width 3']) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al., ICPR 2000), of at most 640 columns."""
    height, width = image.shape[:2]
    if width > SHARPNESS_WIDTH_PX:
        size = SHARPNESS_WIDTH_PX, max(1, round(height * SHARPNESS_WIDTH_PX / width))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var())


def image_change(
    before: Float32[np.ndarray, 'height width'], after: Float32[np.ndarray, 'height width']
) -> float:
    """1 minus the correlation of two small gray images, so that exposure does not matter."""
    centred = [one - one.mean() for one in (before, after)]
    spread = math.sqrt(float((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
    if spread == 0:  # nothing can be seen in one of them, or in both
        return float(any(one.any() for one in centred))
    return 1 - float((centred[0] * centred[1]).sum()) / spread


def _thumbnail(image: UInt8[np.ndarray, 'height width 3']) -> Float32[np.ndarray, '36 64']:
    small = cv2.resize(image, THUMBNAIL_SIZE_PX, interpolation=cv2.INTER_AREA)
    gray = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return cv2.GaussianBlur(gray, (0, 0), THUMBNAIL_BLUR_PX)
