import numpy as np
import pytest

from depth_nodes.evaluation.cloud_view import CloudViewConfig, draw_cloud
from depth_nodes.evaluation.pictures import BACKGROUND

CONFIG = CloudViewConfig(height_px=200, width_px=300)
RED, BLUE = (250, 10, 10), (10, 10, 250)


def wall(depth_m: float, height: int = 60, width: int = 80) -> np.ndarray:
    u, v = np.meshgrid(np.linspace(-0.6, 0.6, width), np.linspace(-0.45, 0.45, height))
    return np.stack([u, v, np.ones_like(u)], axis=-1).astype(np.float32) * np.float32(depth_m)


def panels(points: np.ndarray, colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    picture = draw_cloud(points, colours, config=CONFIG)
    top, left = 38, 16
    return (
        picture[top : top + 200, left : left + 300],
        picture[top : top + 200, left + 316 : left + 616],
    )


def places(panel: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return np.argwhere((panel == colour).all(axis=-1))


@pytest.fixture
def two_walls() -> tuple[np.ndarray, np.ndarray]:
    """A red wall at 2 m left of a blue one at 4 m."""
    points, far = wall(2.0), wall(4.0)
    points[:, 40:] = far[:, 40:]
    colours = np.full((60, 80, 3), RED, np.uint8)
    colours[:, 40:] = BLUE
    return points, colours


def test_from_above_far_is_up_and_left_is_left(two_walls):
    red, blue = (places(panels(*two_walls)[1], colour).mean(axis=0) for colour in (RED, BLUE))
    assert blue[0] < red[0]
    assert red[1] < blue[1]


def test_from_above_rows_are_metres(two_walls):
    red, blue = (places(panels(*two_walls)[1], colour)[:, 0].mean() for colour in (RED, BLUE))
    base = 200 - 14
    assert (base - blue) / (base - red) == pytest.approx(4.0 / 2.0, rel=0.03)


def test_beside_the_camera_a_wall_is_drawn_without_gaps():
    view, _ = panels(wall(3.0), np.full((60, 80, 3), RED, np.uint8))
    found = places(view, RED)
    rows = np.unique(found[:, 0])
    for row in rows[5:-5]:
        columns = found[found[:, 0] == row, 1]
        assert len(columns) == columns.max() - columns.min() + 1


def test_what_is_near_hides_what_is_behind():
    points = np.concatenate([wall(4.0), wall(3.0)], axis=0)
    colours = np.concatenate([np.full((60, 80, 3), c, np.uint8) for c in (BLUE, RED)], axis=0)
    alone, _ = panels(wall(3.0), np.full((60, 80, 3), RED, np.uint8))
    view, _ = panels(points, colours)
    middle = (slice(90, 110), slice(130, 160))
    assert (view[middle] == RED).all()
    assert (alone[middle] == RED).all()


def test_invalid_points_are_left_out_and_an_empty_cloud_is_an_empty_picture():
    points = np.full((4, 5, 3), np.nan, np.float32)
    view, above = panels(points, np.full((4, 5, 3), RED, np.uint8))
    assert (view == BACKGROUND).all()
    assert (above == BACKGROUND).all()


def test_one_point_is_no_error():
    points = np.full((4, 5, 3), np.nan, np.float32)
    points[2, 2] = (0.1, 0.2, 3.0)
    _, above = panels(points, np.full((4, 5, 3), RED, np.uint8))
    assert len(places(above, RED)) >= 1
