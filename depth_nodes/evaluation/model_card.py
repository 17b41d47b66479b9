"""The measured part of a model's card: tables and pictures between two comments in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from depth_nodes.errors import InputError
from depth_nodes.evaluation.public_network import PUBLIC_NETWORKS
from depth_nodes.evaluation.scorecard import MAX_DEPTH_M, MIN_DEPTH_M, SequenceScores

BEGIN = '<!-- measured: `depth_nodes release` writes what follows -->'
END = '<!-- end of what is measured -->'
SCORE_HEAD = (
    'sequence', 'abs_rel, metres', 'abs_rel, median', 'd1, median', 'abs_rel, median, flip',
    'scale spread', 'density', 'frames',
)  # fmt: skip

Scores = Mapping[str, SequenceScores]


def require_marks(card: Path) -> None:
    """Raises an InputError where a card is there, but does not say where scores go."""
    if card.is_file():
        with_measured_part(_text_of(card), '', card)


def write_measured_part(card: Path, text: str) -> None:
    """Replaces what stands between the two comments of a card; begins a card where there is none.

    Raises:
        InputError: the card has no such comments.
    """
    old = _text_of(card) if card.is_file() else f'# {card.stem}\n\n{BEGIN}\n{END}\n'
    card.write_text(with_measured_part(old, text, card))


def with_measured_part(old: str, text: str, card: Path) -> str:
    """The text of a card with another measured part.

    Raises:
        InputError: it has no such comments.
    """
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise InputError(
            f'{card} does not say where scores go; put the lines "{BEGIN}" and "{END}" there'
        )
    return f'{before}{BEGIN}\n{text.strip()}\n{END}{after}'


def scores_section(scores: Scores, input_size_px: tuple[int, int]) -> str:
    """The model's scores, and beside them those of the public networks.

    Args:
        scores: by sequence.
        input_size_px: height and width that images were fitted into.
    """
    height, width = input_size_px
    parts = [
        '## Scores',
        f'Depth {MIN_DEPTH_M:g}-{MAX_DEPTH_M:g} m, mean over images, input fitted into '
        f'{height}x{width}. "Metres" is the output as published; "median" after scaling each '
        'image by the ratio of medians; "flip" is the plain mean, in inverse depth, of the image '
        "and its mirror image (not Monodepth2's, which changes over at the borders) and takes "
        'twice the time. Scale spread: standard deviation over median of the factors that median '
        'scaling finds. `depth_nodes evaluate --align none|median` repeats all but the flip.',
        score_table(scores),
    ]
    compared = comparison_table(scores)
    if compared:
        parts += [
            'Beside small public networks, abs_rel / d1 after median scaling; those that learnt '
            'from KITTI are at home on `kitti_*`:',
            compared,
        ]
    return '\n\n'.join(parts)


def held_out_section(scores: Scores, renderer: str) -> str:
    """Scores on rendered scenes that no training uses.

    Args:
        scores: by sequence.
        renderer: what drew them, in words.
    """
    text = (
        f'Rendered scenes that no training uses ({renderer}). They tell whether it has learnt '
        'the rendered world; they say little about the real one.'
    )
    return '\n\n'.join(['## Held-out rendered scenes', text, score_table(scores)])


def pictures_section(curves: str, failures: str) -> str:
    """The two pictures; their paths are as seen from the card."""
    return '\n\n'.join(
        [
            '## Learning curves',
            f'![Training loss and error on held-out frames over the steps]({curves})',
            '## Where it fails most',
            'Of each kind of held-out rendered scene the view with the largest error in metres. '
            'Red: predicted too far; blue: too near; the ends of the scale are a factor of 2.',
            f'![Image, true depth, predicted depth and their ratio]({failures})',
        ]
    )


def score_table(scores: Scores) -> str:
    """A row for each sequence, in Markdown."""
    rows = [
        (
            name,
            f'{one.abs_rel_metres:.3f}',
            f'{one.abs_rel_median:.3f}',
            f'{one.d1_median:.3f}',
            f'{one.flip_abs_rel_median:.3f}',
            f'{one.scale_std_over_median:.3f}',
            f'{one.density:.3f}',
            str(one.frames),
        )
        for name, one in scores.items()
    ]
    return markdown_table([SCORE_HEAD, *rows])


def comparison_table(scores: Scores) -> str:
    """The model beside the public networks; empty where they share no sequence."""
    shared = [name for name in scores if any(name in one.scores for one in PUBLIC_NETWORKS)]
    if not shared:
        return ''
    others = (f'{one.name} ({one.learnt_from})' for one in PUBLIC_NETWORKS)
    rows = [('sequence', 'this model', 'this model, flip', *others)]
    for name in shared:
        ours = scores[name]
        cells = [
            (ours.abs_rel_median, ours.d1_median),
            (ours.flip_abs_rel_median, ours.flip_d1_median),
            *(one.scores.get(name) for one in PUBLIC_NETWORKS),
        ]
        shown = ('-' if cell is None else f'{cell[0]:.3f} / {cell[1]:.3f}' for cell in cells)
        rows.append((f'`{name}`', *shown))
    return markdown_table(rows)


def markdown_table(rows: Sequence[tuple[str, ...]]) -> str:
    """A table whose first row is its head."""
    head, *body = ['| ' + ' | '.join(row) + ' |' for row in rows]
    return '\n'.join([head, '|' + '---|' * len(rows[0]), *body])


def _text_of(card: Path) -> str:
    try:
        return card.read_text()
    except UnicodeDecodeError as error:
        raise InputError(f'{card} is no text; restore or remove it') from error
