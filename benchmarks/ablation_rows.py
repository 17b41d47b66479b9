"""What `ablation.py` compares with what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PRESETS, RESULTS = ROOT / 'config' / 'training', ROOT / 'benchmarks' / 'results'
ETM = 'etm.branches=[identity, row, column, dropped]'
PYRAMID = 'pyramid.levels=[lr, hr, flip, color]'
GUIDED = 'prior.guided.teacher={teacher}'


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What is compared with what.

    Attributes:
        preset: the schedule.
        output: where the results go.
        rows: what each row sets, beside what is the same in all of them. `{teacher}` and
            `{banks}` stand for what is given on the command line.
    """

    preset: Path
    output: Path
    rows: dict[str, tuple[str, ...]]


def with_bank(name: str) -> tuple[str, ...]:
    """A network that looks up the bank of this name."""
    return ('architecture=small_depth_prior', f'prior.bank={{banks}}/{name}.safetensors')


COMPARISONS = {
    'fa_depth': Comparison(
        preset=PRESETS / 'ablation.yaml',
        output=RESULTS / 'ablation.json',
        rows={
            'base': (),
            'etm': (ETM,),
            **{level: (f'pyramid.levels=[{level}]',) for level in ('lr', 'hr', 'flip', 'color')},
            'pyramid': (PYRAMID,),
            'apx': ('approximation.teacher={teacher}',),
        },
    ),
    'patch_refiner_v2': Comparison(
        preset=PRESETS / 'patch_refiner_v2_ablation.yaml',
        output=RESULTS / 'refiner_ablation.json',
        rows={
            'base': (),
            'no_coarse_to_fine': ('network.use_coarse_to_fine=false',),
            'no_gates': ('network.use_gates=false',),
            'no_noisy_pretraining': ('noisy_pretraining=0.0',),
        },
    ),
    'rprdepth': Comparison(
        preset=PRESETS / 'prior_ablation.yaml',
        output=RESULTS / 'prior_ablation.json',
        rows={
            'base': (),
            'fusion': with_bank('random_1k'),
            'selection': with_bank('selected_1k'),
            'guided': (GUIDED,),
            'all': (*with_bank('selected_1k'), GUIDED),
            'bank_4k': with_bank('selected_4k'),
            'bank_25k': with_bank('selected_25k'),
        },
    ),
}
