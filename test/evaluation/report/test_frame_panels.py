import base64
import dataclasses

import cv2
import numpy as np

from depth_nodes.data.sample import Sample
from depth_nodes.evaluation.evaluation_config import EvaluationConfig
from depth_nodes.evaluation.pictures import UNKNOWN
from depth_nodes.evaluation.report.frame_panels import (
    colour_error,
    data_address,
    frame_panels,
    relative_error,
    WIDTH_PX,
)

CONFIG = EvaluationConfig()


def example_sample() -> Sample:
    truth = np.tile(np.linspace(1, 9, 64, dtype=np.float32), (48, 1))
    truth[:5] = 0
    return Sample(name='0', image=np.full((48, 64, 3), 128, np.uint8), depth_m=truth)


def decoded(address: str) -> np.ndarray:
    head, _, data = address.partition(',')
    assert head == 'data:image/jpeg;base64'
    return cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)


def test_all_pictures_have_the_size_of_the_image():
    sample = dataclasses.replace(
        example_sample(), depth_m=np.full((24, 32), 2, np.float32), depth_stride=2
    )
    panels = frame_panels(sample, np.ones((48, 64), np.float32), CONFIG, (1.0, 10.0))
    assert list(panels) == ['image', 'predicted depth', 'ground truth', 'relative error']
    assert {decoded(address).shape for address in panels.values()} == {(48, 64, 3)}


def test_relative_error_is_that_of_the_evaluation():
    sample = example_sample()
    depth = 1.5 * np.maximum(sample.depth_m, 1)
    error = relative_error(sample, depth, CONFIG)
    assert np.isnan(error[:5]).all()
    np.testing.assert_allclose(error[5:], 0.5, rtol=1e-5)
    median = dataclasses.replace(CONFIG, align='median')
    np.testing.assert_allclose(relative_error(sample, depth, median)[5:], 0, atol=1e-6)


def test_colours_tell_too_near_from_too_far():
    near, right, far, unknown = colour_error(np.array([[-0.5, 0, 9.0, np.nan]], np.float32))[0]
    assert near[2] > near[0]
    assert right.tolist() == [247, 247, 247]
    assert far[0] > far[2]
    assert tuple(unknown) == UNKNOWN


def test_pictures_are_made_smaller_only():
    large, small = (np.zeros((100, width, 3), np.uint8) for width in (4 * WIDTH_PX, 60))
    assert decoded(data_address(large)).shape[:2] == (25, WIDTH_PX)
    assert decoded(data_address(small)).shape[:2] == (100, 60)


def test_lidar_points_can_be_seen():
    truth = np.zeros((48, 64), np.float32)
    truth[10::12, 4::12] = 4.0
    sample = dataclasses.replace(example_sample(), depth_m=truth)
    shown = decoded(frame_panels(sample, truth, CONFIG, (1.0, 10.0))['ground truth'])
    is_coloured = np.ptp(shown.astype(int), axis=2) > 60
    assert 5 * np.count_nonzero(truth) < np.count_nonzero(is_coloured)
