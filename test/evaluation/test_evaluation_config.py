import math

import pytest

from depth_nodes.errors import ConfigError
from depth_nodes.evaluation.evaluation_config import EvaluationConfig

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(('low', 'high'), [(0.0, 80.0), (5.0, 5.0), (0.1, INF), (NAN, 80.0)])
def test_a_range_that_makes_no_sense_is_refused(low, high):
    with pytest.raises(ConfigError, match='give 0 < min < max'):
        EvaluationConfig(min_depth_m=low, max_depth_m=high)


def test_without_alignment_and_by_medians_are_always_there():
    for align in ('none', 'median'):
        assert EvaluationConfig(align=align).alignments == ('none', 'median')
    assert EvaluationConfig(align='affine').alignments == ('none', 'median', 'affine')
