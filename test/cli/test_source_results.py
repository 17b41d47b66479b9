from functools import partial
from pathlib import Path

import numpy as np
import pytest

from depth_nodes.cli.partial_results import PartialResults
from depth_nodes.cli.source_results import (
    evaluate_sources,
    one_after_the_other,
    ShownSource,
)
from depth_nodes.data.sample import Sample
from depth_nodes.errors import InputError

IMAGE, DEPTH = np.zeros((2, 2, 3), np.uint8), np.ones((2, 2), np.float32)


class Source:
    """So many frames, and damage where there are fewer than promised."""

    def __init__(self, folder: Path, name: str, num_frames: int, num_promised: int) -> None:
        self.path, self.name = folder / name, name
        self.path.write_text(name)
        self._num_frames, self._num_promised = num_frames, num_promised

    def __len__(self) -> int:
        return self._num_promised

    def __iter__(self):
        yield from (
            Sample(name=str(n), image=IMAGE, depth_m=DEPTH) for n in range(self._num_frames)
        )
        if self._num_frames < self._num_promised:
            raise InputError(f'{self.name} is cut off')


def count(source: ShownSource) -> dict:
    frames = sum(1 for _ in source)
    if frames == 0:
        raise InputError('there is nothing to compare with')
    return {'frames': frames}


def serially(evaluate_one):
    return partial(one_after_the_other, evaluate_one=evaluate_one)


def test_a_source_that_fails_does_not_take_the_others_with_it(tmp_path):
    sources = [
        Source(tmp_path, 'cut', 2, 5),
        Source(tmp_path, 'whole', 3, 3),
        Source(tmp_path, 'nothing', 0, 5),
        Source(tmp_path, 'empty', 0, 0),
    ]
    kept = PartialResults(tmp_path / 'run.json', {})
    found = evaluate_sources(sources, serially(count), kept)
    assert {name: one['frames'] for name, one in found.by_name.items()} == {'cut': 2, 'whole': 3}
    assert found.problems == [
        'cut is cut off', 'nothing is cut off', 'there is nothing to compare with'
    ]  # fmt: skip
    assert found.by_name['whole']['ground_truth'] == 'folder'
    # What is damaged is read again the next time: it may have been copied again.
    assert kept.find(sources[1].path) == found.by_name['whole']
    assert kept.find(sources[0].path) is None


def test_frames_whose_truth_is_out_of_range_are_counted(tmp_path):
    source = Source(tmp_path, 'a', 5, 5)

    def count_fewer(shown: ShownSource) -> dict:
        return {'frames': count(shown)['frames'] - 2}

    kept = PartialResults(tmp_path / 'run.json', {})
    found = evaluate_sources([source], serially(count_fewer), kept)
    assert found.by_name['a']['skipped'] == {'truth_out_of_range': 2}


def test_what_is_kept_is_not_evaluated_again(tmp_path):
    sources = [Source(tmp_path, 'a', 2, 2), Source(tmp_path, 'b', 2, 2)]
    kept = PartialResults(tmp_path / 'run.json', {})
    kept.add(sources[0].path, {'frames': 77})
    found = evaluate_sources(sources, serially(count), kept)
    assert [one['frames'] for one in found.by_name.values()] == [77, 2]


def test_names_differ(tmp_path):
    source = Source(tmp_path, 'a', 1, 1)
    with pytest.raises(InputError, match='two sequences are called a'):
        evaluate_sources([source, source], serially(count), PartialResults(source.path, {}))


def test_results_stand_in_the_order_of_the_sources(tmp_path):
    sources = [
        Source(tmp_path, name, 2, 2 + is_cut) for name, is_cut in (('a', 1), ('b', 0), ('c', 1))
    ]

    def backwards(missing):
        return reversed(list(one_after_the_other(missing, count)))

    found = evaluate_sources(sources, backwards, PartialResults(tmp_path / 'run.json', {}))
    assert list(found.by_name) == ['a', 'b', 'c']
    assert found.problems == ['a is cut off', 'c is cut off']
