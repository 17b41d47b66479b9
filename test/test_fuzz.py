"""Damaged and hostile input is refused in one line: FUZZ_CASES of them, by hypothesis."""

import faulthandler
import logging
import os

from fuzz_targets import seeds, TARGETS
from hypothesis import given, HealthCheck, settings
from hypothesis import strategies as st
import pytest

NUM_CASES = int(os.environ.get('FUZZ_CASES', 400)) // len(TARGETS)
HANG_S = 30.0
# Where a parser may take a wrong turn: YAML, JSON, JPEG and PNG, sizes and counts.
TOKENS = [
    b'&a', b'*a', b'<<: ', b'!!python/object/apply:os.system ["true"]', b'!!bool ', b'- ', b'? ',
    b'{', b'}', b'[', b']', b': ', b'"\\0"', b'.inf', b'-.nan', b'1e999', b'0x', b'9' * 5000,
    b'1:59:59', b'2001-99-99', b'null', b'\xff\xc0\x00\x11\x08', b'\xff\xd9', b'\xff\xd8',
    b'IHDR', b'\xff\xff\xff\xff', b'\x00\x00\x00\x00', b'\x7f\xff\xff\xff\xff\xff\xff\xff',
    b'../', b'Infinity', b'[' * 3000,
]  # fmt: skip
PIECES = st.one_of(st.sampled_from(TOKENS), st.binary(max_size=8))
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from([0, 1, 4, 1 << 30]), PIECES), min_size=1, max_size=4
)


def edited(data: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """With pieces in other places, instead of none, some or all of the bytes from there on."""
    for place, num_replaced, piece in edits:
        begin = round(place * len(data))
        data = data[:begin] + piece + data[begin + num_replaced :]
    return data


@pytest.mark.parametrize('name', TARGETS)
def test_any_bytes_are_used_or_refused(name, caplog):
    caplog.set_level(logging.ERROR)  # else a warning for each of thousands of damaged recordings
    whole = seeds(name)

    @settings(
        max_examples=NUM_CASES,
        derandomize='FUZZ_CASES' not in os.environ,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(whole), EDITS)
    def run(data, edits):
        faulthandler.dump_traceback_later(HANG_S, exit=True)  # a hang ends the run
        try:
            TARGETS[name](edited(data, edits))
        finally:
            faulthandler.cancel_dump_traceback_later()

    run()
