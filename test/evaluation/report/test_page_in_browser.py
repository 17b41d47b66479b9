"""The pages in a real browser: complete, offline, and inside their window."""

from collections.abc import Iterator
from pathlib import Path

from headless_browser import Browser, open_browser
import numpy as np
import pytest
from report_example import example_frames, example_results, example_sequence, LATENCY

from depth_nodes.evaluation.comparison import compare
from depth_nodes.evaluation.report.comparison_page import write_comparison
from depth_nodes.evaluation.report.frame_panels import data_address
from depth_nodes.evaluation.report.frame_picture import FramePicture, SequencePictures
from depth_nodes.evaluation.report.page import write_report
from depth_nodes.evaluation.run_file import Run

PAGES = ('report', 'comparison')
LONG = 'a_very_long_name_of_a_recording_without_any_blank_' * 3
EVIL = '"><script>document.title = "taken"</script><img src="http://example.org/x.png">'
# Elements that stick out of the window and lie in nothing that scrolls.
STICKING_OUT = """
[...document.querySelectorAll('body *')]
  .filter(e => !e.closest('.scroll table') && !e.closest('svg'))
  .filter(e => e.getBoundingClientRect().right > innerWidth + 0.5)
  .map(e => e.tagName + '.' + e.className)
"""
# Words of drawings that lie outside of them.
CUT_OFF = """
[...document.querySelectorAll('svg text')].filter(text => {
  const inner = text.getBoundingClientRect();
  const outer = text.ownerSVGElement.getBoundingClientRect();
  return inner.left < outer.left - 1 || inner.right > outer.right + 1
    || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1;
}).map(text => text.textContent)
"""
BRIGHTNESS = """
getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)
  .reduce((sum, part) => sum + Number(part), 0) / 765
"""


@pytest.fixture(scope='module')
def browser(tmp_path_factory) -> Iterator[Browser]:
    with open_browser(tmp_path_factory.mktemp('browser')) as opened:
        yield opened


@pytest.fixture(scope='module')
def folder(tmp_path_factory) -> Path:
    """A report of three sequences, one with names to fear, and a comparison."""
    folder = tmp_path_factory.mktemp('pages')
    first, second = (example_sequence(example_frames(120, seed=seed)) for seed in (1, 2))
    bad = example_sequence([frame | {'name': EVIL} for frame in example_frames(30)], EVIL)
    sequences = {LONG: first | {'latency': LATENCY}, 'room': second, EVIL: bad}
    results = example_results(sequences, model=LONG) | {'problems': [LONG], 'command': LONG * 3}
    noise = np.random.default_rng(0).integers(0, 256, (90, 160, 3), np.uint8)
    panels = {title: data_address(noise) for title in ('image', 'depth', 'truth', 'error')}
    scores = {'name': LONG, 'abs_rel': 0.1, 'scale': 1.0}
    frames = [FramePicture(role='best', scores=scores, panels=panels)]
    pictures = SequencePictures(limits_m=(0.4, 60.0), frames=frames)
    write_report(folder / 'report.html', results, {LONG: pictures, EVIL: pictures})
    other = example_results({LONG: second, EVIL: bad})
    runs = [Run(name=LONG, results=results), Run(name=EVIL, results=other)]
    write_comparison(folder / 'comparison.html', compare(runs), runs)
    return folder


@pytest.mark.parametrize('page', PAGES)
def test_a_page_is_whole_quiet_and_offline(browser, folder, page):
    browser.complaints.clear()
    browser.requests.clear()
    path = folder / f'{page}.html'
    browser.open(path)
    assert browser.complaints == []
    outside = [address for address in browser.requests if not address.startswith('data:')]
    assert outside == [path.as_uri()]
    assert browser.value('document.title') != 'taken'
    assert browser.value('document.scripts.length') == 0
    is_shown = '[...document.images].every(image => image.complete && image.naturalWidth > 0)'
    assert browser.value(is_shown)


@pytest.mark.parametrize('page', PAGES)
@pytest.mark.parametrize('width_px', [1280, 390])
def test_nothing_sticks_out_of_the_window(browser, folder, page, width_px):
    browser.show_as(width_px)
    browser.open(folder / f'{page}.html')
    assert browser.value(STICKING_OUT) == []
    assert browser.value('document.documentElement.scrollWidth') == width_px
    assert browser.value(CUT_OFF) == []


@pytest.mark.parametrize('page', PAGES)
def test_dark_is_dark_and_paper_is_white(browser, folder, page):
    browser.open(folder / f'{page}.html')
    brightness = {}
    for scheme, media in (('light', 'screen'), ('dark', 'screen'), ('dark', 'print')):
        browser.show_as(1280, scheme=scheme, media=media)
        brightness[scheme, media] = browser.value(BRIGHTNESS)
    assert brightness['light', 'screen'] > 0.9
    assert brightness['dark', 'screen'] < 0.2
    assert brightness['dark', 'print'] == 1
    assert browser.printed().startswith(b'%PDF')


def test_the_browser_would_see_a_request_a_script_and_an_overflow(browser, tmp_path):
    path = tmp_path / 'bad.html'
    path.write_text(
        '<script>console.log("hello")</script><img src="missing.png">'
        '<div style="width: 2000px">wide</div>'
    )
    browser.complaints.clear()
    browser.requests.clear()
    browser.show_as(390)
    browser.open(path)
    assert any('hello' in complaint for complaint in browser.complaints)
    assert (tmp_path / 'missing.png').as_uri() in browser.requests
    assert browser.value(STICKING_OUT) == ['DIV.']
