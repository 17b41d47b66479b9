import cv2
import numpy as np
import pytest

from depth_nodes.data.sample import Sample
from depth_nodes.evaluation.failure_picture import caption, draw_failures, known_truth
from depth_nodes.evaluation.scorecard import score_sequence, WorstFrame


class Frames:
    name = 'frames'

    def __init__(self, depth_m: np.ndarray) -> None:
        self.depth_m = depth_m

    def __iter__(self):
        image = np.full((*self.depth_m.shape, 3), 128, np.uint8)
        yield Sample(name='0', image=image, depth_m=self.depth_m)


def worst_frame(factor: float) -> WorstFrame:
    truth = np.linspace(1, 10, 60 * 100, dtype=np.float32).reshape(60, 100)

    def predict(sample: Sample) -> np.ndarray:
        assert sample.image.shape[:2] == truth.shape
        return truth * np.float32(factor)

    return score_sequence(predict, Frames(truth)).worst


def mean_colour_of_the_error(factor: float, path) -> np.ndarray:
    draw_failures({'wall': worst_frame(factor)}, path)
    picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB).astype(float)
    height, width, _ = picture.shape
    patch = picture[int(0.5 * height) : int(0.6 * height), int(0.8 * width) : int(0.9 * width)]
    return patch.mean(axis=(0, 1))


def test_too_far_is_red_and_too_near_blue_and_right_is_white(tmp_path):
    far, near, right = (
        mean_colour_of_the_error(factor, tmp_path / 'f.jpg') for factor in (1.7, 1 / 1.7, 1.0)
    )
    assert far[0] > far[2] + 50
    assert near[2] > near[0] + 50
    assert right.min() > 230


def test_every_frame_has_a_row(tmp_path):
    frame = worst_frame(1.5)
    heights = []
    for names in (['a'], ['a', 'b', 'c']):
        path = tmp_path / 'new' / f'{len(names)}.jpg'
        draw_failures(dict.fromkeys(names, frame), path)
        assert path.stat().st_size < 300_000
        heights.append(cv2.imread(str(path)).shape[0])
    assert heights[1] > 2.5 * heights[0]


def test_the_caption_tells_the_errors():
    assert caption(worst_frame(2.0)) == 'abs_rel 1.00,\n0.00 scaled by 0.50'


def test_truth_that_takes_no_part_is_not_shown():
    depth = np.array([[0.0, 0.05, 5.0, 90.0]], np.float32).repeat(3, axis=0)

    def predict(sample: Sample) -> np.ndarray:
        return np.ones(sample.image.shape[:2], np.float32)

    truth = known_truth(score_sequence(predict, Frames(depth)).worst)
    assert truth[1, 2] == pytest.approx(5)
    assert np.isnan(truth[:, [0, 1, 3]]).all()
