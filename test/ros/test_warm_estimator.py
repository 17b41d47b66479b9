import pytest

from depth_nodes.errors import CheckpointError, ConfigError
from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.warm_estimator import make_warm_estimator


def test_parameters_reach_the_estimator():
    estimator = make_warm_estimator(
        DepthParameters(
            backend='fake',
            input_height_px=96,
            input_width_px=160,
            min_depth_m=0.5,
            max_depth_m=20.0,
            output_size='network',
        )
    )
    assert estimator.input_size_px == (96, 160)
    config = estimator.config
    assert (config.min_depth_m, config.max_depth_m, config.output_size) == (0.5, 20.0, 'network')


def test_the_models_size_is_the_default():
    estimator = make_warm_estimator(DepthParameters(backend='fake'))
    model = estimator.model
    assert estimator.input_size_px == (model.input_height_px, model.input_width_px)


def test_threads_reach_the_engine(monkeypatch):
    configs = []
    from depth_nodes.runtime import backend

    fake = backend.BACKENDS['fake']
    monkeypatch.setitem(
        backend.BACKENDS,
        'fake',
        lambda model, config: configs.append(config) or fake(model, config),
    )
    make_warm_estimator(DepthParameters(backend='fake', num_threads=3))
    assert [config.num_threads for config in configs] == [3]


@pytest.mark.parametrize(
    ('parameters', 'error'),
    [
        ({'min_depth_m': 5.0, 'max_depth_m': 2.0}, ConfigError),
        ({'backend': 'onnx', 'model': '/nowhere/x.onnx'}, CheckpointError),
    ],
)
def test_what_cannot_work_is_a_users_error(parameters, error):
    with pytest.raises(error):
        make_warm_estimator(DepthParameters(**{'backend': 'fake', **parameters}))
