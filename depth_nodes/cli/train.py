"""Trains a network from a preset; resumes where the output folder holds an unfinished run.

On several processes: `torchrun --nproc-per-node N -m depth_nodes train ...`.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from depth_nodes.cli.config_options import add_set_argument
from depth_nodes.cli.train_extra import needs_train_extra


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument('--config', type=Path, required=True, help='YAML file, config/training/*')
    add_set_argument(parser, 'optimizer.learning_rate=3e-4')
    parser.add_argument(
        '--budget-minutes',
        type=float,
        default=0.0,
        help='fit the schedule to this much training time instead of num_steps',
    )
    parser.add_argument('--output', type=Path, required=True, help='folder of the run')


def run(arguments: argparse.Namespace) -> int:
    """Loads the sources, trains, and names the weights that came out.

    Raises:
        ConfigError: a setting is unknown or out of range.
        BackendError: torch is not installed.
        InputError, CheckpointError: frames, weights or a state cannot be used.
    """
    with needs_train_extra('training'):
        from depth_nodes.training.kind import load_frames, load_training_config
        from depth_nodes.training.process_group import joined_process_group
        from depth_nodes.training.trainer import Trainer, TrainingRun

    config = load_training_config(arguments.config, arguments.overrides)
    training_run = TrainingRun(output=arguments.output, budget_minutes=arguments.budget_minutes)
    # Before the frames are loaded, rendered or labelled, which takes a while.
    arguments.output.mkdir(parents=True, exist_ok=True)
    with joined_process_group(config.device) as group:
        if not group.is_first:
            logging.getLogger('depth_nodes').setLevel(logging.WARNING)
        # What is rendered by the first process is read by the others.
        with group.first_goes_ahead():
            sources, validation = load_frames(config)
        weights = Trainer(config, sources, validation, training_run, group).train()
        if group.is_first:
            print(f'weights: {weights}')
    return 0
