from dataclasses import replace

import numpy as np
import pytest

from depth_nodes.data.sample import Sample
from depth_nodes.errors import InputError
from depth_nodes.evaluation.metrics import EvaluationConfig, image_metrics
from depth_nodes.evaluation.model_card import (
    BEGIN,
    comparison_table,
    END,
    held_out_section,
    pictures_section,
    require_marks,
    score_table,
    scores_section,
    with_measured_part,
    write_measured_part,
)
from depth_nodes.evaluation.scorecard import SequenceScores, WorstFrame

FLAT = np.ones((2, 2), np.float32)
METRICS = image_metrics(FLAT, FLAT, EvaluationConfig())
WORST = WorstFrame(
    sample=Sample(name='0', image=np.zeros((2, 2, 3), np.uint8), depth_m=FLAT),
    depth_m=FLAT,
    metres=METRICS,
    median=METRICS,
)
SCORES = SequenceScores(
    frames=6,
    density=1.0,
    abs_rel_metres=0.4567,
    abs_rel_median=0.3,
    d1_median=0.5,
    flip_abs_rel_median=0.25,
    flip_d1_median=0.625,
    scale_std_over_median=0.125,
    worst=WORST,
)


def test_a_row_has_the_errors_first_and_every_row_has_as_many_cells():
    table = score_table({'kitti_scenes': SCORES, 'hall': replace(SCORES, frames=9)})
    head, rule, *rows = table.splitlines()
    assert rows[0] == '| kitti_scenes | 0.457 | 0.300 | 0.500 | 0.250 | 0.125 | 1.000 | 6 |'
    assert rows[1].endswith('| 9 |')
    assert len({line.count('|') for line in (head, rule, *rows)}) == 1


def test_the_public_networks_stand_beside_the_sequences_that_they_were_measured_on():
    table = comparison_table({'kitti_dense': SCORES, 'hall': SCORES})
    assert 'hall' not in table
    assert 'RT-MonoDepth-S (1.2 M, all of KITTI)' in table
    assert table.splitlines()[-1] == (
        '| `kitti_dense` | 0.300 / 0.500 | 0.250 / 0.625 | 0.132 / 0.823 | 0.041 / 0.981 '
        '| 0.078 / 0.904 |'
    )


def test_nothing_is_compared_where_nothing_is_shared():
    assert comparison_table({'hall': SCORES}) == ''
    assert 'public networks' not in scores_section({'hall': SCORES}, (192, 640))


def test_the_sections_say_how_it_was_measured():
    section = scores_section({'kitti_dense': SCORES}, (192, 640))
    for words in ('0.1-80 m', '192x640', 'plain mean', "not Monodepth2's", 'PyDNet'):
        assert words in section
    assert 'ray caster' in held_out_section({'rendered_room': SCORES}, 'ray caster')
    assert '](a.png)' in pictures_section('a.png', 'b.jpg')


def test_only_what_stands_between_the_marks_is_replaced(tmp_path):
    card = tmp_path / 'card.md'
    card.write_text(f'# Before\n{BEGIN}\nold\n{END}\n## After\n')
    for text in ('first', '\nsecond\n'):
        write_measured_part(card, text)
    assert card.read_text() == f'# Before\n{BEGIN}\nsecond\n{END}\n## After\n'


def test_a_card_is_begun_where_there_is_none(tmp_path):
    card = tmp_path / 'tiny.md'
    require_marks(card)
    write_measured_part(card, 'scores')
    assert card.read_text() == f'# tiny\n\n{BEGIN}\nscores\n{END}\n'
    require_marks(card)


@pytest.mark.parametrize('text', ['', BEGIN, END, f'{END}\n{BEGIN}\n'])
def test_a_card_without_marks_is_refused_and_left_alone(tmp_path, text):
    card = tmp_path / 'card.md'
    card.write_text(text)
    for call in (require_marks, lambda path: write_measured_part(path, 'scores')):
        with pytest.raises(InputError, match='does not say where scores go'):
            call(card)
    assert card.read_text() == text
    with pytest.raises(InputError, match=r'card\.md'):
        with_measured_part(text, 'scores', card)
