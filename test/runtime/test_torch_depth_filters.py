"""A pipeline with filters gives the depth, points and confidence of the numpy path."""

from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from random_model import CANONICAL, random_weights
import torch

from depth_nodes.messages.camera import Camera
from depth_nodes.messages.cloud import CloudWriter
from depth_nodes.runtime.depth_estimate import DepthEstimate, EstimatorConfig
from depth_nodes.runtime.estimator import DepthEstimator
from depth_nodes.runtime.filter_config import FilterConfig, FLYING_PIXELS
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.pipeline_config import PipelineConfig, PointsConfig
from depth_nodes.runtime.torch_depth_filters import Steps
from depth_nodes.runtime.torch_pipeline import TorchPipeline

INPUT = {'input_width_px': 160, 'input_height_px': 96}
CAMERA = Camera.from_fov(320, 180, 70.0)
POINTS = PointsConfig(stride=2)


def depth_of_green(image: torch.Tensor) -> torch.Tensor:
    """A network whose depth is as bright as its image: 2 to 10 m."""
    green = image[:, 1:2]
    near, far = (CANONICAL.sigmoid_from_inverse_depth(1 / depth) for depth in (2.0, 10.0))
    return far + (near - far) * green


class GreenBackend:
    """The same for the numpy path."""

    name, device, precision = 'green', 'cpu', 'fp32'

    def infer(self, image: np.ndarray) -> np.ndarray:
        return depth_of_green(torch.from_numpy(image)).numpy()

    def close(self) -> None:
        raise AssertionError('nothing to close')


def soft_edges(seed: int) -> np.ndarray:
    """A room of soft-edged things; half of it flickers from seed to seed."""
    blocks = np.random.default_rng(0).integers(20, 230, (6, 10)).astype(np.float32)
    picture = cv2.resize(blocks, (320, 180), interpolation=cv2.INTER_NEAREST)
    picture[:, 160:] += np.random.default_rng(seed).normal(0, 4, (180, 160))
    soft = cv2.GaussianBlur(picture, (0, 0), 2)
    return np.repeat(np.clip(soft, 0, 255).astype(np.uint8)[..., None], 3, axis=-1)


def make_frame(seed: int, unseen: np.ndarray | None = None) -> Frame:
    return Frame(
        image=soft_edges(seed), camera=CAMERA, stamp_ns=10**9 + seed * 10**8, unseen=unseen
    )


def make_estimator(filters: FilterConfig) -> DepthEstimator:
    config = EstimatorConfig(**INPUT, filters=filters)
    model = replace(random_weights(), canonical=CANONICAL)
    return DepthEstimator(GreenBackend(), model, config)


def points_of(estimate: DepthEstimate, frame: Frame) -> np.ndarray:
    message = SimpleNamespace(data=np.empty(0, np.uint8))
    writer = CloudWriter(message, POINTS.stride, POINTS.max_range_m)
    writer.write(estimate.depth_m, CAMERA, frame.image, None, hidden=estimate.hidden)
    return message.data.view(np.float32).reshape(-1, 4)


@pytest.mark.parametrize('is_temporal', [False, True])
@pytest.mark.parametrize('flying_pixels', FLYING_PIXELS)
def test_a_video_on_both_paths(flying_pixels, is_temporal):
    filters = FilterConfig(flying_pixels=flying_pixels, is_temporal=is_temporal)
    estimator = make_estimator(filters)
    config = PipelineConfig(
        width_px=320, height_px=180, points=POINTS, filters=filters, **INPUT, num_cameras=1
    )
    pipeline = TorchPipeline(depth_of_green, CANONICAL, config, torch.device('cpu'))
    for seed in range(4):
        frame = replace(make_frame(seed), scale=1 + 0.2 * seed)
        wants = {'with_points': True, 'with_confidence': True}
        ((_, expected),) = estimator.estimate_batch({0: frame}, **wants)
        pipeline.load(0, frame.image, CAMERA, scale=frame.scale, goes_on=seed > 0)
        pipeline.run(**wants)
        differs = np.isnan(pipeline.depth(0)) != np.isnan(expected.depth_m)
        assert differs.mean() < 1e-3, 'rounding at a threshold, at most'
        both = np.isfinite(expected.depth_m) & ~differs
        np.testing.assert_allclose(pipeline.depth(0)[both], expected.depth_m[both], rtol=1e-4)
        confidence = pipeline.confidence(0)[both]
        np.testing.assert_allclose(confidence, expected.confidence[both], atol=1e-3)
        assert not expected.confidence[np.isnan(expected.depth_m)].any()
        z = pipeline.points(0).view(np.float32).reshape(-1, 4)[:, 2]
        expected_z = points_of(expected, frame)[:, 2]
        assert (np.isnan(z) != np.isnan(expected_z)).mean() < 1e-3
        assert np.isnan(expected.depth_m).any() == (flying_pixels == 'all')
        assert np.isnan(expected_z).any() == (flying_pixels != 'keep')


def test_filters_do_not_see_the_scale():
    """It may change from frame to frame, which the temporal filter would take for flicker."""
    filters = FilterConfig(flying_pixels='all', is_temporal=True)
    plain, scaled = make_estimator(filters), make_estimator(filters)
    for seed, scale in enumerate((1.0, 2.0, 0.5)):
        frame = make_frame(seed)
        ((_, expected),) = plain.estimate_batch({0: frame})
        ((_, found),) = scaled.estimate_batch({0: replace(frame, scale=scale)})
        np.testing.assert_allclose(found.depth_m, scale * expected.depth_m, rtol=1e-5)


def test_nothing_is_done_that_nobody_wants():
    points = FilterConfig(flying_pixels='points')
    assert Steps.of(points, with_points=False) == Steps(False, 'keep', False)
    assert Steps.of(points, with_points=True) == Steps(True, 'points', False)
    everywhere = FilterConfig(flying_pixels='all')
    assert Steps.of(everywhere, with_points=False, with_confidence=True) == Steps(
        False, 'all', True
    )


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
def test_graphs_give_what_each_operation_gives_alone_whatever_is_switched():
    gpu = torch.device('cuda')
    config = PipelineConfig(width_px=320, height_px=180, points=POINTS, **INPUT, num_cameras=1)
    graph, eager = (
        TorchPipeline(depth_of_green, CANONICAL, replace(config, use_cuda_graph=is_used), gpu)
        for is_used in (True, False)
    )
    # The first run of a graph computes its frame several times: what it smooths is settled then.
    switches = [('points', False), ('all', False), ('keep', True), ('points', True)]
    for flying_pixels, is_temporal in switches:
        filters = FilterConfig(flying_pixels=flying_pixels, is_temporal=is_temporal)
        for seed in range(3):
            for pipeline in (graph, eager):
                pipeline.load(0, soft_edges(seed), CAMERA, goes_on=seed > 1)
                pipeline.run(filters=filters)
            np.testing.assert_allclose(graph.depth(0), eager.depth(0), rtol=1e-4)
            planes = (one.points(0).view(np.float32) for one in (graph, eager))
            np.testing.assert_allclose(*planes, rtol=1e-4)
