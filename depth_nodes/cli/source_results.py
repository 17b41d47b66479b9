"""Evaluates sources one after the other: one that fails does not take the others with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
import logging
from typing import Any, NamedTuple

from tqdm import tqdm

from depth_nodes.cli.partial_results import PartialResults
from depth_nodes.data.evaluation_bag import EvaluationBag
from depth_nodes.data.sample import Sample
from depth_nodes.errors import InputError

OUT_OF_RANGE = 'truth_out_of_range'

Result = dict[str, Any]
_LOGGER = logging.getLogger(__name__)


class SourceResults(NamedTuple):
    """Results by the names of their sources, and what went wrong, one line each."""

    by_name: dict[str, Result]
    problems: list[str]


class ShownSource:
    """A source with a progress bar, where stderr is a terminal, that ends where it is damaged.

    Attributes:
        error: what ended it early.
        num_compared: frames with ground truth.
    """

    def __init__(self, source: Any, title: str) -> None:
        self.source = source
        self.name = str(source.name)
        self.error: InputError | None = None
        self.num_compared = 0
        self._title = title

    def __iter__(self) -> Iterator[Sample]:
        total = len(self.source)
        with tqdm(total=total, desc=self._title, unit='frame', leave=False, disable=None) as bar:
            try:
                for index, sample in enumerate(self.source):
                    self.num_compared += sample.depth_m is not None
                    yield sample
                    # A recording also goes on over frames that it skips.
                    bar.update(getattr(self.source, 'num_read', index + 1) - bar.n)
            except InputError as error:
                self.error = error


def evaluate_sources(
    sources: Sequence[Any], evaluate_one: Callable[[Any], Result], partial: PartialResults
) -> SourceResults:
    """Results of sources that are through are kept, and taken from there the next time.

    Args:
        sources: sequence folders and recordings.
        evaluate_one: the result of a source.
        partial: where results are kept.
    """
    names = [source.name for source in sources]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f'two sequences are called {name}; evaluate them one by one')
    results: dict[str, Result] = {}
    problems: list[str] = []
    for number, source in enumerate(sources, start=1):
        result = partial.find(source.path)
        if result is not None:
            _LOGGER.info('%s was evaluated before the interruption', source.name)
            results[source.name] = result
            continue
        title = source.name if len(sources) == 1 else f'{number}/{len(sources)} {source.name}'
        shown = ShownSource(source, title)
        try:
            result = evaluate_one(shown)
            result |= _facts(source, shown.num_compared - result['frames'])
        except InputError as error:
            problems.append(str(shown.error or error))
            continue
        results[source.name] = result
        if shown.error is None:
            partial.add(source.path, result)
        else:
            problems.append(str(shown.error))
    return SourceResults(results, problems)


def _facts(source: Any, num_out_of_range: int) -> Result:
    """What is to be known beside the numbers, which is also said."""
    facts: Result = {
        'skipped': {},
        'clock_offset_s': None,
        'warnings': [],
        'ground_truth': 'folder',
    }
    if isinstance(source, EvaluationBag):
        facts = source.facts()
    if num_out_of_range:
        facts['skipped'][OUT_OF_RANGE] = num_out_of_range
    for line in facts['warnings']:
        _LOGGER.warning('%s: %s', source.name, line)
    for reason, count in facts['skipped'].items():
        _LOGGER.info('%s: %d frames skipped: %s', source.name, count, reason.replace('_', ' '))
    return facts
