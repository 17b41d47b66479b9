from html.parser import HTMLParser
import re

import pytest
from report_example import example_frames, example_results, example_sequence

from depth_nodes.evaluation.report.frame_picture import (
    FramePicture,
    MAX_PICTURE_CHARACTERS,
    SequencePictures,
)
from depth_nodes.evaluation.report.page import report_page, write_report

EVIL = '</style><script>fetch("http://example.org")</script><img src=x onerror=alert(1)>'


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def example_pictures(size: int) -> SequencePictures:
    frame = FramePicture(
        role='worst',
        scores={'name': '000003', 'abs_rel': 0.4, 'scale': 1.1},
        panels={title: 'data:image/jpeg;base64,' + 'A' * size for title in 'abcd'},
    )
    return SequencePictures(limits_m=(0.5, 20.0), frames=[frame] * 3)


def evil_results() -> dict:
    """Everything that a recording names, as bad as can be."""
    frames = [frame | {'name': EVIL} for frame in example_frames(30)]
    sequence = example_sequence(frames, f'topic {EVIL}')
    sequence |= {'skipped': {EVIL: 2}, 'warnings': [EVIL]}
    sequence['temporal']['flicker_of'] = EVIL
    results = example_results({EVIL: sequence, 'other': sequence}, model=EVIL)
    return results | {
        'complete': False, 'problems': [EVIL], 'command': EVIL, 'protocol': EVIL,
        'weights_sha256': EVIL, 'versions': {EVIL: EVIL},
    }  # fmt: skip


def test_names_of_a_recording_stay_text():
    elements = Elements(report_page(evil_results(), {EVIL: example_pictures(9)})).found
    names = {name for name, _ in elements}
    assert 'script' not in names
    assert not [key for _, attributes in elements for key in attributes if key.startswith('on')]
    assert all(
        attributes['src'].startswith('data:') for name, attributes in elements if name == 'img'
    )
    assert len([name for name, _ in elements if name == 'style']) == 1


def test_names_that_are_no_utf_8_are_spelled_out(tmp_path):
    results = example_results({'caf\udce9': example_sequence(example_frames(3))})
    write_report(tmp_path / 'run.html', results, {})
    assert r'caf\udce9' in (tmp_path / 'run.html').read_text(encoding='utf-8')


def test_nothing_outside_of_the_page_is_named():
    results = example_results({'room': example_sequence(example_frames(30))})
    text = report_page(results, {'room': example_pictures(9)})
    assert not re.search(r'https?:|@import|src="(?!data:)|url\((?!#)|<link|<script', text)


def test_a_thousand_frames_and_many_pictures_stay_below_5_mb(tmp_path):
    sequences = {f'drive {index}': example_sequence(example_frames(1000)) for index in range(5)}
    # As large as a page of photographs: 12 pictures of 70 kB each.
    pictures = {name: example_pictures(70_000) for name in list(sequences)[:4]}
    assert sum(one.num_characters for one in pictures.values()) == pytest.approx(
        MAX_PICTURE_CHARACTERS, rel=0.05
    )
    write_report(tmp_path / 'run.html', example_results(sequences), pictures)
    assert (tmp_path / 'run.html').stat().st_size < 5e6
    assert 'the pictures of 1 sequences are left out' in (tmp_path / 'run.html').read_text()


def test_one_drive_of_a_thousand_frames_is_small():
    results = example_results({'drive': example_sequence(example_frames(1000))})
    assert len(report_page(results, {})) < 150_000


def test_command_versions_and_hash_are_there():
    results = example_results({'room': example_sequence(example_frames(30))})
    text = report_page(results, {})
    for part in (results['command'], results['weights_sha256'], 'numpy 2.4.6', 'range 0.1–80 m'):
        assert part in text
    assert 'protocol' not in text.split('<main>')[1]
    assert 'protocol kitti' in report_page(results | {'protocol': 'kitti'}, {})


def test_an_incomplete_run_says_so_first():
    results = example_results({'room': example_sequence(example_frames(30))})
    problem = 'room.mcap: cut off after 30 frames'
    text = report_page(results | {'complete': False, 'problems': [problem]}, {})
    assert text.find('Incomplete') < text.find(problem) < text.find('Is it metres?')
    assert 'Incomplete' not in report_page(results, {})


def test_several_sequences_have_a_summary():
    sequence = example_sequence(example_frames(30))
    text = report_page(example_results({'a': sequence, 'b': sequence}), {})
    assert 'Summary' in text
    assert '60 frames of 2 sequences' in text
    assert 'Summary' not in report_page(example_results({'a': sequence}), {})


def test_aligned_errors_are_said_to_be_so():
    results = example_results({'room': example_sequence(example_frames(30))})
    note = 'A robot has no truth to align with'
    assert note not in report_page(results, {})
    text = report_page(results | {'align': 'median'}, {})
    assert 0 < text.find(note) < text.find('Is it metres?')
