"""What a small prior bank costs: SmallDepth with one against SmallDepth, in turns, and its bytes.

    python benchmarks/benchmark_prior_bank.py [--size 192x640] [--threads 1] [--entries 1024]

Both run in ONNX Runtime on the CPU, as deployed, with the weights of --model; those of the bank
are drawn, which changes no time. Exit code 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
import sys
import tempfile
from typing import Any

import numpy as np
import torch

from depth_nodes.cli.image_size import network_size
from depth_nodes.cli.machine import describe_machine
from depth_nodes.cli.stopwatch import summarise, time_in_turns
from depth_nodes.networks.checkpoints import load_checkpoint
from depth_nodes.networks.export import export_onnx
from depth_nodes.networks.prior.bank import PriorBank, save_bank
from depth_nodes.networks.prior.small_prior import prior_config, SmallDepthPrior
from depth_nodes.networks.small_depth import SmallDepth
from depth_nodes.runtime.onnx_session import open_session

ROOT = Path(__file__).resolve().parents[1]
BARS = {'max_times_small_depth': 1.20, 'max_bank_mb': 1.0}
CHANNELS = 64


def main() -> int:
    """Measures, prints and writes the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        '--model', type=Path, default=ROOT / 'models/small_depth.safetensors', metavar='PATH'
    )
    parser.add_argument('--size', type=network_size, default=(192, 640), metavar='HxW')
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--entries', type=int, default=1024)
    parser.add_argument('--calls', type=int, default=400)
    parser.add_argument('--limit-s', type=float, default=120.0, help='then fewer calls do')
    parser.add_argument('--output', type=Path, default=ROOT / 'benchmarks/results/prior_bank.json')
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(arguments, Path(folder))
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(result, indent=2) + '\n')
    print(json.dumps(result, indent=2))
    return 0 if result['is_within_bars'] else 1


def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Times of both networks, and the size of the bank with its fusion."""
    checkpoint = load_checkpoint(arguments.model)
    assert isinstance(checkpoint.network, SmallDepth)
    bank = drawn_bank(arguments.entries)
    fused = SmallDepthPrior(prior_config(checkpoint.network.config, bank))
    fused.load_state_dict(checkpoint.network.state_dict(), strict=False)
    fused.fusion.take_over(bank)
    fused.fusion.gate.data.fill_(0.1)
    save_bank(folder / 'bank.safetensors', bank, dict(fused.fusion.named_parameters()))
    bank_mb = (folder / 'bank.safetensors').stat().st_size / 1e6
    image = np.random.default_rng(0).random((1, 3, *arguments.size), dtype=np.float32)
    calls = {}
    for name, network in {'small_depth': checkpoint.network, 'with_bank': fused.eval()}.items():
        path = folder / f'{name}.onnx'
        export_onnx(network, path, canonical=checkpoint.canonical, metadata={})
        session = open_session(path, arguments.threads)
        calls[name] = lambda session=session: session.run(None, {'image': image})
    times_ms = time_in_turns(calls, arguments.calls, arguments.limit_s)
    ratio = float(np.median(times_ms['with_bank']) / np.median(times_ms['small_depth']))
    fastest = min(times_ms['with_bank']) / min(times_ms['small_depth'])
    return {
        'size': list(arguments.size),
        'threads': arguments.threads,
        'entries': arguments.entries,
        'times': {name: summarise(values) for name, values in times_ms.items()},
        'times_small_depth': round(ratio, 4),
        'times_small_depth_of_fastest': round(fastest, 4),
        'bank_mb': round(bank_mb, 4),
        'bars': BARS,
        'is_within_bars': ratio <= BARS['max_times_small_depth']
        and bank_mb <= BARS['max_bank_mb'],
        'machine': describe_machine(),
    }


def drawn_bank(num_entries: int) -> PriorBank:
    """A bank that says nothing, of the size of one that does."""
    torch.manual_seed(0)
    return PriorBank(
        features=torch.randn(num_entries, CHANNELS),
        log_depth=torch.randn(num_entries),
        log_count=torch.rand(num_entries),
    )


if __name__ == '__main__':
    sys.exit(main())
