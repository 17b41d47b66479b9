"""From linear light to an 8-bit picture: exposure, colour cast, lens and noise."""

from __future__ import annotations

from dataclasses import dataclass
import math

import cv2
from jaxtyping import Float32, UInt8
import numpy as np


@dataclass(frozen=True, kw_only=True)
class Sensor:
    """One camera's way of seeing, the same for all frames of a sequence.

    Attributes:
        target_level: what the geometric mean of the first frame is exposed to, 0..1 linear.
        gains: white balance errors of red, green, blue.
        gamma: exponent of the encoding.
        blur_px: standard deviation of the lens blur.
        noise: standard deviation of the noise in grey levels of 255.
        vignette: loss of light in the corners, 0..1.
    """

    target_level: float = 0.22
    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gamma: float = 2.2
    blur_px: float = 0.5
    noise: float = 1.5
    vignette: float = 0.1

    @classmethod
    def drawn(cls, generator: np.random.Generator) -> Sensor:
        """A random one."""
        gains = np.exp(generator.normal(0, 0.05, 3))
        return cls(
            target_level=float(generator.uniform(0.09, 0.26)),
            gains=(float(gains[0]), float(gains[1]), float(gains[2])),
            gamma=float(generator.uniform(1.9, 2.5)),
            blur_px=float(generator.uniform(0.35, 0.8)),
            noise=float(generator.uniform(0.4, 4.0)),
            vignette=float(generator.uniform(0, 0.25)),
        )

    def exposure(self, linear: Float32[np.ndarray, 'height width 3']) -> float:
        """The factor that brings a frame to the target level."""
        return self.target_level / math.exp(float(np.log(linear + 0.01).mean()))

    def picture(
        self,
        linear: Float32[np.ndarray, 'height width 3'],
        exposure: float,
        generator: np.random.Generator,
    ) -> UInt8[np.ndarray, 'height width 3']:
        """The encoded picture; highlights roll off softly."""
        height, width = linear.shape[:2]
        image = cv2.GaussianBlur(linear, (0, 0), self.blur_px, borderType=cv2.BORDER_REPLICATE)
        gains = np.array(self.gains, np.float32) * np.float32(exposure)
        image = image * (gains * self._falloff(height, width)[..., None])
        image = np.where(image > 0.7, 1 - 0.3 * np.exp((0.7 - image) / 0.3), image)
        image = cv2.pow(np.maximum(image, 0).astype(np.float32), 1 / self.gamma) * 255
        noise = generator.standard_normal(image.shape, np.float32) * np.float32(self.noise)
        return np.clip(image + noise + 0.5, 0, 255).astype(np.uint8)

    def _falloff(self, height: int, width: int) -> Float32[np.ndarray, 'height width']:
        x = np.linspace(-1, 1, width, dtype=np.float32)
        y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
        return 1 - np.float32(self.vignette) * (x * x + y * y) / 2
