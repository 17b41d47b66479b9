"""`run_node` in processes of its own: it installs signal handlers and ends the context."""

import subprocess
import sys
import textwrap

import pytest

HEADER = """
import os, signal, sys
import rclpy
from rclpy.node import Node
from depth_nodes.errors import InputError
from depth_nodes.ros.spin import run_node

class TestNode(Node):
    def __init__(self):
        super().__init__('spun')
        self.create_timer(0.01, self.on_timer)
    def on_timer(self):
        {body}
    def destroy_node(self):
        print('destroyed')
        super().destroy_node()

code = run_node(TestNode)
print('code', code)
"""


def run(body: str) -> subprocess.CompletedProcess[str]:
    code = textwrap.dedent(HEADER).format(body=body)
    return subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize(
    'body',
    [
        'rclpy.try_shutdown()',
        'os.kill(os.getpid(), signal.SIGINT)',
        'os.kill(os.getpid(), signal.SIGTERM)',
        '[os.kill(os.getpid(), signal.SIGINT) for _ in range(2)]',
    ],
)
def test_ends_cleanly(body):
    result = run(body)
    assert result.stdout.splitlines()[-1] == 'code 0'
    assert 'destroyed' in result.stdout
    assert result.stderr == ''


def test_a_user_error_in_a_callback_is_one_line():
    result = run('raise InputError("the bag is damaged")')
    assert result.stdout.splitlines()[-1] == 'code 1'
    (line,) = result.stderr.splitlines()
    assert line.startswith('[FATAL]')
    assert line.endswith('[spun]: the bag is damaged')


def test_an_error_of_ours_keeps_its_traceback():
    result = run('raise KeyError("bug")')
    assert result.returncode == 1
    assert 'Traceback' in result.stderr
    assert 'destroyed' in result.stdout
