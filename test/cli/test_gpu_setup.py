import pytest
from random_model import random_weights, TINY

from depth_nodes.cli.gpu_setup import GpuBenchmarkConfig, GpuSetup, NUM_CAMERAS
from depth_nodes.cli.gpu_variant import Variant
from depth_nodes.errors import ConfigError

EAGER, GRAPH = Variant('torch', 'fp32', is_graph=False), Variant('torch', 'fp32')


def config_of(**changes) -> GpuBenchmarkConfig:
    settings = {
        'size_px': (96, 160),
        'backends': ('torch',),
        'precisions': ('fp32',),
        'num_calls': 1,
        'model': str(random_weights(TINY).safetensors_path),
        'image_size_px': (192, 256),
        'device': 'cpu',
    }
    return GpuBenchmarkConfig(**(settings | changes))


@pytest.fixture
def setup(tmp_path) -> GpuSetup:
    return GpuSetup(config_of(), tmp_path)


def test_no_calls_measure_nothing():
    with pytest.raises(ConfigError, match='1 or more'):
        config_of(num_calls=0)


def test_the_network_alone_sees_the_whole_input_and_a_pipeline_its_image(setup):
    assert setup.shape == (1, 96, 160)
    pipeline = setup.pipeline(GRAPH, num_cameras=2)
    assert pipeline.config.network_shape == (2, 96, 128)
    assert pipeline.config.use_cuda_graph
    assert not setup.pipeline(EAGER).config.use_cuda_graph
    setup.frame(pipeline)()
    assert pipeline.depth(0).shape == (192, 256)
    assert (pipeline.depth(0) > 0).all()


def test_a_node_is_started_with_what_is_measured(setup):
    start = setup.start(Variant('tensorrt', 'fp16'))
    assert (start.backend, start.backend_config.precision) == ('tensorrt', 'fp16')
    assert (start.size_px, start.image_size_px) == ((96, 160), (192, 256))
    assert setup.start(GRAPH).backend_config.engine_cache_dir.name == 'engines'


def test_four_cameras_are_batched_or_come_one_by_one(setup, monkeypatch):
    single, seen = setup.pipeline(GRAPH), []
    calls = setup.cameras(GRAPH, single)
    assert set(calls) == {
        f'{what}_{how}' for what in ('network', 'frames') for how in ('batched', 'singly')
    }
    monkeypatch.setattr(single, 'run', lambda: seen.append('single'))
    calls['frames_singly']()
    calls['frames_batched']()
    assert seen == ['single'] * NUM_CAMERAS
