"""Trains one short schedule with and without each part of a paper's method, and compares.

    python benchmarks/ablation.py --data-root DIR [--teacher FILE] [--seeds 0 1] [--jobs 2]
    python benchmarks/ablation.py --of patch_refiner_v2 [--seeds 0 1] [--jobs 2]
    python benchmarks/ablation.py --of rprdepth --banks DIR --teacher FILE [--seeds 0 1] [--jobs 2]

Each row and seed is a `depth_nodes train` of its own on one core, in a folder of --runs. What is
there already is not done again: an unfinished training goes on, a finished one is only read, and
either is refused where settings, code or the weights that it starts from or listens to have
changed since. Rows that need a --teacher or --banks are left out without. Prints a Markdown table;
it sets no bar.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
import hashlib
import json
import os
from pathlib import Path
import shlex
import statistics
import subprocess
import sys
from typing import Any

from ablation_rows import COMPARISONS, ROOT

import depth_nodes
from depth_nodes.cli.machine import describe_machine
from depth_nodes.errors import ConfigError, DepthNodesError, InputError
from depth_nodes.networks.blocks.sparse import fold_batch_norm
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.networks.registry import NETWORKS, REFINERS
from depth_nodes.training.kind import load_training_config
from depth_nodes.training.rendered import rendered_frames
from depth_nodes.training.run_config import RunConfig

PACKAGE = Path(depth_nodes.__file__).resolve().parent
# How the names of scores end, and settings that go into the results where there are such.
SCORES = ('/none', '/median', '_abs_rel', '_rmse_m', '_edge_f1')
DESCRIBED = ('num_steps', 'batch_size', 'view_sizes', 'tiles_per_frame', 'tile_size')
ONE_CORE = {'OMP_NUM_THREADS': '1', 'MKL_NUM_THREADS': '1', 'OPENCV_FOR_THREADS_NUM': '1'}


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training: a row with a seed."""

    row: str
    seed: int
    preset: Path
    settings: tuple[str, ...]
    folder: Path

    @property
    def command(self) -> list[str]:
        """What trains it, or goes on with it."""
        options = [part for setting in self.settings for part in ('--set', setting)]
        return [
            *(sys.executable, '-m', 'depth_nodes', 'train', '--config', str(self.preset)),
            *(*options, '--output', str(self.folder)),
        ]

    @property
    def config(self) -> RunConfig:
        """Everything that decides its weights."""
        return load_training_config(self.preset, self.settings)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a finished training came to: scores such as `SOURCE/ALIGNMENT`, and its size."""

    scores: dict[str, float]
    parameters: int


def main() -> int:
    """Trains what is missing, prints the table and writes the results."""
    arguments = parse_arguments()
    output = arguments.output or COMPARISONS[arguments.of].output
    try:
        runs = planned_runs(arguments)
        if arguments.dry_run:
            print('\n'.join(shlex.join(run.command) for run in runs))
            return 0
        num_failed = train(runs, arguments.jobs)
        result = summary(runs, [finished_result(run) for run in runs])
    except DepthNodesError as error:
        print(error, file=sys.stderr)
        return 2
    if result['rows']:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(json.dumps(result, indent=2) + '\n')
    print(markdown_table(result['rows']))
    return 1 if num_failed else 0


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--of', choices=COMPARISONS, default='fa_depth')
    parser.add_argument('--data-root', help='folder of the sequence folders')
    parser.add_argument('--teacher', help='checkpoint that some rows listen to')
    parser.add_argument('--banks', help='folder of the prior banks that some rows look up')
    parser.add_argument('--rows', nargs='+', help='by default all that can be run')
    parser.add_argument('--seeds', nargs='+', type=int, default=[0, 1])
    parser.add_argument('--jobs', type=int, default=1, help='trainings at once')
    parser.add_argument('--set', dest='settings', action='append', default=[], metavar='KEY=VALUE')
    parser.add_argument('--preset', type=Path, help='in place of the one for this')
    parser.add_argument('--runs', type=Path, default=ROOT / 'runs' / 'ablation')
    parser.add_argument('--output', type=Path, help='in place of a file of benchmarks/results')
    parser.add_argument('--dry-run', action='store_true', help='print the commands alone')
    return parser.parse_args()


def planned_runs(arguments: argparse.Namespace) -> list[Run]:
    """All rows with the first seed, then all with the next, so that a table is there early."""
    known = COMPARISONS[arguments.of].rows
    given = {'teacher': arguments.teacher, 'banks': arguments.banks}
    rows = arguments.rows or [row for row in known if not missing_options(known[row], given)]
    if not set(rows) <= set(known):
        raise ConfigError(f'--rows are {rows}; choose of {list(known)}')
    for row in rows:
        for name in missing_options(known[row], given):
            raise ConfigError(f'the row {row} needs --{name}')
    common = tuple(arguments.settings)
    if arguments.data_root:
        common = (f'data_root={arguments.data_root}', *common)
    return [
        Run(
            row=row,
            seed=seed,
            preset=arguments.preset or COMPARISONS[arguments.of].preset,
            settings=(
                *common,
                *(setting.format(**given) for setting in known[row]),
                f'seed={seed}',
            ),
            folder=arguments.runs / f'{row}_{seed}',
        )
        for seed in arguments.seeds
        for row in rows
    ]


def missing_options(settings: Sequence[str], given: Mapping[str, str | None]) -> list[str]:
    """What a row needs and nobody has given."""
    return [
        name
        for name, value in given.items()
        if value is None and any(f'{{{name}}}' in setting for setting in settings)
    ]


def train(runs: Sequence[Run], num_jobs: int) -> int:
    """Trains what is not finished; returns how many trainings failed."""
    for run in runs:
        _ = run.config  # raises now what would stop a training after hours of others
    for run in runs:
        claim_folder(run)
    missing = [run for run in runs if finished_result(run) is None]
    if missing:
        render(missing[0].config)
    with ThreadPoolExecutor(num_jobs) as pool:
        return sum(pool.map(_fails, missing))


def claim_folder(run: Run) -> None:
    """Notes what a folder's training is made of.

    Raises:
        ConfigError: the folder is another training's, or weights are missing.
    """
    weights = run.config.known_checkpoints
    parts = {
        'settings': run.settings,
        'preset': run.preset.read_text().splitlines(),
        # Not the commit: one that changes documents alone voids no training.
        'code_sha256': code_sha256(PACKAGE),
        'weights_sha256': {path: weights_sha256(Path(path)) for path in weights},
    }
    made_of = json.dumps(parts, indent=2)
    path = run.folder / 'made_of.json'
    if path.is_file() and path.read_text() != made_of:
        raise ConfigError(
            f'{run.folder} is of other settings, code or weights; remove it or choose other --runs'
        )
    run.folder.mkdir(parents=True, exist_ok=True)
    path.write_text(made_of)


def code_sha256(package: Path) -> str:
    """Hash of the Python files of a package, with their names."""
    code = hashlib.sha256()
    for path in sorted(package.rglob('*.py')):
        content = path.read_bytes()
        code.update(f'{path.relative_to(package)} {len(content)} '.encode() + content)
    return code.hexdigest()


def weights_sha256(path: Path) -> str:
    """Hash of a checkpoint.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(f'{path} cannot be read ({error.strerror}); correct it') from error


