import json
import math

import numpy as np
import pytest

from depth_nodes.data.sample import Sample
from depth_nodes.errors import InputError
from depth_nodes.evaluation.evaluation_config import EvaluationConfig
from depth_nodes.evaluation.metrics import image_metrics
from depth_nodes.evaluation.sequence_evaluation import SequenceEvaluation

SIZE = (4, 6)


def sample(truth: float | np.ndarray | None, index: int = 0, **fields) -> Sample:
    depth = None if truth is None else np.broadcast_to(np.float32(truth), SIZE).copy()
    image = np.zeros((*SIZE, 3), np.uint8)
    stamp_ns = index * 10**8
    name = f'{index:06d}'
    return Sample(name=name, image=image, depth_m=depth, stamp_ns=stamp_ns, **fields)


def ten() -> np.ndarray:
    return np.full(SIZE, 10, np.float32)


def evaluated(truths, prediction_m: np.ndarray, **settings) -> dict:
    evaluation = SequenceEvaluation(EvaluationConfig(**settings))
    for index, truth in enumerate(truths):
        evaluation.add(sample(truth, index), prediction_m)
    return evaluation.result()


def test_a_frame_gets_its_scores_at_once():
    scores = SequenceEvaluation(EvaluationConfig(align='median')).add(sample(5, 3), ten())
    assert (scores.name, scores.stamp_s) == ('000003', 0.3)
    assert scores.by_alignment['none'].abs_rel == 1
    assert scores.metrics == scores.by_alignment['median']
    assert scores.row() == {
        'name': '000003', 'stamp_s': 0.3, 'abs_rel': 0, 'rmse': 0, 'd1': 1, 'scale': 0.5,
        'density': 1, 'silog': 0,
    }  # fmt: skip


def test_the_scores_are_those_of_image_metrics():
    rng = np.random.default_rng(0)
    truth, prediction = rng.uniform(0.5, 90, (2, *SIZE)).astype(np.float32)
    for align in ('none', 'median', 'affine'):
        config = EvaluationConfig(align=align)
        scores = SequenceEvaluation(config).add(sample(truth), prediction)
        assert scores.metrics == image_metrics(prediction, truth, config)


@pytest.mark.parametrize('truth', [None, 0, 200])
def test_a_frame_without_truth_in_range_counts_nowhere(truth):
    evaluation = SequenceEvaluation(EvaluationConfig())
    assert evaluation.add(sample(truth), ten()) is None
    with pytest.raises(InputError, match='no frame has ground-truth depth between 0.1 and 80 m'):
        evaluation.result()
    evaluation.add(sample(5), ten())
    assert evaluation.result()['frames'] == 1


def test_everything_follows_the_alignment_but_what_is_told_before_it():
    results = {align: evaluated([5, 5, 5], ten(), align=align) for align in ('none', 'median')}
    for align, error in (('none', 1), ('median', 0)):
        result = results[align]
        assert result['abs_rel'] == result['alignments'][align]['abs_rel'] == error
        assert result['by_region']['centre']['abs_rel'] == error
        assert result['by_range'][2]['abs_rel'] == error
        assert result['per_frame'][0]['abs_rel'] == error
        assert result['obstacles']['nearest_rel'] == error
    assert results['none']['temporal'] == results['median']['temporal']
    assert results['none']['alignments'] == results['median']['alignments']


def test_scale_is_that_of_the_images_before_alignment():
    for align in ('none', 'median', 'affine'):
        result = evaluated([5, 10, 40], ten(), align=align)
        assert result['scale_median'] == pytest.approx(1)
        assert result['scale_std_over_median'] == pytest.approx(np.std([0.5, 1, 4]))


def test_nothing_predicted_is_json_all_the_same():
    result = evaluated([5, 5], np.full(SIZE, math.nan, np.float32))
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert result['scale_median'] is result['temporal']['flicker'] is None
    assert result['per_frame'][0]['scale'] is None
    assert result['density'] == 0


def test_without_stamps_there_is_nothing_to_say_about_time():
    evaluation = SequenceEvaluation(EvaluationConfig())
    for _ in range(3):
        frame = Sample(name='0', image=np.zeros((*SIZE, 3), np.uint8), depth_m=ten())
        assert evaluation.add(frame, ten()).stamp_s is None
    assert evaluation.result()['temporal']['pairs'] == 0


def test_truth_on_a_coarser_grid_is_compared_at_its_pixels():
    rng = np.random.default_rng(1)
    prediction = rng.uniform(1, 9, (8, 12)).astype(np.float32)
    image = np.zeros((8, 12, 3), np.uint8)
    evaluation = SequenceEvaluation(EvaluationConfig())
    for index in range(2):
        frame = Sample(
            name='0', image=image, depth_m=prediction[::2, ::2], depth_stride=2,
            stamp_ns=index * 10**8,
        )  # fmt: skip
        evaluation.add(frame, prediction)
    result = evaluation.result()
    assert result['abs_rel'] == result['temporal']['flicker'] == 0
    assert result['obstacles']['nearest_rel'] == 0
