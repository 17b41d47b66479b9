import numpy as np
import pytest

from depth_nodes.evaluation.crop import crop_mask


def kept(crop: str, height: int, width: int) -> tuple[int, int, int, int]:
    """First and last row and column; the crop must be a rectangle."""
    mask = crop_mask(crop, height, width)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    assert mask.sum() == len(rows) * len(columns)
    return rows[0], rows[-1], columns[0], columns[-1]


@pytest.mark.parametrize(
    ('crop', 'height', 'width', 'expected'),
    [
        ('garg', 375, 1242, (153, 370, 44, 1196)),
        ('nyu', 480, 640, (45, 470, 41, 600)),
        ('none', 480, 640, (0, 479, 0, 639)),
    ],
)
def test_a_crop_keeps_the_published_rows_and_columns(crop, height, width, expected):
    assert kept(crop, height, width) == expected


def test_a_crop_scales_with_the_image():
    assert kept('nyu', 240, 320) == (22, 234, 20, 299)
