"""Depth labels from the posed neighbours of a frame: a plane sweep with semi-global smoothing.

The planes are parallel to the image and equally spaced in inverse depth (Collins, CVPR 1996);
the matching cost is one minus the normalised cross-correlation. A label is kept where the depths
of other frames agree, where the parallax tells its depth, and nowhere else: what moves, what has
no texture and what lies near the direction of travel stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
from jaxtyping import Bool, Float32, Float64
import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.data.semi_global import aggregate

Depth = Float32[np.ndarray, 'height width']
Pose = Float64[np.ndarray, '4 4']


@dataclass(frozen=True, kw_only=True)
class MultiViewConfig:
    """How frames are matched and what is believed.

    Attributes:
        max_width_px: wider images are matched on every second, third, ... pixel.
        num_levels: planes of the sweep.
        min_depth_m: of the nearest plane.
        max_depth_m: of the farthest plane; labels at it or beyond are dropped.
        baselines_m: wanted distances of the neighbours, forward and backward in time.
        window_px: side of the correlation window.
        penalties: of one level's step and of larger ones, see `semi_global.aggregate`.
        min_correlation: mean over the better half of the neighbours that a label needs.
        matching_error_px: how well an image position is known; decides the depth's uncertainty.
        max_uncertainty: largest relative uncertainty of a kept label.
        max_disagreement: relative difference up to which two frames' depths agree.
        min_agreeing: frames that must agree with a label.
    """

    max_width_px: int = 450
    num_levels: int = 128
    min_depth_m: float = 2.5
    max_depth_m: float = 80.0
    baselines_m: tuple[float, ...] = (0.8, 1.6, 2.6)
    window_px: int = 7
    penalties: tuple[float, float] = (0.05, 0.4)
    min_correlation: float = 0.3
    matching_error_px: float = 0.3
    max_uncertainty: float = 0.12
    max_disagreement: float = 0.06
    min_agreeing: int = 2


@dataclass(frozen=True, kw_only=True)
class _View:
    gray: Float32[np.ndarray, 'height width']
    matrix: Float64[np.ndarray, '3 3']
    pose: Pose


def with_multi_view_depth(
    samples: Sequence[Sample], config: MultiViewConfig | None = None
) -> Iterator[Sample]:
    """The samples of one camera's path, with depth where their neighbours tell it.

    Samples without a camera or a pose, and those that never move, get no depth.
    """
    config = config or MultiViewConfig()
    stride = max(
        (-(-sample.image.shape[1] // config.max_width_px) for sample in samples), default=1
    )
    views = [_view(sample, stride) for sample in samples]
    neighbours = [_neighbours(views, index, config.baselines_m) for index in range(len(views))]
    depths: dict[int, Depth] = {}
    for index, sample in enumerate(samples):
        if not neighbours[index]:
            continue
        for needed in (index, *neighbours[index]):
            if needed not in depths and neighbours[needed]:
                depths[needed] = _swept_depth(views, needed, neighbours[needed], config)
        agreeing = sum(
            _agrees(views, depths, index, other, config.max_disagreement).astype(int)
            for other in neighbours[index]
            if other in depths
        )
        depth = np.where(agreeing >= config.min_agreeing, depths[index], np.float32(0))
        yield replace(sample, depth_m=depth, depth_stride=stride)


def _view(sample: Sample, stride: int) -> _View | None:
    camera = sample.camera
    if camera is None or sample.world_from_camera is None:
        return None
    gray = cv2.cvtColor(sample.image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    if stride > 1:
        gray = np.ascontiguousarray(cv2.GaussianBlur(gray, (0, 0), stride / 2)[::stride, ::stride])
    matrix = camera.matrix
    # Pixel (i, j) of the coarse image is pixel (stride * i, stride * j) of the fine one.
    matrix[:2] /= stride
    return _View(gray=gray, matrix=matrix, pose=sample.world_from_camera)


def _neighbours(
    views: Sequence[_View | None], index: int, baselines_m: tuple[float, ...]
) -> list[int]:
    """Frames nearest to the wanted distances along the path, in both directions of time."""
    here = views[index]
    if here is None:
        return []
    chosen: list[int] = []
    for direction in (-1, 1):
        wanted = list(baselines_m)
        other = index + direction
        while wanted and 0 <= other < len(views):
            there = views[other]
            if there is None:
                break
            distance = float(np.linalg.norm(there.pose[:3, 3] - here.pose[:3, 3]))
            if distance > 2 * baselines_m[-1]:
                break
            if distance >= 0.8 * wanted[0]:
                chosen.append(other)
                wanted = [baseline for baseline in wanted if baseline * 0.8 > distance]
            other += direction
    return chosen


def _swept_depth(
    views: Sequence[_View | None], index: int, others: list[int], config: MultiViewConfig
) -> Depth:
    here = views[index]
    assert here is not None, 'only posed frames have neighbours'
    inverse_depths = np.linspace(
        1 / config.max_depth_m, 1 / config.min_depth_m, config.num_levels, dtype=np.float32
    )
    partners = [view for other in others if (view := views[other]) is not None]
    cost = _cost_volume(here, partners, inverse_depths, config.window_px)
    total = aggregate(cost, *config.penalties)
    level = _winning_level(total)
    whole = np.rint(level).astype(np.intp)
    correlation = 1 - np.take_along_axis(cost, whole[..., None], axis=-1)[..., 0]
    step = float(inverse_depths[1] - inverse_depths[0])
    inverse_depth = inverse_depths[0] + level * np.float32(step)
    depth = 1 / inverse_depth
    uncertainty = _uncertainty(here, partners, depth, config.matching_error_px)
    is_kept = (correlation >= config.min_correlation) & (uncertainty <= config.max_uncertainty)
    is_kept &= (whole > 0) & (whole < config.num_levels - 1)
    return np.where(is_kept, depth, 0).astype(np.float32)


def _cost_volume(
    here: _View,
    partners: Sequence[_View],
    inverse_depths: Float32[np.ndarray, ' level'],
    window_px: int,
) -> Float32[np.ndarray, 'height width level']:
    """One minus the correlation, averaged over the better half of the neighbours."""
    height, width = here.gray.shape
    num_best = (len(partners) + 1) // 2
    cost = np.empty((height, width, len(inverse_depths)), np.float32)
    moments = _Moments.of_image(here.gray, window_px)
    planes = [(partner.gray, *_homographies(here, partner)) for partner in partners]
    for level, inverse_depth in enumerate(inverse_depths):
        correlations = np.stack(
            [
                moments.correlation(_warped(gray, far + nearer * float(inverse_depth)))
                for gray, far, nearer in planes
            ]
        )
        if num_best < len(partners):
            correlations = np.partition(correlations, len(partners) - num_best, axis=0)
        cost[..., level] = 1 - correlations[-num_best:].mean(axis=0)
    return cost


def _homographies(
    here: _View, partner: _View
) -> tuple[Float64[np.ndarray, '3 3'], Float64[np.ndarray, '3 3']]:
    """The partner's pixels from ours on a plane at infinity, and what each 1/m nearer adds."""
    partner_from_here = np.linalg.inv(partner.pose) @ here.pose
    rays = np.linalg.inv(here.matrix)
    far = partner.matrix @ partner_from_here[:3, :3] @ rays
    return far, np.outer(partner.matrix @ partner_from_here[:3, 3], rays[2])


