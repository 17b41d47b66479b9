from ast import literal_eval
from contextlib import contextmanager
import logging
from pathlib import Path
import sys
from types import SimpleNamespace

import pytest
from random_model import random_network
import torch
from torch import nn

from depth_nodes.errors import BackendError, ConfigError
from depth_nodes.networks.small_depth import SmallDepthConfig
from depth_nodes.runtime import tensorrt_compiler
from depth_nodes.runtime.tensorrt_compiler import (
    build_engine,
    build_plan,
    compile_engine,
    known_options,
    OPTIONS,
    Profile,
    tensorrt_versions,
)

TINY = SmallDepthConfig(widths=(8, 8, 16, 16, 32), last_width=8)
SHAPE = (1, 96, 128)


class Halved(nn.Module):
    def forward(self, image):
        return image[:, :1] / 2


def compile_2_8(
    exported_program, inputs=None, *, arg_inputs=None, dryrun=False, min_block_size=5,
    enabled_precisions=frozenset(), use_explicit_typing=False, **kwargs,
):  # fmt: skip
    """The dry run of a graph that TensorRT takes as a whole; it prints, as the real one does."""
    assert dryrun
    assert min_block_size == 1
    assert use_explicit_typing
    assert not kwargs
    print('+++ Dry-Run Results +++')  # noqa: T201
    return partitioned(_run_on_acc_0=exported_program.graph_module)


def convert_2_8(
    exported_program, inputs=None, *, arg_inputs=None, enabled_precisions=frozenset(),
    min_block_size=5, optimization_level=None, require_full_compilation=False,
    disable_tf32=False, num_avg_timing_iters=1, timing_cache_path='/tmp/timing_cache.bin',
    use_explicit_typing=False, **kwargs,
):  # fmt: skip
    del exported_program, inputs, kwargs
    is_strict = disable_tf32 and use_explicit_typing and require_full_compilation
    return memoryview(repr((tuple(arg_inputs[0].shape), is_strict, timing_cache_path)).encode())


def convert_2_13(
    exported_program, inputs=None, *, arg_inputs=None, device=None, disable_tf32=False,
    require_full_compilation=False, min_block_size=5, optimization_level=None,
    num_avg_timing_iters=1, timing_cache_path='/tmp/timing_cache.bin', **kwargs,
):  # fmt: skip
    assert not kwargs
    return b'plan'


def partitioned(**parts) -> torch.fx.GraphModule:
    """What partitioning gives: a graph that calls its parts."""
    graph = torch.fx.Graph()
    value = graph.placeholder('image')
    for name in parts:
        value = graph.call_module(name, (value,))
    graph.output(value)
    return torch.fx.GraphModule(nn.ModuleDict(parts), graph)


def compiler_of(convert, compile_graph=compile_2_8) -> SimpleNamespace:
    return SimpleNamespace(
        compile=compile_graph, convert_exported_program_to_serialized_trt_engine=convert
    )


def test_the_plan_is_bytes_and_nobody_else_can_write_the_timing_cache(capsys):
    plan = build_engine(compiler_of(convert_2_8), Halved(), SHAPE)
    assert isinstance(plan, bytes)
    shape, is_strict, timing_cache = literal_eval(plan.decode())
    assert shape == (1, 3, 96, 128)
    assert is_strict
    assert not Path(timing_cache).parent.exists()
    assert capsys.readouterr().out == ''
    assert build_engine(compiler_of(convert_2_13), Halved(), SHAPE) == b'plan'


class Scaled(nn.Module):
    def forward(self, tiles, scale):
        return tiles * scale


