import pytest

from depth_nodes.data.message_streams import Stamped
from depth_nodes.data.stamp_matching import NearestInTime


def find(stamps: list[int], wanted: list[int], **options: int) -> list[int | None]:
    """The stamps of what belongs to the wanted stamps."""
    messages = (Stamped(stamp, 0, None) for stamp in stamps)
    nearest = NearestInTime(messages, **options)
    found = [nearest.find(*pair) for pair in zip(wanted, [*wanted[1:], None], strict=True)]
    return [one and one.stamp_ns for one in found]


@pytest.mark.parametrize(
    ('stamps', 'wanted', 'tolerance', 'expected'),
    [
        ([10, 20, 30], [10, 20, 30], 0, [10, 20, 30]),
        ([10, 21, 30], [10, 20, 30], 0, [10, None, 30]),
        ([10, 21, 30], [10, 20, 30], 1, [10, 21, 30]),
        ([8, 13], [10, 20], 5, [8, None]),
        ([], [10, 20], 5, [None, None]),
        ([1, 2, 3], [10, 20], 5, [None, None]),
        ([100], [10, 20], 5, [None, None]),
        # A slow topic beside a fast one: each of its messages belongs to one image.
        ([12, 42], [0, 10, 20, 30, 40, 50], 10, [None, 12, None, None, 42, None]),
    ],
)
def test_the_nearest_within_the_tolerance(stamps, wanted, tolerance, expected):
    assert find(stamps, wanted, tolerance_ns=tolerance) == expected


def test_a_clock_that_is_ahead_is_taken_out():
    assert find([110, 120, 130], [10, 20, 30], tolerance_ns=0, offset_ns=100) == [110, 120, 130]
    assert find([10, 20], [110, 120], tolerance_ns=0, offset_ns=-100) == [10, 20]


def test_the_smallest_gap_is_known_whether_it_is_near_enough():
    nearest = NearestInTime(iter([Stamped(13, 0, None), Stamped(28, 0, None)]), tolerance_ns=1)
    assert nearest.smallest_gap_ns is None
    for wanted in (10, 20, 30):
        assert nearest.find(wanted, None) is None
    assert nearest.smallest_gap_ns == 2