def _warped(
    gray: Float32[np.ndarray, 'height width'], homography: Float64[np.ndarray, '3 3']
) -> Float32[np.ndarray, 'height width']:
    height, width = gray.shape
    return cv2.warpPerspective(
        gray,
        homography,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=-1.0,
    )


@dataclass(frozen=True, kw_only=True)
class _Moments:
    """Local mean and spread of an image, for correlations with others."""

    image: Float32[np.ndarray, 'height width']
    mean: Float32[np.ndarray, 'height width']
    variance: Float32[np.ndarray, 'height width']
    window_px: int

    @classmethod
    def of_image(cls, image: Float32[np.ndarray, 'height width'], window_px: int) -> _Moments:
        mean = cv2.blur(image, (window_px, window_px))
        variance = cv2.blur(image * image, (window_px, window_px)) - mean * mean
        return cls(image=image, mean=mean, variance=variance, window_px=window_px)

    def correlation(
        self, warped: Float32[np.ndarray, 'height width']
    ) -> Float32[np.ndarray, 'height width']:
        """Normalised cross-correlation in -1..1; 0 beyond the warped image's border."""
        size = (self.window_px, self.window_px)
        other = _Moments.of_image(warped, self.window_px)
        covariance = cv2.blur(self.image * warped, size) - self.mean * other.mean
        # Noise of one gray level: without texture nothing correlates.
        spread = np.sqrt(np.maximum(self.variance, 0) + 4) * np.sqrt(
            np.maximum(other.variance, 0) + 4
        )
        return np.where(warped >= 0, covariance / spread, np.float32(0))