def test_a_profile_is_told_and_leaves_the_other_inputs_as_they_are(monkeypatch):
    specified = SimpleNamespace(Input=lambda **what: what)
    monkeypatch.setitem(sys.modules, 'torch_tensorrt', specified)
    seen = []

    def convert(program, *, arg_inputs, disable_tf32, require_full_compilation):
        seen.append((program, arg_inputs))
        return b'plan'

    profile = Profile(least=1, usual=4, most=16, num_inputs=1)
    inputs = torch.zeros(4, 3, 8, 8), torch.zeros(1, 3, 1, 1)
    compiler = compiler_of(convert)
    assert build_plan(compiler, Scaled(), inputs, 'an engine', profile) == b'plan'
    ((program, (tiles, scale)),) = seen
    assert tiles == {
        'min_shape': (1, 3, 8, 8),
        'opt_shape': (4, 3, 8, 8),
        'max_shape': (16, 3, 8, 8),
        'dtype': torch.float32,
    }
    assert scale == {'shape': (1, 3, 1, 1), 'dtype': torch.float32}
    for number in (1, 16):
        given = torch.rand(number, 3, 8, 8), torch.rand(1, 3, 1, 1)
        torch.testing.assert_close(program.module()(*given), given[0] * given[1])


def test_options_are_those_that_the_version_has():
    everything = known_options(convert_2_8, OPTIONS, ('disable_tf32',))
    assert everything == OPTIONS
    strongly_typed_only = known_options(convert_2_13, OPTIONS, ('disable_tf32',))
    assert strongly_typed_only.keys() == OPTIONS.keys() - {'use_explicit_typing'}


@pytest.mark.parametrize(
    ('convert', 'missing'),
    [
        (lambda program, arg_inputs=None, **kwargs: b'', 'disable_tf32, require_full_compilation'),
        (
            lambda program, enabled_precisions=None, disable_tf32=False,
            require_full_compilation=False, **kwargs: b'',
            'use_explicit_typing',
        ),
    ],
)  # fmt: skip
def test_a_version_that_would_swallow_what_matters_is_refused(convert, missing):
    with pytest.raises(BackendError, match=f'has no {missing}; .* pip install'):
        build_engine(compiler_of(convert), Halved(), SHAPE)


def part_of(*operators) -> torch.fx.GraphModule:
    """A part of a network, of these operators of one argument each."""
    graph = torch.fx.Graph()
    value = graph.placeholder('image')
    for one in operators:
        value = graph.call_function(one, (value,))
    graph.output(value)
    return torch.fx.GraphModule({}, graph)


NEG, EXP, BESSEL = (
    torch.ops.aten.neg.default,
    torch.ops.aten.exp.default,
    torch.ops.aten.special_bessel_j0.default,
)


@pytest.mark.parametrize(
    ('parts', 'reason'),
    [
        (
            {
                '_run_on_acc_0': part_of(NEG),
                '_run_on_gpu_1': part_of(BESSEL, EXP),
                '_run_on_acc_2': part_of(NEG),
            },
            'no converter for aten.exp.default, aten.special_bessel_j0.default;',
        ),
        (
            {'_run_on_acc_0': part_of(NEG), '_run_on_acc_1': part_of(NEG)},
            'cuts the network into 2 engines',
        ),
        ({}, 'cuts the network into 0 engines'),
    ],
)
def test_a_network_that_is_not_one_engine_is_never_built(parts, reason):
    def compile_graph(exported_program, *, arg_inputs=None, dryrun=False, min_block_size=5):
        return partitioned(**parts)

    def convert(program, disable_tf32=False, require_full_compilation=False, **kwargs):
        pytest.fail('built')

    with pytest.raises(BackendError, match=reason):
        build_engine(compiler_of(convert, compile_graph), Halved(), SHAPE)


def test_an_untouched_graph_is_not_taken_for_an_engine():
    """Where no operator at all has a converter, Torch-TensorRT returns the graph as it was."""

    def compile_graph(exported_program, *, arg_inputs=None, dryrun=False, min_block_size=5):
        return exported_program.module()

    with pytest.raises(BackendError, match=r'no converter for aten\.div\.Tensor, aten\.slice'):
        build_engine(compiler_of(convert_2_13, compile_graph), Halved(), SHAPE)


