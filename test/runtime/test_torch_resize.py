"""The network's input on torch is that of OpenCV, level by level."""

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest
import torch

from depth_nodes.runtime.preprocess import Fit, fit_image, Preprocessor
from depth_nodes.runtime.torch_resize import ImageResize

NEEDS_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
CPU = torch.device('cpu')
SIZES = [  # image and input, width and height
    ((256, 192), (256, 192)),  # as it is
    ((250, 190), (256, 190)),  # padding alone
    ((640, 480), (320, 240)),  # 2
    ((1280, 960), (320, 240)),  # 4, in two steps
    ((639, 480), (213, 160)),  # 3
    ((640, 480), (256, 192)),  # 2.5
    ((1280, 720), (640, 192)),  # 3.75
    ((1242, 375), (640, 192)),
    ((848, 480), (416, 128)),
    ((1920, 1080), (640, 192)),  # 5.6: one step, then 2.8
    ((3840, 2160), (640, 192)),  # 11.25: two steps
    ((3838, 2158), (416, 128)),  # one step, then odd
    ((1023, 577), (128, 128)),  # 8.0 at once: odd
    ((900, 600), (90, 60)),  # whole steps to 2.5
    ((641, 359), (640, 358)),
    ((96, 64), (128, 96)),  # enlarging
    ((101, 67), (640, 480)),
    ((320, 180), (640, 192)),
    ((64, 4096), (640, 192)),  # a few columns
]


def random_image(size: tuple[int, int], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)


def opencv_levels(image: np.ndarray, fit: Fit) -> np.ndarray:
    """What `Preprocessor` gives, before the division by 255."""
    network_image = Preprocessor()(image, fit)[0].transpose(1, 2, 0)
    return np.rint(network_image * 255)


def torch_levels(image: np.ndarray, fit: Fit, device: torch.device = CPU) -> np.ndarray:
    resize = ImageResize(*image.shape[:2], fit, device)
    return resize(torch.from_numpy(image)[None].to(device))[0].cpu().numpy()


@pytest.mark.parametrize(('size', 'input_size'), SIZES)
def test_levels_are_opencvs(size, input_size):
    image, fit = random_image(size), fit_image(*size, *input_size)
    np.testing.assert_array_equal(torch_levels(image, fit), opencv_levels(image, fit))


@settings(max_examples=60, deadline=None)
@given(
    size=st.tuples(st.integers(1, 320), st.integers(1, 320)),
    input_size=st.tuples(st.integers(40, 200), st.integers(40, 200)),
    seed=st.integers(0, 1000),
)
def test_levels_are_opencvs_at_any_size(size, input_size, seed):
    image, fit = random_image(size, seed), fit_image(*size, *input_size)
    np.testing.assert_array_equal(torch_levels(image, fit), opencv_levels(image, fit))


@pytest.mark.parametrize(('size', 'input_size'), [SIZES[0], SIZES[3], SIZES[5], SIZES[15]])
def test_images_of_a_batch_do_not_mix(size, input_size):
    fit = fit_image(*size, *input_size)
    images = [random_image(size, seed) for seed in range(3)]
    batch = ImageResize(size[1], size[0], fit, CPU)(torch.from_numpy(np.stack(images)))
    for levels, image in zip(batch.numpy(), images, strict=True):
        np.testing.assert_array_equal(levels, torch_levels(image, fit))


@pytest.mark.gpu
@NEEDS_GPU
@pytest.mark.parametrize(('size', 'input_size'), SIZES)
def test_a_gpu_differs_by_a_level_where_two_are_equally_near(size, input_size):
    image, fit = random_image(size), fit_image(*size, *input_size)
    on_gpu = torch_levels(image, fit, torch.device('cuda'))
    difference = np.abs(on_gpu - opencv_levels(image, fit))
    assert difference.max() <= 1
    assert (difference > 0).mean() <= 3e-4
