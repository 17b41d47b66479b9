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


def run_code(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, '-c', code]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)


def run(body: str) -> subprocess.CompletedProcess[str]:
    return run_code(textwrap.dedent(HEADER).format(body=body))


@pytest.mark.parametrize(
    'body',
    [
        'rclpy.try_shutdown()',
        'os.kill(os.getpid(), signal.SIGINT)',
        'os.kill(os.getpid(), signal.SIGTERM)',
        '[os.kill(os.getpid(), signal.SIGINT) for _ in range(2)]',
        '[os.kill(os.getpid(), one) for one in (signal.SIGINT, signal.SIGTERM)]',
        'exec("os.kill(os.getpid(), signal.SIGINT)")',
    ],
)
def test_ends_cleanly(body):
    result = run(body)
    assert result.stdout.splitlines()[-1] == 'code 0'
    assert 'destroyed' in result.stdout
    assert (result.returncode, result.stderr) == (0, '')


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


@pytest.mark.parametrize('number', ['SIGINT', 'SIGTERM'])
def test_signals_after_the_end_change_nothing(number):
    """As Python itself ends, when its own handlers are gone."""
    late = (
        'import os, signal\n'
        'class Late:\n'
        f'    def __del__(self, kill=os.kill, pid=os.getpid(), number=signal.{number}):\n'
        '        kill(pid, number)\n'
        'late = Late()\n'
    )
    code = late + textwrap.dedent(HEADER).format(body='os.kill(os.getpid(), signal.SIGINT)')
    result = run_code(code)
    assert (result.returncode, result.stderr) == (0, '')


def test_an_interrupt_that_python_swallows_ends_the_node():
    """What the garbage collector calls cannot raise."""
    result = run(
        'type("Swallows", (), {"__del__": lambda self: os.kill(os.getpid(), signal.SIGINT)})()'
    )
    assert result.stdout.splitlines()[-1] == 'code 0'
    assert 'destroyed' in result.stdout
    assert result.stderr == ''


def test_one_that_is_swallowed_while_a_node_is_made_does_not_wait_for_the_node():
    code = """
        import os, signal, time
        from depth_nodes.ros.spin import run_node

        class Swallows:
            def __del__(self):
                os.kill(os.getpid(), signal.SIGINT)

        def make_node():
            Swallows()
            time.sleep(100)

        raise SystemExit(run_node(make_node))
    """
    result = run_code(textwrap.dedent(code))
    assert (result.returncode, result.stderr) == (0, '')


def test_work_that_does_not_end_is_left_behind():
    code = textwrap.dedent(HEADER).format(body='os.kill(os.getpid(), signal.SIGTERM)')
    code = code.replace("print('destroyed')", 'import time; time.sleep(20)')
    code = code.replace('run_node(TestNode)', 'run_node(TestNode, exit_timeout_s=0.2)')
    result = run_code(code)
    assert result.returncode == 0
    assert result.stderr == 'ended in the middle of work that took 0.2 s more\n'


def test_an_interrupt_that_a_library_makes_an_error_of_its_own_is_no_failure():
    """As compiled modules do while they are imported."""
    code = """
        import os, signal, sys
        from depth_nodes.errors import BackendError
        from depth_nodes.ros.nodes.depth_node import DepthNode
        from depth_nodes.ros.spin import run_node

        class Interrupted(DepthNode):
            def make_pipeline(self):
                try:
                    os.kill(os.getpid(), signal.SIGINT)
                except BaseException as error:
                    raise BackendError('initialization failed') from error

        def make_node():
            node = Interrupted()
            node.start()
            return node

        sys.exit(run_node(make_node))
    """
    result = run_code(textwrap.dedent(code))
    assert result.returncode == 0
    assert '[ERROR]' not in result.stderr
