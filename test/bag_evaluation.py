"""`depth_nodes evaluate` on recordings, and what a test changes in them."""

import json
from pathlib import Path

import numpy as np
from robot_bag import Event

from depth_nodes.cli.main import main

NUM_FRAMES = 12


def evaluate(tmp_path: Path, *arguments: str | Path) -> tuple[int, dict | None]:
    """The exit code and what was written."""
    output = tmp_path / 'run.json'
    code = main(['evaluate', *map(str, arguments), '--output', str(output)])
    return code, json.loads(output.read_text()) if output.exists() else None


def error_line(capsys) -> str:
    (line,) = [line for line in capsys.readouterr().err.splitlines() if 'error: ' in line]
    assert line.startswith('depth_nodes: error: ')
    return line


def changed(events: list[Event], topic: str, change) -> list[Event]:
    """The events with `change(message, number of the message)` in place of a topic's messages."""
    numbers = iter(range(len(events)))
    return [
        event._replace(message=change(event.message, next(numbers)))
        if event.topic == topic
        else event
        for event in events
    ]


def stamp_ns(message) -> int:
    return message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec


def depth_of(message) -> np.ndarray:
    return message.data.view(np.float32).reshape(message.height, message.width)
