"""What may be asked of an estimator."""

import pytest

from depth_nodes.errors import ConfigError
from depth_nodes.runtime.depth_estimate import EstimatorConfig


@pytest.mark.parametrize(
    'config',
    [
        {'input_height_px': 16},
        {'input_width_px': -1},
        {'min_depth_m': 0.0},
        {'min_depth_m': 5.0, 'max_depth_m': 5.0},
        {'max_depth_m': float('nan')},
        {'output_size': 'half'},
        {'num_cameras': 0},
    ],
)
def test_impossible_settings_are_refused(config):
    with pytest.raises(ConfigError) as caught:
        EstimatorConfig(**config)
    assert '\n' not in str(caught.value)
