from gl_machine import require_gl
import numpy as np

from depth_nodes.data.synthetic.gl_context import gl_context
from depth_nodes.data.synthetic.gl_resource import GlResources


def test_tables_keep_their_numbers() -> None:
    require_gl()
    resources = GlResources(gl_context().context)
    rows = np.random.default_rng(0).normal(size=(7, 3, 4)).astype(np.float32)
    texture = resources.table(rows)
    assert texture.size == (3, 7)
    np.testing.assert_array_equal(
        np.frombuffer(texture.read(), np.float32).reshape(rows.shape), rows
    )
    resources.release()


def test_what_is_kept_is_released_once_the_last_first() -> None:
    class Kept:
        def __init__(self, name: str) -> None:
            self.name = name

        def release(self) -> None:
            released.append(self.name)

    released: list[str] = []
    resources = GlResources(None)
    for name in ('texture', 'framebuffer'):
        resources.keep(Kept(name))
    resources.release()
    resources.release()
    assert released == ['framebuffer', 'texture']
