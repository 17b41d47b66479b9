from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from depth_nodes.data.sample import Sample
from depth_nodes.errors import InputError
from depth_nodes.evaluation.evaluate import evaluate
from depth_nodes.evaluation.metrics import EvaluationConfig
from depth_nodes.evaluation.scorecard import score_sequence


@dataclass
class Frames:
    name: str
    samples: list[Sample]

    def __iter__(self) -> Iterator[Sample]:
        return iter(self.samples)


def random_frames(num_frames: int = 4) -> Frames:
    rng = np.random.default_rng(1)
    samples = []
    for index in range(num_frames):
        image = rng.integers(0, 256, (6, 10, 3), np.uint8)
        depth = rng.uniform(0.5, 90, (6, 10)).astype(np.float32)
        samples.append(Sample(name=str(index), image=image, depth_m=depth))
    return Frames('random', samples)


def lopsided(sample: Sample) -> np.ndarray:
    """Depth that depends on the image, and on left and right."""
    columns = np.linspace(1, 2, sample.image.shape[1], dtype=np.float32)
    return (1 + sample.image[..., 0].astype(np.float32) / 8) * columns


def test_the_numbers_are_those_of_evaluate():
    frames = random_frames()
    scores = score_sequence(lopsided, frames)
    for align, error in (('none', scores.abs_rel_metres), ('median', scores.abs_rel_median)):
        result = evaluate(lopsided, [frames], EvaluationConfig(align=align))
        expected = result['sequences']['random']
        assert error == pytest.approx(expected['abs_rel'])
        assert scores.scale_std_over_median == pytest.approx(expected['scale_std_over_median'])
        assert (scores.frames, scores.density) == (expected['frames'], expected['density'])
    assert scores.d1_median == pytest.approx(expected['d1'])


def test_flipping_repairs_what_is_antisymmetric():
    truth = random_frames()
    is_exact = Frames('exact', [])
    for sample in truth.samples:
        symmetric = np.full((6, 10), 8, np.float32)
        is_exact.samples.append(replace(sample, depth_m=symmetric))

    def tilted(sample: Sample) -> np.ndarray:
        inverse = np.broadcast_to(np.linspace(0.05, 0.2, 10, dtype=np.float32), (6, 10))
        return 1 / inverse

    scores = score_sequence(tilted, is_exact)
    assert scores.abs_rel_median > 0.2
    assert scores.flip_abs_rel_median == pytest.approx(0, abs=1e-5)
    assert scores.flip_d1_median == 1


def test_the_worst_frame_is_the_one_furthest_off_in_metres():
    frames = random_frames()
    for index, depth in enumerate((10, 4, 2, 20)):
        sample = frames.samples[index]
        frames.samples[index] = replace(sample, depth_m=np.full((6, 10), depth, np.float32))

    def predict_ten(sample: Sample) -> np.ndarray:
        return np.full(sample.image.shape[:2], 10, np.float32)

    worst = score_sequence(predict_ten, frames).worst
    assert worst.sample.name == '2'
    assert worst.metres.abs_rel == pytest.approx(4)
    assert worst.median.abs_rel == pytest.approx(0)
    assert worst.metres.scale == pytest.approx(0.2)


def test_a_sequence_without_depth_is_refused_in_one_line():
    frames = Frames('blind', [replace(random_frames(1).samples[0], depth_m=None)])
    with pytest.raises(InputError, match='blind: no frame has ground-truth depth'):
        score_sequence(lopsided, frames)
