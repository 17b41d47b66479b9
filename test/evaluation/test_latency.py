import pytest

from depth_nodes.evaluation.latency import latency_statistics

MS = 1_000_000


def test_ages_intervals_and_missing_frames():
    ages_ms = [float(age) for age in range(1, 102)]
    arrivals_ns = [10 * MS, 20 * MS, 40 * MS, 50 * MS]
    assert latency_statistics(ages_ms, arrivals_ns, 7) == {
        'age_p50_ms': pytest.approx(51.0),
        'age_p95_ms': pytest.approx(96.0),
        'age_p99_ms': pytest.approx(100.0),
        'jitter_ms': pytest.approx((2 / 9) ** 0.5 * 10),  # of 10, 20 and 10 ms
        'published': 4,
        'expected': 7,
        'dropped': 3,
    }


def test_even_output_has_no_jitter():
    assert latency_statistics([5.0] * 3, [0, 7 * MS, 14 * MS], 3)['jitter_ms'] == 0


@pytest.mark.parametrize('arrivals_ns', [[], [5 * MS]])
def test_what_is_not_known_is_none(arrivals_ns):
    found = latency_statistics([], arrivals_ns, 1)
    assert found['jitter_ms'] is None
    assert [found[f'age_p{part}_ms'] for part in (50, 95, 99)] == [None] * 3
    assert found['dropped'] == 1 - len(arrivals_ns)


def test_more_than_expected_is_no_drop():
    assert latency_statistics([], [0, MS], 1)['dropped'] == 0
