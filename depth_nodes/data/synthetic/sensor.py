"""From linear light to an 8-bit picture: lens, exposure, noise, tone curve, compression."""

from __future__ import annotations

from dataclasses import dataclass
import math

import cv2
from jaxtyping import Float32, UInt8
import numpy as np

from depth_nodes.data.synthetic.draw import Draw

GREY_WEIGHTS = (0.299, 0.587, 0.114)
FOLLOWED_SHARE = 0.3  # of a change of light that automatic exposure follows in one frame


@dataclass(frozen=True, kw_only=True)
class Sensor:
    """One camera's way of seeing, the same for all frames of a sequence.

    Attributes:
        target_level: what the geometric mean of a frame is exposed to, 0..1 linear.
        max_exposure: the longest exposure; nights stay dark.
        drift: standard deviation of the exposure's change from frame to frame, in e-folds.
        gains: white balance errors of red, green, blue.
        gamma: exponent of the encoding.
        contrast: strength of the S-shaped tone curve, 0..1.
        saturation: 0 is a grey camera, 1 the colours as they are.
        blur_px: standard deviation of the lens blur.
        motion_px: length and direction (x, y) of the motion blur.
        aberration: by how much the red picture is larger than the blue one.
        read_noise: standard deviation in the dark, in linear light of 1 = white.
        shot_noise: standard deviation at white.
        sharpening: of the edges in the picture, as cameras and reduced pictures have it.
        vignette: loss of light in the corners, 0..1.
        jpeg_quality: of a compressing camera; None does not compress.
    """

    target_level: float = 0.22
    max_exposure: float = 4.0
    drift: float = 0.02
    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gamma: float = 2.2
    contrast: float = 0.2
    saturation: float = 1.0
    blur_px: float = 0.5
    motion_px: tuple[float, float] = (0.0, 0.0)
    aberration: float = 0.0
    read_noise: float = 0.002
    shot_noise: float = 0.01
    sharpening: float = 0.0
    vignette: float = 0.1
    jpeg_quality: int | None = None

    @classmethod
    def drawn(cls, draw: Draw) -> Sensor:
        """A random one: mostly good pictures, some dark, pale, blurred or noisy."""
        warmth, tint = draw.normal(0, 0.09), draw.normal(0, 0.03)
        is_noisy, is_moving = draw.chance(0.2), draw.chance(0.2)
        angle, length = draw.uniform(0, math.pi), draw.uniform(1, 3) if is_moving else 0.0
        noise = draw.log_uniform(0.015, 0.05) if is_noisy else draw.log_uniform(0.003, 0.015)
        return cls(
            target_level=draw.log_uniform(0.045, 0.5)
            if draw.chance(0.2)
            else draw.uniform(0.1, 0.28),
            max_exposure=draw.uniform(2.5, 6.0),
            drift=draw.choice([0.0, 0.02, 0.06]),
            gains=(math.exp(warmth), math.exp(tint), math.exp(-warmth)),
            gamma=draw.uniform(1.9, 2.5),
            contrast=draw.uniform(0.1, 0.9),
            saturation=0.0 if draw.chance(0.06) else draw.uniform(0.6, 1.25),
            blur_px=draw.uniform(0.75, 1.25) if draw.chance(0.15) else draw.uniform(0.25, 0.55),
            motion_px=(length * math.cos(angle), length * math.sin(angle)),
            aberration=draw.uniform(0.0, 0.002) if draw.chance(0.3) else 0.0,
            read_noise=noise * draw.uniform(0.1, 0.3),
            shot_noise=noise,
            sharpening=draw.uniform(0.3, 1.3) if draw.chance(0.6) else 0.0,
            vignette=draw.uniform(0, 0.35),
            jpeg_quality=draw.whole(45, 96) if draw.chance(0.6) else None,
        )

    def exposure(
        self, linear: Float32[np.ndarray, 'height width 3'], last: float | None, draw: Draw
    ) -> float:
        """The factor for a frame: metered, after the last frame's slowly, and never exact."""
        metered = self.target_level / math.exp(float(np.log(linear + 0.01).mean()))
        if last is not None:
            metered = (
                last * (metered / last) ** FOLLOWED_SHARE * math.exp(draw.normal(0, self.drift))
            )
        return min(metered, self.max_exposure)

    def picture(
        self,
        linear: Float32[np.ndarray, 'height width 3'],
        exposure: float,
        draw: Draw,
    ) -> UInt8[np.ndarray, 'height width 3']:
        """The encoded picture; highlights roll off softly."""
        # A lamp or the sun must not spread over the picture as the numbers would have it.
        image = self._through_lens(np.minimum(linear, np.float32(8 / exposure)))
        gains = np.array(self.gains, np.float32) * np.float32(exposure)
        image = image * (gains * self._falloff(*image.shape[:2])[..., None])
        spread = np.sqrt(self.read_noise**2 + self.shot_noise**2 * np.maximum(image, 0))
        image = image + draw.generator.standard_normal(image.shape, np.float32) * spread
        image = np.where(image > 0.7, 1 - 0.3 * np.exp((0.7 - image) / 0.3), image)
        encoded = self._toned(cv2.pow(np.maximum(image, 0).astype(np.float32), 1 / self.gamma))
        if self.sharpening > 0:
            smooth = cv2.GaussianBlur(encoded, (0, 0), 1.0, borderType=cv2.BORDER_REPLICATE)
            encoded = encoded + np.float32(self.sharpening) * (encoded - smooth)
        return self._compressed(np.clip(encoded * 255 + 0.5, 0, 255).astype(np.uint8))

    def _through_lens(
        self, image: Float32[np.ndarray, 'height width 3']
    ) -> Float32[np.ndarray, 'height width 3']:
        image = cv2.GaussianBlur(image, (0, 0), self.blur_px, borderType=cv2.BORDER_REPLICATE)
        if self.motion_px != (0.0, 0.0):
            image = cv2.filter2D(image, -1, self._streak(), borderType=cv2.BORDER_REPLICATE)
        if self.aberration > 0:
            image = np.dstack(
                [
                    _scaled(np.ascontiguousarray(image[..., channel]), 1 + sign * self.aberration)
                    for channel, sign in enumerate((1, 0, -1))
                ]
            )
        return image

    def _streak(self) -> Float32[np.ndarray, 'rows columns']:
        """The kernel of a straight motion."""
        reach = math.ceil(max(abs(value) for value in self.motion_px) / 2) + 1
        kernel = np.zeros((2 * reach + 1,) * 2, np.float32)
        for share in np.linspace(-0.5, 0.5, 16):
            x, y = (reach + share * value for value in self.motion_px)
            kernel[round(y), round(x)] += 1 / 16
        return kernel

    def _toned(
        self, image: Float32[np.ndarray, 'height width 3']
    ) -> Float32[np.ndarray, 'height width 3']:
        image = image + np.float32(self.contrast) * (image * image * (3 - 2 * image) - image)
        grey = image @ np.array(GREY_WEIGHTS, np.float32)
        return grey[..., None] + np.float32(self.saturation) * (image - grey[..., None])

    def _compressed(
        self, image: UInt8[np.ndarray, 'height width 3']
    ) -> UInt8[np.ndarray, 'height width 3']:
        if self.jpeg_quality is None:
            return image
        _, data = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, self.jpeg_quality])
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)

    def _falloff(self, height: int, width: int) -> Float32[np.ndarray, 'height width']:
        x = np.linspace(-1, 1, width, dtype=np.float32)
        y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
        return 1 - np.float32(self.vignette) * (x * x + y * y) / 2


def _scaled(
    image: Float32[np.ndarray, 'height width'], factor: float
) -> Float32[np.ndarray, 'height width']:
    """Enlarged about the middle."""
    height, width = image.shape
    matrix = np.array(
        [
            [factor, 0, (1 - factor) * (width - 1) / 2],
            [0, factor, (1 - factor) * (height - 1) / 2],
        ]
    )
    return cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
