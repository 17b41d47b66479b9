"""One frame as pictures in `data:` addresses: image, predicted depth, truth, error."""

from __future__ import annotations

import base64

import cv2
from jaxtyping import Bool, Float, Float32, UInt8
import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.evaluation.compared_pixels import compared_pixels
from depth_nodes.evaluation.evaluation_config import EvaluationConfig
from depth_nodes.evaluation.pictures import colour_depth, SPARSE_SHARE, UNKNOWN

WIDTH_PX = 440
JPEG_QUALITY = 82
MAX_ERROR = 0.5
# Too near, right, too far: the ends of ColorBrewer's RdBu, which the colour-blind tell apart.
ERROR_COLOURS = np.array([(33, 102, 172), (146, 197, 222), (247, 247, 247), (244, 165, 130),
                          (178, 24, 43)], float)  # fmt: skip

Rgb = UInt8[np.ndarray, 'height width 3']
Picture = UInt8[np.ndarray, 'picture_height picture_width 3']


def frame_panels(
    sample: Sample,
    depth_m: Float[np.ndarray, 'height width'],
    config: EvaluationConfig,
    limits_m: tuple[float, float],
) -> dict[str, str]:
    """What is shown of a frame: addresses by title, the colours of depth within `limits_m`."""
    truth = _thickened(known_truth(sample, config))
    error = _thickened(relative_error(sample, depth_m, config))
    pictures = {
        'image': sample.image,
        'predicted depth': colour_depth(depth_m.astype(np.float32), limits_m),
        'ground truth': _enlarged(colour_depth(truth, limits_m), sample.image),
        'relative error': _enlarged(colour_error(error), sample.image),
    }
    return {title: data_address(picture) for title, picture in pictures.items()}


def known_truth(
    sample: Sample, config: EvaluationConfig
) -> Float32[np.ndarray, 'truth_height truth_width']:
    """True depth [m] on its own grid, NaN where it is unknown or out of range."""
    assert sample.depth_m is not None, 'only frames with truth are shown'
    truth = sample.depth_m
    is_in_range = (truth > config.min_depth_m) & (truth < config.max_depth_m)
    return np.where(is_in_range, truth, np.float32(np.nan))


def relative_error(
    sample: Sample, depth_m: Float[np.ndarray, 'height width'], config: EvaluationConfig
) -> Float32[np.ndarray, 'truth_height truth_width']:
    """Error / truth after alignment, on the grid of the truth; NaN where nothing is compared."""
    assert sample.depth_m is not None, 'only frames with truth are shown'
    error = np.full(sample.depth_m.shape, np.nan, np.float32)
    pixels = compared_pixels(depth_m, sample.depth_m, config, sample.depth_stride)
    if pixels is not None:
        error[pixels.is_compared] = pixels.clamped_m(config.align) / pixels.truth_m - 1
    return error


def colour_error(error: Float32[np.ndarray, 'height width']) -> Rgb:
    """Blue too near, white right, red too far; gray where there is nothing to compare."""
    level = np.clip(np.nan_to_num(error) / MAX_ERROR, -1, 1)
    places = np.linspace(-1, 1, len(ERROR_COLOURS))
    channels = [np.interp(level, places, colour) for colour in ERROR_COLOURS.T]
    colours = np.stack(channels, axis=-1).astype(np.uint8)
    colours[np.isnan(error)] = UNKNOWN
    return colours


def data_address(picture: Rgb) -> str:
    """A picture as JPEG in a `data:` address, `WIDTH_PX` wide at most."""
    height, width = picture.shape[:2]
    if width > WIDTH_PX:
        size = (WIDTH_PX, max(round(height * WIDTH_PX / width), 1))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    is_encoded, data = cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    assert is_encoded, 'every RGB array has a JPEG'
    return 'data:image/jpeg;base64,' + base64.b64encode(data.tobytes()).decode()


def _enlarged(map_rgb: Rgb, image: Picture) -> Picture:
    """A coarse map at the size of the image."""
    size = (image.shape[1], image.shape[0])
    return cv2.resize(map_rgb, size, interpolation=cv2.INTER_NEAREST)


def _thickened(
    values: Float32[np.ndarray, 'height width'],
) -> Float32[np.ndarray, 'height width']:
    """LiDAR's single pixels made 3x3, so that they can be seen; anything denser as it is."""
    is_known: Bool[np.ndarray, 'height width'] = np.isfinite(values)
    if is_known.mean() > SPARSE_SHARE:
        return values
    height, width = values.shape
    padded = np.pad(values, 1, constant_values=np.nan)
    thick = values.copy()
    for row in range(3):
        for column in range(3):
            neighbour = padded[row : row + height, column : column + width]
            thick = np.where(np.isnan(thick), neighbour, thick)
    return thick
