from collections import Counter
from itertools import groupby

import pytest

from depth_nodes.cli.stopwatch import BLOCK, NUM_UNTIMED, summarise, time_in_turns


def test_functions_take_turns_in_blocks():
    calls: list[str] = []
    times = time_in_turns(
        {name: lambda name=name: calls.append(name) for name in 'ab'}, 2 * BLOCK - 3, 60.0
    )
    assert [name for name, _ in groupby(calls)] == ['a', 'b', 'a', 'b']
    assert Counter(calls) == {name: 2 * (BLOCK + NUM_UNTIMED) for name in 'ab'}
    assert {name: len(values) for name, values in times.items()} == {'a': 16, 'b': 16}


def test_when_time_runs_out_one_block_is_left():
    assert len(time_in_turns({'a': lambda: None}, 1000, 0.0)['a']) == BLOCK


def test_a_summary_of_known_times():
    summary = summarise([float(value) for value in range(1, 102)])
    assert summary['p50_ms'] == pytest.approx(51.0)
    assert summary['p99_ms'] == pytest.approx(100.0)
    assert summary['fps'] == pytest.approx(1e3 / 51.0, abs=0.05)
    assert summary['calls'] == 101
