"""Depth on torch is that of the numpy path."""

import cv2
from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest
import torch

from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.runtime.pipeline_config import PipelineConfig
from depth_nodes.runtime.postprocess import Postprocessor
from depth_nodes.runtime.torch_postprocess import TorchPostprocessor

CANONICAL = CanonicalCamera()
CPU = torch.device('cpu')


def make_config(size: tuple[int, int], input_size: tuple[int, int], **changes) -> PipelineConfig:
    return PipelineConfig(
        width_px=size[0],
        height_px=size[1],
        input_width_px=input_size[0],
        input_height_px=input_size[1],
        **{'min_depth_m': 0.5, 'max_depth_m': 20.0, **changes},
    )


def random_output(config: PipelineConfig, seed: int = 0, sigma_px: float = 0) -> np.ndarray:
    """Sigmoid outputs that stand for 0.2 to 50 m, before and beyond the range of depth."""
    output = np.random.default_rng(seed).random(config.network_shape)
    if sigma_px:
        output = np.stack([cv2.GaussianBlur(one, (0, 0), sigma_px) for one in output])
        output = cv2.normalize(output, None, 0, 1, cv2.NORM_MINMAX)
    depth = np.exp(np.log(0.2) + np.log(50 / 0.2) * output)
    return CANONICAL.sigmoid_from_inverse_depth(1 / depth).astype(np.float32)[:, None]


def torch_depth(config: PipelineConfig, output: np.ndarray, focals_px: list[float]) -> np.ndarray:
    to_metric = torch.tensor([CANONICAL.focal_px / focal for focal in focals_px]).view(-1, 1, 1, 1)
    offset, top = 1 / CANONICAL.max_depth_m, 1 / CANONICAL.min_depth_m
    depth = torch.empty(config.depth_shape)
    postprocess = TorchPostprocessor(config, CPU)
    inverse_depth = postprocess.inverse_depth(
        torch.from_numpy(output), (top - offset) * to_metric, offset * to_metric
    )
    postprocess.write_depth(inverse_depth, depth)
    return depth.numpy()


def numpy_depth(config: PipelineConfig, output: np.ndarray, focal_px: float) -> np.ndarray:
    postprocess = Postprocessor(
        CANONICAL, min_depth_m=config.min_depth_m, max_depth_m=config.max_depth_m
    )
    content = output[0, : config.fit.content_height_px, : config.fit.content_width_px]
    inverse_depth = postprocess.inverse_depth(content, focal_px)
    return postprocess.depth(inverse_depth, config.depth_shape[2], config.depth_shape[1])


SIZES = [
    ((320, 192), (160, 96)),
    ((1280, 720), (352, 192)),
    ((333, 187), (160, 96)),
    ((160, 96), (160, 96)),
    ((160, 90), (160, 96)),
    ((75, 70), (160, 96)),  # the network sees more than the camera
    ((640, 64), (160, 96)),
]


@pytest.mark.parametrize('sigma_px', [0, 2])
@pytest.mark.parametrize(('size', 'input_size'), SIZES)
def test_depth_is_that_of_the_numpy_path(size, input_size, sigma_px):
    config = make_config(size, input_size)
    output = random_output(config, sigma_px=sigma_px)
    depth, expected = torch_depth(config, output, [300.0])[0], numpy_depth(config, output[0], 300)
    assert np.isposinf(expected).any()
    assert np.isneginf(expected).any()
    assert np.isfinite(expected).mean() > 0.1
    np.testing.assert_allclose(depth, expected, rtol=1e-5)


@settings(max_examples=30, deadline=None)
@given(
    size=st.tuples(st.integers(64, 400), st.integers(64, 400)),
    input_size=st.tuples(st.integers(96, 200), st.integers(96, 200)),
    seed=st.integers(0, 100),
)
def test_finite_depth_at_any_size(size, input_size, seed):
    config = make_config(size, input_size, min_depth_m=1e-3, max_depth_m=1e4)
    output = random_output(config, seed)
    expected = numpy_depth(config, output[0], 300.0)
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(torch_depth(config, output, [300.0])[0], expected, rtol=1e-5)


@pytest.mark.parametrize(('size', 'input_size'), SIZES[:4])
def test_nan_reaches_the_same_pixels(size, input_size):
    config = make_config(size, input_size)
    output = random_output(config)
    output[0, 0, 40:42, 30] = np.nan
    depth, expected = torch_depth(config, output, [300.0])[0], numpy_depth(config, output[0], 300)
    assert 0 < np.isnan(expected).sum() < expected.size / 100
    np.testing.assert_array_equal(np.isnan(depth), np.isnan(expected))


@pytest.mark.parametrize(
    ('depth_m', 'expected'), [(0.499, -np.inf), (0.501, 0.501), (19.99, 19.99), (20.01, np.inf)]
)
def test_gates(depth_m, expected):
    config = make_config((160, 96), (160, 96))
    output = np.full(config.network_shape, CANONICAL.sigmoid_from_inverse_depth(1 / depth_m))
    depth = torch_depth(config, output[:, None].astype(np.float32), [CANONICAL.focal_px])
    np.testing.assert_allclose(depth, expected, rtol=1e-4)


def test_the_limits_themselves_are_valid():
    """Saturated outputs of a model with the node's own range are depth, not infinity."""
    config = make_config((160, 96), (160, 96), min_depth_m=0.02, max_depth_m=500.0)
    for value, limit_m in ((1.0, 0.02), (0.0, 500.0)):
        output = np.full((1, 1, 96, 160), value, np.float32)
        depth = torch_depth(config, output, [CANONICAL.focal_px])
        expected = numpy_depth(config, output[0], CANONICAL.focal_px)
        np.testing.assert_allclose(expected, limit_m, rtol=1e-5)
        np.testing.assert_allclose(depth[0], expected, rtol=1e-5)


def test_depth_at_the_networks_size():
    config = make_config((320, 180), (160, 96), is_camera_sized=False)
    output = random_output(config)
    depth = torch_depth(config, output, [300.0])
    assert depth.shape == (1, 90, 160)
    np.testing.assert_allclose(depth[0], numpy_depth(config, output[0], 300.0), rtol=1e-6)


def test_every_camera_has_its_own_focal_length():
    config = make_config((320, 192), (160, 96), num_cameras=3)
    output, focals = random_output(config), [150.0, 300.0, 900.0]
    batch = torch_depth(config, output, focals)
    single = make_config((320, 192), (160, 96))
    for index, focal in enumerate(focals):
        alone = torch_depth(single, output[index : index + 1], [focal])[0]
        np.testing.assert_array_equal(batch[index], alone)
