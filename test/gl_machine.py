"""Skips a test where the machine has no OpenGL, and says why."""

import pytest

from depth_nodes.data.synthetic.gl_context import gl_context
from depth_nodes.errors import BackendError


def require_gl() -> None:
    try:
        gl_context()
    except BackendError as error:
        pytest.skip(str(error))
