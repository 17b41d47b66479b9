"""Makes the banks that the rows of `ablation.py --of rprdepth` look up.

    python benchmarks/ablation_banks.py --teacher FILE --output DIR
    python benchmarks/ablation_banks.py --teacher FILE --output DIR --student FILE

The first makes `candidates` and, of entries drawn from them at random, `random_25k`, `random_4k`
and `random_1k`: the entries themselves, and prototypes of them. The second, with the network of
the row `fusion` as the student, makes `selected_25k`, `selected_4k` and `selected_1k` of those
that it attends to most. What is there already is not made again, and refused where teacher or
student have changed since.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
import logging
from pathlib import Path
import sys

from ablation import weights_sha256
from ablation_rows import ROOT

from depth_nodes.config_loader import load_config
from depth_nodes.errors import ConfigError, DepthNodesError
from depth_nodes.networks.prior.bank import load_bank, save_bank
from depth_nodes.training.prior.bank_config import PriorBankConfig
from depth_nodes.training.prior.build import build_bank

NUM_SELECTED = 25_000
NUM_PROTOTYPES = {'4k': 4096, '1k': 1024}


def main() -> int:
    """Makes what is missing."""
    arguments = parse_arguments()
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    try:
        settings = [*arguments.settings, f'teacher={arguments.teacher}']
        config = load_config(PriorBankConfig, arguments.config, settings)
        make_banks(arguments.output, config, arguments.student)
    except DepthNodesError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--teacher', required=True, help='checkpoint of what the banks know')
    parser.add_argument('--output', type=Path, required=True, help='folder of the banks')
    parser.add_argument('--student', default='', help='checkpoint whose attention selects')
    parser.add_argument('--set', dest='settings', action='append', default=[], metavar='KEY=VALUE')
    parser.add_argument(
        '--config', type=Path, default=ROOT / 'config' / 'prior_bank' / 'ablation.yaml'
    )
    return parser.parse_args()


def make_banks(folder: Path, config: PriorBankConfig, student: str = '') -> None:
    """Candidates, those of them that are selected, and prototypes of these.

    Raises:
        CheckpointError: a file is damaged.
        ConfigError: a bank is of another teacher or student.
        InputError: frames are missing.
    """
    kind = 'selected' if student else 'random'
    candidates, selected = folder / 'candidates.safetensors', folder / f'{kind}_25k.safetensors'
    folder.mkdir(parents=True, exist_ok=True)
    make_bank(candidates, config)
    chosen = replace(config, candidates=str(candidates), num_selected=NUM_SELECTED)
    make_bank(selected, replace(chosen, student=student))
    for size, number in NUM_PROTOTYPES.items():
        clustered = replace(config, candidates=str(selected), num_prototypes=number)
        make_bank(folder / f'{kind}_{size}.safetensors', clustered, student)


def make_bank(path: Path, config: PriorBankConfig, student: str = '') -> None:
    """One bank, unless it is there.

    Args:
        path: of its file.
        config: what it is made of.
        student: whose choice it holds, where that is not of the `config`.
    """
    made_of = {'teacher_sha256': config.teacher, 'student_sha256': config.student or student}
    if not path.is_file():
        logging.info('%s', path)
        save_bank(path, build_bank(config))
    provenance = load_bank(path).provenance
    for fact, source in made_of.items():
        if provenance.get(fact, '') != (weights_sha256(Path(source)) if source else ''):
            raise ConfigError(f'{path} is not of {source}; remove it or choose another --output')


if __name__ == '__main__':
    sys.exit(main())
