from pathlib import Path

import pytest

from depth_nodes.errors import CheckpointError, ConfigError
from depth_nodes.ros.depth_parameters import DepthParameters
from depth_nodes.ros.warm_estimator import make_warm_estimator
from depth_nodes.runtime.estimator import DepthEstimator
from depth_nodes.runtime.pipeline_config import PointsConfig


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


@pytest.mark.parametrize(('cameras', 'number'), [((), 1), (('front',), 1), (('a', 'b', 'c'), 3)])
def test_cameras_are_counted(cameras, number):
    estimator = make_warm_estimator(DepthParameters(backend='fake', cameras=cameras))
    assert estimator.config.num_cameras == number


def test_the_models_size_is_the_default():
    estimator = make_warm_estimator(DepthParameters(backend='fake'))
    model = estimator.model
    assert estimator.input_size_px == (model.input_height_px, model.input_width_px)


def test_settings_reach_the_engine(monkeypatch, tmp_path):
    configs = []
    from depth_nodes.runtime import backend

    fake = backend.BACKENDS['fake']
    monkeypatch.setitem(
        backend.BACKENDS,
        'fake',
        lambda model, config: configs.append(config) or fake(model, config),
    )
    for folder in (str(tmp_path), '', '~/engines'):
        make_warm_estimator(
            DepthParameters(
                backend='fake', num_threads=3, precision='fp32', engine_cache_dir=folder
            )
        )
    assert {(config.num_threads, config.precision) for config in configs} == {(3, 'fp32')}
    folders = [config.engine_cache_dir for config in configs]
    assert folders == [tmp_path, None, Path.home() / 'engines']


@pytest.mark.parametrize('enabled', [True, False])
def test_points_are_declared_only_where_there_is_a_topic(enabled):
    parameters = DepthParameters(
        backend='fake', points_enabled=enabled, points_stride=3, points_max_range_m=7.0
    )
    points = PointsConfig(stride=3, max_range_m=7.0) if enabled else None
    assert make_warm_estimator(parameters).config.points == points


def test_what_the_estimator_names_is_warmed_up(monkeypatch):
    warmed = []
    monkeypatch.setattr(DepthEstimator, 'warm_up_sizes_px', [(96, 128), (64, 64)])
    monkeypatch.setattr(DepthEstimator, 'warm_up', lambda self, *size: warmed.append(size))
    make_warm_estimator(DepthParameters(backend='fake'))
    assert warmed == [(96, 128), (64, 64)]


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