def _winning_level(total: Float32[np.ndarray, 'height width level']) -> Depth:
    """The level of lowest cost, refined by a parabola through its neighbours."""
    best = total[..., 1:-1].argmin(axis=-1) + 1
    below, at, above = (
        np.take_along_axis(total, (best + shift)[..., None], axis=-1)[..., 0]
        for shift in (-1, 0, 1)
    )
    curvature = np.maximum(below - 2 * at + above, 1e-6)
    return (best + np.clip((below - above) / (2 * curvature), -0.5, 0.5)).astype(np.float32)


def _uncertainty(
    here: _View, partners: Sequence[_View], depth: Depth, matching_error_px: float
) -> Depth:
    """Relative depth error that a matching error makes, with the neighbour that tells most."""
    most = np.full(depth.shape, 1e-9, np.float32)
    nearer = depth * np.float32(0.98)
    for partner in partners:
        first, _ = _projected(here, partner, depth)
        second, _ = _projected(here, partner, nearer)
        most = np.maximum(most, np.hypot(*np.moveaxis(first - second, -1, 0)) / 0.02)
    return matching_error_px / most


def _projected(
    here: _View, partner: _View, depth: Depth
) -> tuple[Float32[np.ndarray, 'height width 2'], Depth]:
    """Pixels in the partner's image, and depths from there."""
    height, width = depth.shape
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    rays = np.stack([columns, rows, np.ones_like(rows)], -1) @ np.linalg.inv(here.matrix).T
    partner_from_here = np.linalg.inv(partner.pose) @ here.pose
    points = (rays * depth[..., None]) @ partner_from_here[:3, :3].T + partner_from_here[:3, 3]
    z = np.maximum(points[..., 2], 1e-3)
    pixels = (points[..., :2] / z[..., None]) @ partner.matrix[:2, :2].T + partner.matrix[:2, 2]
    return pixels.astype(np.float32), points[..., 2].astype(np.float32)


def _agrees(
    views: Sequence[_View | None],
    depths: dict[int, Depth],
    index: int,
    other: int,
    max_disagreement: float,
) -> Bool[np.ndarray, 'height width']:
    here, partner = views[index], views[other]
    assert here is not None, 'depths are of posed frames'
    assert partner is not None, 'neighbours are posed'
    pixels, depth = _projected(here, partner, depths[index])
    columns, rows = np.moveaxis(pixels, -1, 0)
    seen = cv2.remap(depths[other], columns, rows, cv2.INTER_NEAREST)
    is_known = (depths[index] > 0) & (seen > 0)
    return is_known & (np.abs(seen - depth) <= max_disagreement * depth)
