"""The ground in a depth image, without knowing how high or how tilted the camera is.

Inverse depth of a plane is affine over the image; seen by a camera that does not roll, that of
the ground depends on the row alone, and whatever stands on the ground hides it and is nearer (the
v-disparity of Labayrade et al., IV 2002). So the ground is a line through what is nearly the
farthest depth of each row.
"""

from __future__ import annotations

from jaxtyping import Bool, Float, Float64
import numpy as np

from depth_nodes.evaluation.robust_line import Line, theil_sen

MAX_ROWS = 48
MIN_ROWS = 8
MIN_PIXELS_OF_ROW = 4
FAR_QUANTILE = 0.1  # of a row's inverse depths: a tenth may lie below the ground by error
# The line holds where it is this near to half of the rows at least.
MAX_DEVIATION = 0.1
# A camera that looks down by more than 40 degrees or so; a wall has its horizon far outside.
MIN_HORIZON, MAX_HORIZON = -0.5, 0.75


def ground_line(truth_m: Float[np.ndarray, 'height width']) -> Line | None:
    """Inverse depth [1/m] of the ground by row; None where no ground is seen.

    Args:
        truth_m: depth [m], infinite where unknown; the lower half of the image decides.
    """
    height = truth_m.shape[0]
    rows = np.unique(np.linspace(height // 2, height - 1, MAX_ROWS).astype(np.intp))
    far, is_seen = _far_ends(truth_m[rows])
    if np.count_nonzero(is_seen) < MIN_ROWS:
        return None
    seen_rows, inverse = rows[is_seen].astype(np.float64), far[is_seen]
    line = theil_sen(seen_rows, inverse)
    if line.slope <= 0 or not MIN_HORIZON < -line.offset / line.slope / height < MAX_HORIZON:
        return None
    deviation = np.abs(line.slope * seen_rows + line.offset - inverse) / inverse
    return line if np.median(deviation) < MAX_DEVIATION else None


def height_share(
    depth_m: Float64[np.ndarray, 'height width'], ground: Line
) -> Float64[np.ndarray, 'height width']:
    """Height above the ground, as a share of the height of the camera.

    A ray that meets the ground at depth g is at the share 1 - depth / g of the camera's height,
    however the camera is tilted. Not finite where depth is infinite.
    """
    rows = np.arange(depth_m.shape[0], dtype=np.float64)[:, None]
    with np.errstate(invalid='ignore'):
        return 1 - depth_m * (ground.slope * rows + ground.offset)


def _far_ends(
    truth_m: Float[np.ndarray, 'row width'],
) -> tuple[Float64[np.ndarray, ' row'], Bool[np.ndarray, ' row']]:
    """Nearly the farthest of each row as inverse depth [1/m], and whether the row knows enough."""
    nearest_first = np.sort(truth_m, axis=1)
    num_known = np.count_nonzero(np.isfinite(truth_m), axis=1)
    picked = np.maximum(np.ceil((1 - FAR_QUANTILE) * num_known).astype(np.intp) - 1, 0)
    far = nearest_first[np.arange(len(truth_m)), picked]
    return 1 / far, num_known >= MIN_PIXELS_OF_ROW
