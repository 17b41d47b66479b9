import logging
import subprocess
import sys
import threading

from gl_machine import require_gl
import pytest

from depth_nodes.data.synthetic.gl_context import gl_context, has_gl
from depth_nodes.data.synthetic.render import render_sequence
from depth_nodes.data.synthetic.scene import SceneConfig
from depth_nodes.errors import BackendError

ROOM = SceneConfig(domain='room', seed=0, num_frames=1, height_px=24, width_px=32)
FORKED = """
import os
from depth_nodes.data.synthetic.gl_context import gl_context, has_gl
from depth_nodes.errors import BackendError
gl_context()
child = os.fork()
if child == 0:
    try:
        gl_context()
    except BackendError as error:
        os._exit(0 if 'spawn' in str(error) and not has_gl() else 2)
    os._exit(1)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def in_thread(work: object) -> list[object]:
    """The outcome of a thread, which has no context yet."""
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BackendError as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return outcome


def test_without_moderngl_the_ray_caster_renders_and_says_why_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, 'moderngl', None)
    with caplog.at_level(logging.INFO, 'depth_nodes'):
        samples = in_thread(lambda: [*render_sequence(ROOM), *render_sequence(ROOM)])[0]
    assert [sample.image.shape for sample in samples] == [(24, 32, 3)] * 2
    lines = [record.message for record in caplog.records if 'ray caster' in record.message]
    assert len(lines) == 1
    assert 'pip install moderngl' in lines[0]


def test_without_moderngl_demanding_gl_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'moderngl', None)
    config = SceneConfig(
        domain='room', seed=0, num_frames=1, height_px=24, width_px=32, renderer='gl'
    )
    (error,) = in_thread(lambda: list(render_sequence(config)))
    assert isinstance(error, BackendError)
    assert 'libegl1' in str(error)


def test_a_thread_has_one_context_of_its_own() -> None:
    require_gl()
    assert gl_context() is gl_context()
    (other,) = in_thread(gl_context)
    assert other is not gl_context()
    assert has_gl()


def test_a_process_forked_after_drawing_is_told_so_and_does_not_hang() -> None:
    require_gl()
    done = subprocess.run([sys.executable, '-c', FORKED], timeout=60, check=False)
    assert done.returncode == 0
