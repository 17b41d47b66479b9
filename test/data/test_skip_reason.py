"""The vocabulary of frames that were not compared."""

import re

import pytest

from depth_nodes.data import skip_reason
from depth_nodes.data.skip_reason import in_words, UNREADABLE, WITHOUT_TRUTH

REASONS = [
    value
    for name, value in vars(skip_reason).items()
    if name.isupper() and isinstance(value, str) and value != UNREADABLE
]


def test_no_two_reasons_are_called_the_same():
    assert len(set(REASONS)) == len(REASONS) > len(WITHOUT_TRUTH)
    assert set(REASONS) >= WITHOUT_TRUTH


@pytest.mark.parametrize('reason', REASONS)
def test_a_reason_is_a_key_of_a_report_and_reads_as_words(reason):
    assert re.fullmatch('[a-z]+(_[a-z]+)*', reason)
    assert in_words(reason).split() == reason.split('_')
