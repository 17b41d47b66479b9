"""Make a prior bank: what a teacher knew of many frames, for a network to look up.

Of a network that learnt with one while it was frozen, the bank with the fusion becomes a file that
goes with the network as it was.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from depth_nodes.cli.config_options import add_set_argument
from depth_nodes.cli.output_file import output_file
from depth_nodes.cli.train_extra import needs_train_extra


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    made_of = parser.add_mutually_exclusive_group(required=True)
    made_of.add_argument('--config', type=Path, help='YAML file, config/prior_bank/*')
    made_of.add_argument(
        '--trained',
        type=Path,
        metavar='FILE',
        help='weights of a training with prior.is_network_frozen: their bank with its fusion',
    )
    add_set_argument(parser, 'num_prototypes=512')
    parser.add_argument('--output', type=output_file, required=True, metavar='FILE')


def run(arguments: argparse.Namespace) -> int:
    """Builds one bank.

    Raises:
        ConfigError: a setting is unknown or out of range, or parts do not belong together.
        BackendError: torch is not installed.
        InputError, CheckpointError: frames or weights cannot be used.
    """
    with needs_train_extra('making a prior bank'):
        from depth_nodes.config_loader import load_config
        from depth_nodes.networks.prior.bank import save_bank
        from depth_nodes.training.prior.bank_config import PriorBankConfig
        from depth_nodes.training.prior.build import build_bank
        from depth_nodes.training.prior.trained_bank import trained_bank

    if arguments.trained is not None:
        bank, fusion = trained_bank(arguments.trained)
    else:
        config = load_config(PriorBankConfig, arguments.config, arguments.overrides)
        bank, fusion = build_bank(config), {}
    save_bank(arguments.output, bank, fusion)
    num_entries, channels = bank.features.shape
    size_mb = arguments.output.stat().st_size / 1e6
    print(f'{arguments.output}: {num_entries} entries of {channels} channels, {size_mb:.2f} MB')
    return 0
