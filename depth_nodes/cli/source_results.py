"""Evaluates sources one after the other: one that fails does not take the others with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
import logging
from typing import Any, NamedTuple

from tqdm import tqdm

from depth_nodes.cli.partial_results import PartialResults
from depth_nodes.data.evaluation_bag import EvaluationBag, FACTS_OF_FOLDER
from depth_nodes.data.sample import Sample
from depth_nodes.data.skip_reason import in_words, OUT_OF_RANGE
from depth_nodes.errors import InputError

Result = dict[str, Any]
_LOGGER = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """What became of a source: its result, or what went wrong in one line, or both."""

    result: Result | None
    problem: str | None


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


EvaluateOne = Callable[[ShownSource], Result]
EvaluateAll = Callable[[Sequence[Any]], Iterable[tuple[Any, Outcome]]]


def evaluate_source(source: Any, evaluate_one: EvaluateOne, title: str | None = None) -> Outcome:
    """The result of a source with what is to be known beside the numbers.

    Args:
        source: a sequence folder or a recording.
        evaluate_one: its numbers.
        title: of the progress bar; None: the source's name.
    """
    shown = ShownSource(source, title or source.name)
    try:
        result = evaluate_one(shown)
        result |= _facts(source, shown.num_compared - result['frames'])
    except InputError as error:
        return Outcome(None, str(shown.error or error))
    return Outcome(result, None if shown.error is None else str(shown.error))


def one_after_the_other(
    sources: Sequence[Any], evaluate_one: EvaluateOne
) -> Iterator[tuple[Any, Outcome]]:
    """Every source and what became of it."""
    for number, source in enumerate(sources, start=1):
        title = source.name if len(sources) == 1 else f'{number}/{len(sources)} {source.name}'
        yield source, evaluate_source(source, evaluate_one, title)


def evaluate_sources(
    sources: Sequence[Any], evaluate_all: EvaluateAll, partial: PartialResults
) -> SourceResults:
    """Results of sources that are through are kept, and taken from there the next time.

    Args:
        sources: sequence folders and recordings.
        evaluate_all: what becomes of sources, in any order.
        partial: where results are kept.
    """
    names = [source.name for source in sources]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f'two sequences are called {name}; evaluate them one by one')
    outcomes = {source.name: Outcome(partial.find(source.path), None) for source in sources}
    for name, outcome in outcomes.items():
        if outcome.result is not None:
            _LOGGER.info('%s was evaluated before the interruption', name)
    missing = [source for source in sources if outcomes[source.name].result is None]
    for source, outcome in evaluate_all(missing) if missing else ():
        outcomes[source.name] = outcome
        if outcome.result is None:
            continue
        _say(source.name, outcome.result)
        if outcome.problem is None:
            partial.add(source.path, outcome.result)
    return SourceResults(
        {name: one.result for name, one in outcomes.items() if one.result is not None},
        [one.problem for one in outcomes.values() if one.problem is not None],
    )


def _facts(source: Any, num_out_of_range: int) -> Result:
    """What is to be known beside the numbers."""
    facts: Result = {'skipped': {}, **FACTS_OF_FOLDER}
    if isinstance(source, EvaluationBag):
        facts = source.facts()
    if num_out_of_range:
        facts['skipped'][OUT_OF_RANGE] = num_out_of_range
    return facts


def _say(name: str, facts: Result) -> None:
    for line in facts['warnings']:
        _LOGGER.warning('%s: %s', name, line)
    if facts.get('missing_poses'):
        _LOGGER.info('%s: %s', name, facts['missing_poses'])
    for reason, count in facts['skipped'].items():
        _LOGGER.info('%s: %d frames skipped: %s', name, count, in_words(reason))