def render(config: RunConfig) -> None:
    """Renders what is rendered, once, before several trainings want it at the same time."""
    for source in (*config.sources, *config.validation):
        if source.render:
            next(rendered_frames(source, Path(config.kept_root)))


def _fails(run: Run) -> bool:
    claim_folder(run)  # again: hours may have passed, and the code changed
    log = run.folder / 'log.txt'
    print(f'{run.folder.name}: training, see {log}', file=sys.stderr)
    with log.open('a') as file:
        done = subprocess.run(run.command, stdout=file, stderr=file, env=os.environ | ONE_CORE)
    if done.returncode:
        print(f'{run.folder.name}: failed, see {log}', file=sys.stderr)
    return done.returncode != 0


def finished_result(run: Run) -> Result | None:
    """What a training came to; None where it has not come to its end."""
    config = run.config
    curves, weights = run.folder / 'curves.jsonl', run.folder / f'{config.name}.safetensors'
    if not curves.is_file() or not weights.is_file():
        return None
    scores = last_scores(curves, config.num_steps)
    checkpoint = load_checkpoint(weights, {**NETWORKS, **REFINERS})
    if not scores or checkpoint.metadata.get('steps') != config.num_steps:
        return None
    folded = fold_batch_norm(checkpoint.network)
    parameters = sum(value.numel() for value in folded.parameters())
    return Result(scores=scores, parameters=parameters)


def last_scores(curves: Path, num_steps: int) -> dict[str, float]:
    """Scores of the last step, none before.

    Raises:
        InputError: the file is damaged.
    """
    scores: dict[str, float] = {}
    try:
        for line in curves.read_text().splitlines():
            record = json.loads(line)
            if record['step'] == num_steps:
                scores |= {name: value for name, value in record.items() if name.endswith(SCORES)}
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f'{curves} is damaged ({error}); remove its folder') from error
    return scores


def summary(runs: Sequence[Run], results: Sequence[Result | None]) -> dict[str, Any]:
    """Rows with the mean and half the range over their seeds, ready for JSON."""
    by_row: dict[str, dict[int, Result]] = {}
    for run, result in zip(runs, results, strict=True):
        if result is not None:
            by_row.setdefault(run.row, {})[run.seed] = result
    first = runs[0]
    return {
        'preset': first.preset.name,
        **{name: vars(first.config)[name] for name in DESCRIBED if hasattr(first.config, name)},
        'rows': {row: row_summary(of_seeds) for row, of_seeds in by_row.items()},
        'machine': describe_machine(),
    }


def row_summary(results: dict[int, Result]) -> dict[str, Any]:
    """What the seeds of one row came to together."""
    one = next(iter(results.values()))
    return {
        'seeds': list(results),
        'scores': {
            name: mean_and_half_range([result.scores[name] for result in results.values()])
            for name in one.scores
        },
        'parameters': one.parameters,
    }


def mean_and_half_range(values: Sequence[float]) -> dict[str, Any]:
    """Of what the seeds came to; the values themselves stay beside."""
    return {
        'mean': round(statistics.mean(values), 4),
        'half_range': round((max(values) - min(values)) / 2, 4),
        'values': [round(value, 4) for value in values],
    }


def markdown_table(rows: dict[str, dict[str, Any]]) -> str:
    """One line a row; scores as mean ± half the range over the seeds."""
    if not rows:
        return 'no training has come to its end'
    names = list(next(iter(rows.values()))['scores'])
    head = ['row', *names, 'seeds', 'parameters']
    lines = [head, ['---'] * len(head)]
    for row, values in rows.items():
        scores = [values['scores'][name] for name in names]
        cells = [f'{score["mean"]:.4f} ± {score["half_range"]:.4f}' for score in scores]
        counts = (len(values['seeds']), values['parameters'])
        lines.append([row, *cells, *map(str, counts)])
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)


if __name__ == '__main__':
    sys.exit(main())
