"""The OpenGL context of this thread: off screen, on EGL; Mesa's software rasteriser will do."""

from __future__ import annotations

import functools
import importlib
from importlib import resources
import logging
import os
import re
import threading
from typing import Any

from jaxtyping import Float16
import numpy as np

from depth_nodes.data.synthetic.noise import STARTS, TEXELS, TILE_TEXELS
from depth_nodes.errors import BackendError

REQUIRED_VERSION = 330
MAX_LAMPS = 32
NUM_AMBIENT = 9
CONSTANTS = {'MAX_LAMPS': MAX_LAMPS, 'NUM_AMBIENT': NUM_AMBIENT}
# Per program: vertex stage, fragment stage, the pieces before it, and what is defined.
PROGRAMS = {
    'flat': ('proxy.vert', 'flat.frag', (), ()),
    'round': ('proxy.vert', 'round.frag', ('solid',), ()),
    'perforated': ('proxy.vert', 'round.frag', ('solid',), ('PERFORATED',)),
    'geometry': ('screen.vert', 'geometry.frag', ('solid', 'surface'), ()),
    'openness': ('screen.vert', 'openness.frag', (), ()),
    'shade': ('screen.vert', 'shade.frag', ('solid', 'surface', 'sky'), ()),
    'resolve': ('screen.vert', 'resolve.frag', ('sky',), ()),
}
# Every sampler reads its own texture unit in all programs.
UNITS = {
    name: unit
    for unit, name in enumerate(
        (
            'solids',
            'offsets',
            'materials',
            'patterns',
            'noise',
            'seen',
            'depth',
            'normals',
            'openness',
            'samples',
            'sun_map',
            'ambient_map',
        )
    )
}
GL_ADVICE = 'pip install moderngl, and apt install libegl1 libgl1-mesa-dri'

logger = logging.getLogger(__name__)
_local = threading.local()
_process: dict[str, int | None] = {'pid': None}  # that made a context


class GlContext:
    """A context with our programs and the noise; what else is kept, is kept in `cache`."""

    def __init__(self) -> None:
        """Makes the context.

        Raises:
            BackendError: moderngl or EGL is missing, or gives too old an OpenGL.
        """
        self.context = _new_context()
        self.programs = {name: self._program(name) for name in PROGRAMS}
        for name in self.programs:
            self.set_uniforms(name, UNITS)
        self.noise = self.context.texture(
            (TILE_TEXELS,) * 2, 1, _noise_tile().tobytes(), dtype='f2'
        )
        self.noise.filter = (self.context.LINEAR_MIPMAP_LINEAR, self.context.LINEAR)
        self.noise.build_mipmaps()
        self.cache: dict[str, Any] = {}

    def set_uniforms(self, name: str, values: dict[str, Any]) -> None:
        """Sets those of the values that the program uses."""
        program = self.programs[name]
        for key, value in values.items():
            if key in program:
                _set_uniform(program[key], value)

    def _program(self, name: str) -> Any:
        vertex, fragment, pieces, defined = PROGRAMS[name]
        before = ('solid',) if vertex == 'proxy.vert' else ()
        return self.context.program(
            vertex_shader=_source(vertex, before, defined),
            fragment_shader=_source(fragment, pieces, defined),
        )


def gl_context() -> GlContext:
    """This thread's context, made at the first call.

    Raises:
        BackendError: there is none, or the process was forked from one that drew with OpenGL.
    """
    if _process['pid'] not in (None, os.getpid()):
        # Mesa's threads do not live on in the child, which would wait for them for ever.
        raise BackendError(
            'this process was forked from one that had drawn with OpenGL; start it before the '
            "first picture, or with multiprocessing's method spawn"
        )
    if not hasattr(_local, 'context'):
        _local.context = GlContext()
        _process['pid'] = os.getpid()
    context: GlContext = _local.context
    return context


def has_gl() -> bool:
    """Whether a context can be made; where not, the reason is logged once."""
    try:
        gl_context()
    except BackendError as error:
        _log_once(os.getpid(), str(error))
        return False
    return True


@functools.cache
def _log_once(pid: int, reason: str) -> None:
    logger.info('the ray caster renders: %s', reason)


def _new_context() -> Any:
    try:
        # Optional, and without it mypy would know another type.
        moderngl: Any = importlib.import_module('moderngl')
    except ImportError as error:
        raise BackendError(f'no OpenGL ({error}); {GL_ADVICE}') from error
    try:
        return moderngl.create_context(standalone=True, backend='egl', require=REQUIRED_VERSION)
    # moderngl and glcontext raise Exception itself for what EGL refuses.
    except Exception as error:
        reason = ' '.join(str(error).split())
        raise BackendError(
            f'no OpenGL {REQUIRED_VERSION} on EGL ({reason}); {GL_ADVICE}'
        ) from error


def _noise_tile() -> Float16[np.ndarray, 'height width']:
    tile = TEXELS[STARTS[0] : STARTS[1]].reshape(TILE_TEXELS, TILE_TEXELS)
    return tile.astype(np.float16)


def _source(file: str, pieces: tuple[str, ...], defined: tuple[str, ...]) -> str:
    text = [_read(f'{piece}.glsl') for piece in pieces] + [_read(file)]
    defines = [f'#define {name} {value}' for name, value in CONSTANTS.items()]
    defines += [f'#define {name}' for name in defined]
    # Pieces may each declare what they need; GLSL wants each declaration once.
    lines, seen = [], set()
    for line in '\n'.join(text).splitlines():
        if re.match(r'uniform\b', line):
            if line in seen:
                continue
            seen.add(line)
        lines.append(line)
    return '\n'.join(['#version 330', *defines, *lines])


def _read(file: str) -> str:
    return resources.files('depth_nodes.data.synthetic').joinpath('shaders', file).read_text()


def _set_uniform(uniform: Any, value: Any) -> None:
    if isinstance(value, np.ndarray):
        # OpenGL keeps matrices column by column.
        matrix = np.swapaxes(value, -1, -2) if value.ndim >= 2 and uniform.dimension > 4 else value
        uniform.write(np.ascontiguousarray(matrix, np.float32).tobytes())
    else:
        uniform.value = value
