import numpy as np
import pytest
from robot_bag import Robot, write_robot

from depth_nodes.cli.judged_depth import is_recorded, JudgedDepth
from depth_nodes.cli.predictor import make_predictor
from depth_nodes.data.evaluation_bag import EvaluationBag


@pytest.fixture
def bags(tmp_path) -> list[EvaluationBag]:
    """One with predictions and one without."""
    return [
        EvaluationBag(
            write_robot(tmp_path / f'{is_in}', Robot(has_prediction=is_in, num_frames=2))
        )
        for is_in in (True, False)
    ]


def test_recorded_depth_takes_no_model(bags):
    def load():
        raise AssertionError('a model was loaded')

    judged = JudgedDepth(bags[:1], load)
    sample = next(iter(bags[0]))
    np.testing.assert_array_equal(judged(sample), sample.prediction_m)
    assert (judged.model_name, judged.weights_sha256) == ('recorded /depth/image_rect', None)
    judged.close()


def test_a_model_runs_where_nothing_was_recorded(bags):
    judged = JudgedDepth(bags, lambda: make_predictor('fake', 'fake'))
    assert [is_recorded(bag) for bag in bags] == [True, False]
    recorded, bare = (next(iter(bag)) for bag in bags)
    np.testing.assert_array_equal(judged(recorded), recorded.prediction_m)
    predictor = make_predictor('fake', 'fake')
    np.testing.assert_array_equal(judged(bare), predictor(bare))
    assert judged.model_name == 'fake and recorded /depth/image_rect'
    predictor.close()
    judged.close()
