from collections.abc import Iterator
from dataclasses import dataclass
import json

import numpy as np
import pytest

from depth_nodes.data.sample import Sample
from depth_nodes.errors import InputError
from depth_nodes.evaluation.boundaries import BoundaryMetrics
from depth_nodes.evaluation.evaluate import evaluate
from depth_nodes.evaluation.evaluation_config import EvaluationConfig

METRICS = [
    'density', 'abs_rel', 'sq_rel', 'rmse', 'rmse_log', 'd1', 'd2', 'd3', 'silog', 'irmse_per_km',
    'imae_per_km',
]  # fmt: skip
SPREADS = ['scale_median', 'scale_std_over_median']


@dataclass
class Frames:
    name: str
    depths: list[float | None]

    def __iter__(self) -> Iterator[Sample]:
        for index, depth in enumerate(self.depths):
            yield Sample(
                name=f'{index:06d}',
                image=np.zeros((4, 6, 3), np.uint8),
                depth_m=None if depth is None else np.full((4, 6), depth, np.float32),
            )


def predict_ten(sample: Sample) -> np.ndarray:
    return np.full(sample.image.shape[:2], 10, np.float32)


def test_a_sequence_is_the_mean_over_images_and_overall_the_mean_over_sequences():
    sequences = [Frames('a', [5, 20, 10]), Frames('b', [8])]
    result = evaluate(predict_ten, sequences, EvaluationConfig())
    assert result['sequences']['a']['abs_rel'] == pytest.approx((1 + 0.5 + 0) / 3)
    assert result['sequences']['b']['abs_rel'] == pytest.approx(0.25)
    assert result['overall']['abs_rel'] == pytest.approx((0.5 + 0.25) / 2)
    assert [result['sequences'][name]['frames'] for name in 'ab'] == [3, 1]
    assert result['overall']['frames'] == 4


def test_the_result_has_the_published_keys_and_is_json():
    result = evaluate(predict_ten, [Frames('a', [5])], EvaluationConfig(align='median'))
    assert list(result) == [
        'align', 'crop', 'min_depth_m', 'max_depth_m', 'sequences', 'overall',
    ]  # fmt: skip
    columns = ['frames', *METRICS, *SPREADS]
    assert set(result['overall']) == {*columns, 'alignments'}
    assert set(result['sequences']['a']) == {
        *columns, 'alignments', 'by_range', 'by_region', 'temporal', 'obstacles', 'per_frame',
    }  # fmt: skip
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert result['align'] == 'median'


def test_flipped_depth_is_a_part_of_its_own_under_every_alignment():
    def predict(sample: Sample) -> np.ndarray:
        depth = np.full((4, 6), 10, np.float32)
        depth[:, :3] = 5
        return depth

    result = evaluate(predict, [Frames('a', [10, 8])], EvaluationConfig(), with_flip=True)
    # Inverse depth of both: (1 / 5 + 1 / 10) / 2 = 0.15 everywhere.
    both = 1 / 0.15
    flipped = result['sequences']['a']['flipped']
    assert list(flipped) == ['none', 'median']
    assert list(flipped['none']) == METRICS
    expected = ((10 - both) / 10 + (8 - both) / 8) / 2
    assert flipped['none']['abs_rel'] == pytest.approx(expected, rel=1e-6)
    assert flipped['median']['abs_rel'] == pytest.approx(0, abs=1e-6)
    assert result['overall']['flipped'] == flipped
    assert 'flipped' not in evaluate(predict, [Frames('a', [10])], EvaluationConfig())['overall']


def test_alignments_overall_are_means_over_sequences():
    result = evaluate(predict_ten, [Frames('a', [5]), Frames('b', [8])], EvaluationConfig())
    alignments = result['overall']['alignments']
    assert alignments['none']['abs_rel'] == result['overall']['abs_rel']
    assert alignments['none']['abs_rel'] == pytest.approx((1 + 0.25) / 2)
    assert alignments['median']['abs_rel'] == pytest.approx(0)


@dataclass
class Steps:
    """Frames whose depth steps from 2 to 5 m behind a column; none, and it is flat."""

    name: str
    columns: list[int | None]

    def __iter__(self) -> Iterator[Sample]:
        for column in self.columns:
            depth = np.full((9, 24), 5, np.float32)
            depth[:, :column] = 5 if column is None else 2
            yield Sample(name='0', image=np.zeros((9, 24, 3), np.uint8), depth_m=depth)


def predict_step(sample: Sample) -> np.ndarray:
    return next(iter(Steps('', [10]))).depth_m


def test_boundaries_are_means_over_the_images_with_an_edge():
    sequences = [Steps('a', [10, None, 12]), Steps('b', [13]), Steps('flat', [None])]
    results = evaluate(predict_step, sequences, EvaluationConfig(), with_boundaries=True)
    found = [result.pop('boundaries') for result in results['sequences'].values()]
    assert found[0] == {'frames': 2, **BoundaryMetrics(1, 1, 1, 0, 1, 1)._asdict()}
    assert found[1] == {'frames': 1, **BoundaryMetrics(0, 0, 0, 0, 3, 3)._asdict()}
    assert found[2] == {'frames': 0, **dict.fromkeys(BoundaryMetrics._fields)}
    overall = {'frames': 3, **BoundaryMetrics(0.5, 0.5, 0.5, 0, 2, 2)._asdict()}
    assert results['overall'].pop('boundaries') == overall
    assert results == evaluate(predict_step, sequences, EvaluationConfig())


def test_frames_without_truth_are_neither_predicted_nor_counted():
    seen = []

    def predict(sample: Sample) -> np.ndarray:
        seen.append(sample.name)
        return predict_ten(sample)

    result = evaluate(predict, [Frames('a', [None, 10, None, 200])], EvaluationConfig())
    assert result['sequences']['a']['frames'] == 1
    assert result['sequences']['a']['abs_rel'] == 0
    assert seen == ['000001', '000003']


def test_a_scale_that_nobody_knows_is_none():
    def predict_nothing(sample: Sample) -> np.ndarray:
        return np.full(sample.image.shape[:2], np.nan, np.float32)

    result = evaluate(predict_nothing, [Frames('a', [5])], EvaluationConfig())
    for part in (result['sequences']['a'], result['overall']):
        assert part['scale_median'] is part['scale_std_over_median'] is None
        assert part['density'] == 0
    assert json.dumps(result, allow_nan=False)


@pytest.mark.parametrize('depths', [[], [None, None], [0, 200]])
def test_a_sequence_without_truth_in_range_is_refused(depths):
    with pytest.raises(InputError, match='empty: no frame has ground-truth depth between'):
        evaluate(predict_ten, [Frames('empty', depths)], EvaluationConfig())


def test_two_sequences_of_one_name_are_refused():
    with pytest.raises(InputError, match='two sequences are called a'):
        evaluate(predict_ten, [Frames('a', [5]), Frames('a', [6])], EvaluationConfig())
