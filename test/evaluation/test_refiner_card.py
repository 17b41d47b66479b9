import math

from depth_nodes.evaluation.learning_curve import LearningCurves
from depth_nodes.evaluation.refinement import RefinementScores, StageScores
from depth_nodes.evaluation.refiner_card import (
    curve_section,
    manifest_scores,
    refinement_section,
    refinement_table,
    training_section,
    validation_table,
)

SCORES = RefinementScores(
    frames=7,
    edge_frames=6,
    coarse=StageScores(edge_f1=0.2, see_m=0.3, rmse_m=0.5, abs_rel=0.1234),
    refined=StageScores(edge_f1=0.3, see_m=0.2, rmse_m=0.4, abs_rel=0.1),
)


def curves(num_steps: int, sources=('room',)) -> LearningCurves:
    validation = {
        f'{source}/{stage}_{score}': [
            (1000 * step, 0.1 * step) for step in range(1, num_steps + 1)
        ]
        for source in sources
        for stage in ('coarse', 'refined')
        for score in ('edge_f1', 'rmse_m', 'abs_rel')
    }
    return LearningCurves([(20, 1.0)], validation, elapsed_s=5400.0)


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip('|').split('|')] for line in table.splitlines()]


def test_the_training_is_told_in_steps_frames_and_hours():
    text = training_section({'steps': 12000, 'frames': 620}, curves(1))
    assert '12000 steps on 620 frames in 1.5 hours.' in text
    assert '12000 steps in 1.5 hours.' in training_section({'steps': 12000}, curves(1))


def test_of_a_long_training_some_steps_are_shown_and_the_last_one_always():
    for num_steps in (1, 7, 8, 9, 50):
        head, _, *body = rows(validation_table(curves(num_steps, ('room', 'street'))))
        assert head == ['step', 'source', 'F1 of edges', 'RMSE [m]', 'abs_rel']
        steps = list(dict.fromkeys(int(row[0]) for row in body))
        assert len(steps) <= 8
        assert steps == sorted(steps)
        assert steps[-1] == 1000 * num_steps
        assert len(body) == 2 * len(steps)


def test_what_was_not_measured_is_a_dash():
    partial = LearningCurves([], {'room/coarse_edge_f1': [(5, 0.25)]})
    assert rows(validation_table(partial))[-1] == ['5', 'room', '0.250 / -', '- / -', '- / -']
    assert len(rows(validation_table(LearningCurves([], {})))) == 2


def test_a_row_has_coarse_and_refined_scores():
    row = rows(refinement_table({'room': SCORES}))[-1]
    assert row == [
        'room', '0.200 / 0.300', '0.300 / 0.200', '0.500 / 0.400', '0.123 / 0.100', '1.50', '7',
    ]  # fmt: skip


def test_the_sections_say_how_it_was_measured():
    assert 'ray caster' in refinement_section({'room': SCORES}, 'ray caster')
    assert '](a.png)' in curve_section('a.png')


def test_the_manifest_has_three_digits_and_nothing_unknown():
    scores = SCORES._replace(coarse=SCORES.coarse._replace(edge_f1=math.nan))
    values = manifest_scores(scores)
    assert values['coarse_abs_rel'] == 0.123
    assert values['refined_edge_f1'] == 0.3
    assert 'coarse_edge_f1' not in values