def test_a_failed_build_is_one_line_with_the_first_reason(caplog):
    def convert(program, disable_tf32=False, require_full_compilation=False, **kwargs):
        log = logging.getLogger('torch_tensorrt [TensorRT Conversion Context]')
        log.warning('slow')
        log.error('IBuilder::buildSerializedNetwork: Target GPU SM 87 is not supported\nat x.cpp')
        raise RuntimeError('While interpreting the module got an error') from AssertionError()

    with pytest.raises(BackendError, match='Target GPU SM 87 is not supported') as caught:
        build_engine(compiler_of(convert), Halved(), SHAPE)
    assert '\n' not in str(caught.value)
    assert not [record for record in caplog.records if record.name.startswith('torch_tensorrt')]


def test_a_reason_that_was_only_logged_is_not_lost():
    def convert(program, disable_tf32=False, require_full_compilation=False, **kwargs):
        try:
            raise ValueError('no kernel for a stride of 3')
        except ValueError:
            log = logging.getLogger('torch_tensorrt.dynamo._compiler')
            log.exception('Conversion of module GraphModule() not currently supported')
        return interpreter_result.serialized_engine  # noqa: F821

    with pytest.raises(BackendError, match='no kernel for a stride of 3'):
        build_engine(compiler_of(convert), Halved(), SHAPE)


@pytest.mark.parametrize('error', [RuntimeError('CUDA out of memory'), Exception('of no class')])
def test_the_root_of_what_was_raised_is_the_reason(error):
    def convert(program, disable_tf32=False, require_full_compilation=False, **kwargs):
        raise RuntimeError('While interpreting the module got an error') from error

    with pytest.raises(BackendError, match=str(error)):
        build_engine(compiler_of(convert), Halved(), SHAPE)


@pytest.mark.parametrize(
    'line',
    [
        "raise Exception('Could not find libnvinfer.so.10')",
        "raise RuntimeError('Found no NVIDIA driver on your system')",
        "raise ImportError('undefined symbol')",
    ],
)
def test_a_compiler_that_cannot_be_imported_is_one_line(line, tmp_path, monkeypatch, capsys):
    (tmp_path / 'torch_tensorrt').mkdir()
    (tmp_path / 'torch_tensorrt/__init__.py').write_text(f"print('import error')\n{line}\n")
    with without_torch_tensorrt(monkeypatch):
        monkeypatch.syspath_prepend(tmp_path)
        with pytest.raises(BackendError, match='torch_tensorrt cannot be imported') as caught:
            compile_engine(random_network(TINY), SHAPE, 'fp16')
    assert line.split("'")[1] in str(caught.value)
    assert '\n' not in str(caught.value)
    assert capsys.readouterr().out == ''


@contextmanager
def without_torch_tensorrt(monkeypatch):
    with monkeypatch.context() as patch:
        for name in [one for one in sys.modules if one.split('.')[0] == 'torch_tensorrt']:
            patch.delitem(sys.modules, name)
        yield


def test_an_unknown_precision_is_refused():
    with pytest.raises(ConfigError, match="'int8' is unknown; choose from fp16, fp32"):
        compile_engine(random_network(TINY), SHAPE, 'int8')


@pytest.mark.parametrize('is_rtx', [False, True])
def test_the_versions_tell_the_two_kinds_of_tensorrt_apart(is_rtx, monkeypatch):
    versions = {'torch-tensorrt-rtx': '2.13.1'} if is_rtx else {'torch-tensorrt': '2.8.0'}
    monkeypatch.setattr(tensorrt_compiler, 'installed_version', versions.get)
    monkeypatch.setattr(
        tensorrt_compiler, 'load_tensorrt', lambda: SimpleNamespace(__version__='1.5.0')
    )
    assert tensorrt_versions() == {
        'tensorrt': 'RTX 1.5.0' if is_rtx else '1.5.0',
        'torch': torch.__version__,
        'torch_tensorrt': next(iter(versions.values())),
    }
    monkeypatch.setattr(tensorrt_compiler, 'installed_version', {}.get)
    with pytest.raises(BackendError, match='needs torch-tensorrt; run: pip install'):
        tensorrt_versions()
