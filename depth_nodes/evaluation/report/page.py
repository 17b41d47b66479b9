"""The report of `depth_nodes evaluate` as one HTML page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from depth_nodes.evaluation.report.frame_picture import SequencePictures
from depth_nodes.evaluation.report.grade import rules
from depth_nodes.evaluation.report.markup import Content, element, join, Markup, term_list
from depth_nodes.evaluation.report.number_text import NONE
from depth_nodes.evaluation.report.sequence_section import sequence_section, summary_table
from depth_nodes.evaluation.report.verdict import ground_truth

# The browser itself then refuses scripts and whatever lies outside of the page.
SECURITY_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
GLOSSARY = (
    ('abs_rel', 'mean of |error| / true distance: 0.1 is 20 cm at 2 m'),
    ('sq_rel', 'mean of error² / true distance'),
    ('rmse, rmse_log', 'root mean square of the error, and of the error of ln(depth)'),
    ('d1, d2, d3', 'share of pixels within a factor of 1.25, 1.25², 1.25³ of the truth'),
    ('SILog', '100 times the standard deviation of ln(depth): the error that no scale mends'),
    ('iRMSE, iMAE', 'root mean square and mean error of 1 / depth, per kilometre'),
    ('scale', 'median of the truth / median of the prediction, frame by frame'),
    ('density', 'share of the ground truth at which there is a prediction'),
    ('obstacle', 'the nearest point of an image column; missed: true but not predicted nearer '
     'than the limit; phantom: the reverse'),
)  # fmt: skip


def write_report(
    path: Path, results: Mapping[str, Any], pictures: Mapping[str, SequencePictures]
) -> None:
    """Writes the page; arguments as `report_page`."""
    write_page(path, report_page(results, pictures))


def report_page(results: Mapping[str, Any], pictures: Mapping[str, SequencePictures]) -> str:
    """The page of the results of `evaluate`.

    Args:
        results: what the JSON file holds.
        pictures: by sequence; sequences may be missing, and the page says so.
    """
    sequences = results['sequences']
    anchors = {name: f'sequence-{index}' for index, name in enumerate(sequences)}
    body = [_problems(results), _alignment_note(results['align'])]
    if len(sequences) > 1:
        body += [element('h2', 'Summary'), summary_table(sequences, anchors)]
    body += [
        sequence_section(name, result, pictures.get(name), anchors[name])
        for name, result in sequences.items()
    ]
    num_left_out = len(sequences) - len(pictures)
    if pictures and num_left_out:
        note = f'To keep the page small, the pictures of {num_left_out} sequences are left out.'
        body.append(element('p', note, class_='note'))
    body += [element('h2', 'How this was measured'), _provenance(results), _explanations()]
    title = f'Depth evaluation: {results["model"]}'
    frames, count = results['overall']['frames'], len(sequences)
    things = f'{frames} frames of {count} sequence{"s" if count > 1 else ""}'
    return page(title, f'{things}, {settings_text(results)}', body)


def page(title: str, subtitle: str, body: Iterable[Content]) -> str:
    """A whole page with the style sheet in it."""
    style = Markup(files(__package__).joinpath('style.css').read_text(encoding='utf-8'))
    head = element(
        'head',
        element('meta', charset='utf-8'),
        element('meta', http_equiv='Content-Security-Policy', content=SECURITY_POLICY),
        element('meta', name='viewport', content='width=device-width, initial-scale=1'),
        element('title', title),
        element('style', style),
    )
    header = element('header', element('h1', title), element('p', subtitle, class_='subtitle'))
    footer = element('footer', element('p', 'Written by depth_nodes.'))
    content = element('body', header, element('main', *body), footer)
    return f'<!DOCTYPE html>\n{element("html", head, content, lang="en")}\n'


def write_page(path: Path, text: str) -> None:
    """Writes a page; the bytes of names that are no UTF-8 are spelled out."""
    path.write_text(text, encoding='utf-8', errors='backslashreplace')


def _problems(results: Mapping[str, Any]) -> Markup:
    if results['complete'] and not results['problems']:
        return Markup()
    title = 'Problems' if results['complete'] else 'Incomplete: only part of the data was read'
    items = [element('li', line) for line in results['problems']]
    return element('div', element('b', title), element('ul', *items), class_='alert')


def _alignment_note(align: str) -> Markup:
    if align == 'none':
        return Markup()
    text = (
        f'Errors of frames, distances and image regions, obstacles and the pictures of errors are '
        f'those after {align} alignment with the truth. A robot has no truth to align with: see '
        'the row “as published”.'
    )
    return element('div', text, class_='alert fair')


def settings_text(results: Mapping[str, Any]) -> str:
    """Range, alignment and crop in a line."""
    limits = f'{results["min_depth_m"]:g}–{results["max_depth_m"]:g} m'
    parts = [f'range {limits}', f'alignment {results["align"]}', f'crop {results["crop"]}']
    if results.get('protocol'):
        parts.insert(0, f'protocol {results["protocol"]}')
    return ', '.join(parts)


def _provenance(results: Mapping[str, Any]) -> Markup:
    versions = ', '.join(f'{name} {version}' for name, version in results['versions'].items())
    truth = sorted({ground_truth(result) for result in results['sequences'].values()})
    return term_list(
        [
            ('command', element('pre', results['command'])),
            ('model', results['model']),
            ('weights (sha256)', element('code', results['weights_sha256'] or NONE)),
            ('versions', versions),
            ('compared', settings_text(results)),
            ('ground truth', ', '.join(truth)),
        ]
    )


def _explanations() -> Markup:
    return join([element('h3', 'Words'), term_list(GLOSSARY),
                 element('p', rules(), class_='note', style='margin-top: 12px')])  # fmt: skip
