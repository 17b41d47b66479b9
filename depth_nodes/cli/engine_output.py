"""Engines that a command writes beside those that are kept for the nodes."""

from __future__ import annotations

from pathlib import Path

from depth_nodes.runtime.engine_file import write_whole


def write_engine_file(output: Path, plan: bytes, kept: Path) -> None:
    """Writes an engine, whole or not at all, and says where nodes and commands find it.

    Args:
        output: the file.
        plan: the engine.
        kept: where the cache has it, if it could be kept.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    write_whole(output, plan)
    if kept.is_file():
        print(f'{kept}: the same, for the nodes of this user')
