import re

from report_example import example_frames, example_results, example_sequence

from depth_nodes.evaluation.comparison import compare
from depth_nodes.evaluation.report.comparison_page import comparison_page
from depth_nodes.evaluation.run_file import Run

EVIL = '<script>alert(1)</script>'


def runs(names=('base', 'new'), num_frames: int = 200) -> list[Run]:
    return [
        Run(
            name=name,
            results=example_results(
                {'room': example_sequence(example_frames(num_frames, shift, 1))}
            ),
        )
        for name, shift in zip(names, (0.0, -0.03), strict=True)
    ]


def test_the_page_says_what_differs_and_shows_it():
    compared = runs()
    text = comparison_page(compare(compared), compared)
    assert 'new against base, 200 frames: better in abs_rel' in text
    assert text.count('class="interval better"') == 5
    assert 'class="better"' in text
    assert compared[0].results['weights_sha256'] in text


def test_left_of_zero_is_better_for_every_metric():
    compared = runs()
    text = comparison_page(compare(compared), compared)
    middles = re.findall(r'<title>(\w+): (\S+) \(', text)
    assert {name for name, value in middles if value.startswith('−')} == {
        'abs_rel', 'rmse', 'silog', 'd1', 'scale_error',
    }  # fmt: skip


def test_few_frames_have_no_intervals_to_draw():
    compared = runs(num_frames=3)
    text = comparison_page(compare(compared), compared)
    assert 'class="interval' not in text
    assert 'too few frames for' in text


def test_errors_by_distance_stand_side_by_side():
    compared = runs()
    text = comparison_page(compare(compared), compared)
    assert '<th scope="row">10–20 m</th>' in text


def test_names_stay_text():
    compared = runs((EVIL, f'{EVIL}2'))
    assert EVIL not in comparison_page(compare(compared), compared)


def test_notes_come_first():
    compared = runs()
    compared[1].results['complete'] = False
    text = comparison_page(compare(compared), compared)
    assert 0 < text.find('new is incomplete') < text.find('What differs')
