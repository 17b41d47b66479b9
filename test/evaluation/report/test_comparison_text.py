from report_example import example_frames, example_results, example_sequence

from depth_nodes.evaluation.comparison import compare
from depth_nodes.evaluation.report.comparison_text import HEAD, rows, sentence
from depth_nodes.evaluation.run_file import Run


def found(num_sequences: int, num_frames: int = 100) -> dict:
    runs = [
        Run(
            name=name,
            results=example_results(
                {
                    f'room {index}': example_sequence(example_frames(num_frames, shift, seed))
                    for index in range(num_sequences)
                }
            ),
        )
        for seed, (name, shift) in enumerate({'a': 0.0, 'b': -0.03}.items())
    ]
    return compare(runs)['comparisons']['b']


def test_one_sentence_says_what_differs_and_what_does_not():
    text = sentence('a', 'b', found(1)['overall'])
    assert text.startswith('b against a, 100 frames: better in abs_rel (')
    assert text.endswith('; no difference to be told in density')
    assert 'worse' not in text
    assert 'too few frames for abs_rel, rmse' in sentence('a', 'b', found(1, 3)['overall'])


def test_rows_are_of_all_and_of_each_sequence():
    assert {row[0] for row in rows(found(2))} == {'all', 'room 0', 'room 1'}
    assert {row[0] for row in rows(found(1))} == {'room 0'}
    assert {len(row) for row in rows(found(1))} == {len(HEAD)}


def test_few_frames_have_no_interval():
    assert [row[5:] for row in rows(found(1, 3))][0] == ['', 'too few frames']
