"""From a trained network to a TensorRT engine of one input shape, through Torch-TensorRT."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module
import inspect
from io import StringIO
import operator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import torch
from torch import nn, Tensor

from depth_nodes.errors import BackendError, ConfigError, first_line
from depth_nodes.networks.half_precision import HalfPrecision
from depth_nodes.networks.registry import gpu_form
from depth_nodes.runtime.backend import PRECISIONS
from depth_nodes.runtime.tensorrt_errors import collected_errors, ELSEWHERE, one_line_errors
from depth_nodes.runtime.tensorrt_library import (
    COMPILER,
    installed_version,
    load_tensorrt,
    RTX_COMPILER,
)

# The precision of every operation is that of the graph, and float32 is not cut to 10 bits of
# mantissa. Each is passed on where the installed version has it; the needed ones it must have.
OPTIONS = {
    'disable_tf32': True,
    'min_block_size': 1,
    'num_avg_timing_iters': 4,
    'optimization_level': 4,
    'require_full_compilation': True,
    'use_explicit_typing': True,
}
NEEDED_OPTIONS = ('disable_tf32', 'require_full_compilation')
ENGINE_PREFIX = '_run_on_acc'


class Profile(NamedTuple):
    """The lengths that an engine takes along the first axis of some of its inputs.

    Attributes:
        least: the shortest.
        usual: what it is tuned for.
        most: the longest, which its memory is for.
        num_inputs: how many inputs, the first ones, are that long; the others are as they are.
    """

    least: int
    usual: int
    most: int
    num_inputs: int


def compile_engine(network: nn.Module, shape: tuple[int, int, int], precision: str) -> bytes:
    """The plan that `TensorRtEngine` runs, for images of this batch, height and width.

    Takes seconds to minutes, and memory of the GPU.

    Raises:
        ConfigError: no such precision.
        BackendError: no Torch-TensorRT or GPU, or one that cannot build this network.
    """
    if precision not in PRECISIONS:
        raise ConfigError(
            f'precision {precision!r} is unknown; choose from {", ".join(PRECISIONS)}'
        )
    # Of TensorRT's layers, what stays a kernel of its own after fusion is convolutions, slices
    # (every reflection padding is one) and resizes: 48 + 11 + 5 in this form of SmallDepth,
    # 55 + 29 + 5 where only its batch norms are folded.
    deployed = gpu_form(network)
    graph = HalfPrecision(deployed) if precision == 'fp16' else deployed
    return build_engine(load_compiler(), graph, shape)


def build_engine(compiler: Any, graph: nn.Module, shape: tuple[int, int, int]) -> bytes:
    """Compiles a graph of one image as it is, and moves it; `compiler` is torch_tensorrt.dynamo.

    Raises:
        BackendError: an operator has no converter, or TensorRT failed.
    """
    batch, height, width = shape
    image = torch.zeros(batch, 3, height, width)
    return build_plan(compiler, graph, (image,), f'an engine for {batch}x3x{height}x{width}')


def build_plan(
    compiler: Any,
    graph: nn.Module,
    inputs: tuple[Tensor, ...],
    what: str,
    profile: Profile | None = None,
) -> bytes:
    """The same of any inputs.

    Args:
        compiler: torch_tensorrt.dynamo.
        graph: moved to the GPU.
        inputs: any of the right shapes and types; where there is a profile, of `usual` length.
        what: the engine in words, for the error.
        profile: None: all shapes are fixed.

    Raises:
        BackendError: an operator has no converter, or TensorRT failed.
    """
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    convert = compiler.convert_exported_program_to_serialized_trt_engine
    with one_line_errors(what):
        graph = graph.eval().requires_grad_(False).to(device)
        examples = tuple(one.to(device) for one in inputs)
        program = torch.export.export(
            graph, examples, dynamic_shapes=_free_axes(examples, profile), strict=False
        )
        given = _specified(examples, profile)
        _require_one_engine(compiler.compile, program, given)
        # The default is one file for all users, in a folder where anyone may write.
        with TemporaryDirectory(prefix='depth_nodes_') as folder:
            options = {**OPTIONS, 'timing_cache_path': str(Path(folder) / 'timing.bin')}
            known = known_options(convert, options, NEEDED_OPTIONS)
            return bytes(convert(program, arg_inputs=given, **known))


def tensorrt_versions() -> dict[str, str]:
    """Versions that make an engine another one, found without importing the compiler.

    Raises:
        BackendError: TensorRT or Torch-TensorRT is missing.
    """
    rtx, standard = installed_version(RTX_COMPILER), installed_version(COMPILER)
    if rtx is None and standard is None:
        raise BackendError(f'the tensorrt backend needs {COMPILER}; {_install_hint()}')
    tensorrt = str(load_tensorrt().__version__)
    return {
        'tensorrt': tensorrt if rtx is None else f'RTX {tensorrt}',
        'torch': str(torch.__version__),
        'torch_tensorrt': str(standard if rtx is None else rtx),
    }


def known_options(
    function: Callable[..., Any], options: dict[str, Any], needed: tuple[str, ...]
) -> dict[str, Any]:
    """Those options that this version of a function has.

    It has to be asked: other versions swallow what they do not know without a word.

    Raises:
        BackendError: a needed one is not there, or TensorRT would choose precisions itself.
    """
    names = inspect.signature(function).parameters
    missing = [name for name in needed if name not in names]
    if 'enabled_precisions' in names and 'use_explicit_typing' not in names:
        missing.append('use_explicit_typing')
    if missing:
        raise BackendError(
            f'this {COMPILER} has no {", ".join(missing)}; depth_nodes knows 2.8 to 2.14: '
            f'{_install_hint()}'
        )
    return {name: value for name, value in options.items() if name in names}


def _free_axes(
    inputs: tuple[Tensor, ...], profile: Profile | None
) -> tuple[dict[int, torch.export.Dim], ...] | None:
    """What `torch.export` must not take for constants."""
    if profile is None:
        return None
    number = torch.export.Dim('number', min=profile.least, max=profile.most)
    return tuple({0: number} if i < profile.num_inputs else {} for i in range(len(inputs)))


def _specified(inputs: tuple[Tensor, ...], profile: Profile | None) -> list[Any]:
    """The inputs as Torch-TensorRT wants them told."""
    if profile is None:
        return list(inputs)
    specified = import_module('torch_tensorrt').Input
    lengths = {'min': profile.least, 'opt': profile.usual, 'max': profile.most}
    return [
        specified(
            **{f'{which}_shape': (length, *one.shape[1:]) for which, length in lengths.items()},
            dtype=one.dtype,
        )
        if index < profile.num_inputs
        else specified(shape=tuple(one.shape), dtype=one.dtype)
        for index, one in enumerate(inputs)
    ]


def _require_one_engine(
    compile_graph: Callable[..., Any], program: torch.export.ExportedProgram, inputs: list[Any]
) -> None:
    """Refuses a graph of which anything would run outside of TensorRT.

    The dry run partitions as a hybrid build would, in seconds. Without it the conversion fails
    only late, and before 2.12 without naming the operator; `require_full_compilation`, which only
    partitioning looks at, names none either.
    """
    options = {'dryrun': True, 'min_block_size': 1, 'use_explicit_typing': True}
    options = known_options(compile_graph, options, ('dryrun',))
    with redirect_stdout(StringIO()):  # it prints a report
        partitioned = compile_graph(program, arg_inputs=inputs, **options)
    parts = [
        (name, part)
        for name, part in partitioned.named_children()
        if isinstance(part, torch.fx.GraphModule)
    ]
    engines = [name for name, _ in parts if name.startswith(ENGINE_PREFIX)]
    outside = [part for name, part in parts if name not in engines]
    unsupported = {
        str(node.target)
        for part in (partitioned, *outside)
        for node in part.graph.nodes
        if node.op == 'call_function' and node.target is not operator.getitem
    }
    if unsupported:
        raise BackendError(
            f'TensorRT has no converter for {", ".join(sorted(unsupported))}; {ELSEWHERE}'
        )
    if len(engines) != 1:
        raise BackendError(f'TensorRT cuts the network into {len(engines)} engines; {ELSEWHERE}')


def load_compiler() -> Any:
    """torch_tensorrt.dynamo; its import fails in many ways where no GPU or library is."""
    try:
        with redirect_stdout(StringIO()), collected_errors():
            return import_module('torch_tensorrt.dynamo')
    except Exception as error:  # also plain Exception and RuntimeError
        raise BackendError(
            f'torch_tensorrt cannot be imported ({first_line(error)}); it needs an NVIDIA GPU '
            f'and {COMPILER} of the same release as torch: {_install_hint()}'
        ) from error


def _install_hint() -> str:
    release = '.'.join(str(torch.__version__).split('.')[:2])
    # PyPI's wheels for aarch64 are not for Orin, and would replace its torch.
    return (
        f"run: pip install '{COMPILER}=={release}.*', on a Jetson as docs/deployment.md says, "
        f'or {ELSEWHERE}'
    )
