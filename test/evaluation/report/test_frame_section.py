from report_example import example_frames

from depth_nodes.evaluation.report.frame_picture import FramePicture, SequencePictures
from depth_nodes.evaluation.report.frame_section import (
    course_plots,
    picture_section,
    worst_table,
)


def test_the_course_is_over_time_where_there_are_stamps():
    frames = example_frames(20)
    assert 'time [s]' in course_plots(frames, 1.1)[0]
    frames[3] = frames[3] | {'stamp_s': None}
    assert '>frame<' in course_plots(frames, 1.1)[0]


def test_the_shown_frames_are_marked_and_metres_are_a_level():
    error, scale = course_plots(example_frames(20), 1.1)
    assert all(f'>{role}<' in error for role in ('best', 'median', 'worst'))
    assert 'metres (1)' in scale
    assert '>median<' in scale
    assert '>median<' not in course_plots(example_frames(20), 1.001)[1]


def test_a_frame_without_scale_leaves_a_gap():
    frames = example_frames(5)
    frames[2] = frames[2] | {'scale': None}
    assert course_plots(frames, None)[1].count('M') > 1
    assert '–' in worst_table(frames)


def test_the_worst_frames_come_first():
    frames = example_frames(30)
    worst = sorted(frames, key=lambda frame: -frame['abs_rel'])
    text = worst_table(frames)
    places = [text.find(f'>{frame["name"]}<') for frame in worst[:5]]
    assert places == sorted(places)
    assert places[0] > 0
    assert f'>{worst[5]["name"]}<' not in text


def test_pictures_stand_under_one_scale():
    panels = {'image': 'data:image/jpeg;base64,AAAA'}
    frames = [
        FramePicture(
            role=role, scores={'name': role, 'abs_rel': 0.1, 'scale': None}, panels=panels
        )
        for role in ('best', 'worst')
    ]
    text = picture_section(SequencePictures(limits_m=(1.0, 10.0), frames=frames), 'one')
    assert text.count('depth [m]') == 2  # title and label of the one scale
    assert text.count('<img') == 2
