import dataclasses

import numpy as np
import pytest

from depth_nodes.data.sample import Sample
from depth_nodes.evaluation.evaluate import evaluate
from depth_nodes.evaluation.evaluation_config import EvaluationConfig
from depth_nodes.evaluation.report import frame_picture
from depth_nodes.evaluation.report.frame_picture import (
    frame_pictures,
    frames_to_show,
    report_pictures,
)

CONFIG = EvaluationConfig()
# By how much the prediction of each frame is too far.
FACTORS = (1.5, 1.0, 1.1, 2.0, 1.2)


def samples() -> list[Sample]:
    truth = np.tile(np.linspace(1, 9, 64, dtype=np.float32), (48, 1))
    truth[:5] = 0
    image = np.full((48, 64, 3), 128, np.uint8)
    return [Sample(name=f'{index}', image=image, depth_m=truth) for index in range(len(FACTORS))]


def predict(sample: Sample) -> np.ndarray:
    return np.maximum(sample.depth_m, 1) * np.float32(FACTORS[int(sample.name)])


@dataclasses.dataclass
class Source:
    name: str = 'frames'
    num_read: int = 0

    def __iter__(self):
        for sample in samples():
            self.num_read += 1
            yield sample


def test_best_median_and_worst_are_shown():
    frames = [
        {'name': name, 'abs_rel': error}
        for name, error in zip('abcde', (5, 1, 2, 9, 3), strict=True)
    ]
    shown = frames_to_show(frames)
    assert {role: frame['name'] for role, frame in shown.items()} == {
        'best': 'b', 'median': 'e', 'worst': 'd',
    }  # fmt: skip
    assert list(shown) == ['best', 'median', 'worst']


@pytest.mark.parametrize(('num_frames', 'roles'), [(1, {'best'}), (2, {'best', 'worst'})])
def test_few_frames_are_shown_once(num_frames, roles):
    frames = [{'name': f'{index}', 'abs_rel': index} for index in range(num_frames)]
    shown = frames_to_show(frames)
    assert len({frame['name'] for frame in shown.values()}) == len(shown) == num_frames
    assert len(shown) == len(roles)


def test_a_source_is_read_again_as_far_as_needed():
    source = Source()
    results = evaluate(predict, [source], CONFIG)
    source.num_read = 0
    pictures = report_pictures(predict, [source], results, CONFIG)['frames']
    assert [frame.scores['name'] for frame in pictures.frames] == ['1', '4', '3']
    assert source.num_read == 5
    for frame in pictures.frames:
        assert list(frame.panels) == ['image', 'predicted depth', 'ground truth', 'relative error']
        assert all(address.startswith('data:image/') for address in frame.panels.values())


def test_of_many_sources_the_later_ones_are_not_read_again(monkeypatch):
    sources = [Source(name) for name in 'abcd']
    results = evaluate(predict, sources, CONFIG)
    one = report_pictures(predict, sources[:1], results, CONFIG)['a'].num_characters
    monkeypatch.setattr(frame_picture, 'MAX_PICTURE_CHARACTERS', int(2.5 * one))
    for source in sources:
        source.num_read = 0
    assert list(report_pictures(predict, sources, results, CONFIG)) == ['a', 'b']
    assert [source.num_read for source in sources] == [5, 5, 5, 0]


def test_a_source_that_ends_early_shows_what_it_has():
    scores = [{'name': name, 'abs_rel': 0.1} for name in ('0', 'gone')]
    pictures = frame_pictures(predict, samples(), scores, CONFIG)
    assert [frame.scores['name'] for frame in pictures.frames] == ['0']
