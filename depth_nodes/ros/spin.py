"""Runs one node in a process of its own, from start to a clean end."""

from __future__ import annotations

from collections.abc import Callable
import math
import os
import signal
import sys
import threading
from types import FrameType

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node

from depth_nodes.errors import DepthNodesError
from depth_nodes.ros.malloc import keep_large_blocks

# A thread that computes in Python keeps the interpreter for this long before another may run.
# The default of 5 ms doubles the time of inference beside a busy thread.
SWITCH_INTERVAL_S = 0.0005
# Supervisors kill what has not ended some seconds after their signal.
EXIT_TIMEOUT_S = 1.5
SIGNALS = (signal.SIGINT, signal.SIGTERM)
AGAIN_S = 0.2  # until an interruption that has ended nothing is tried again


class _AskedToEndError(BaseException):
    """Raised by a signal.

    Not a KeyboardInterrupt: one that passes through an `exec` makes Python end with code -2, even
    where it is caught, and libraries that are being imported use `exec`.
    """


class _FirstSignal:
    """A handler of SIGINT and SIGTERM that interrupts once, and of the alarms that it sets.

    Ctrl-C under `ros2 launch` arrives twice, from the terminal and from launch, and SIGTERM may
    follow. What comes later must not break into the clean-up that the first one started.

    Attributes:
        has_come: whether there was one.
    """

    def __init__(self) -> None:
        self.has_come = False
        self._is_armed = True

    def __call__(self, signal_number: int, frame: FrameType | None) -> None:
        is_first, self.has_come = not self.has_come, True
        if self._is_armed and (is_first or signal_number == signal.SIGALRM):
            # Python drops what is raised in a destructor, and a library that is being imported
            # makes what it likes of it.
            signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
            raise _AskedToEndError

    def disarm(self) -> None:
        """None interrupts any more."""
        self._is_armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)

    def on_unraisable(self, dropped: sys.UnraisableHookArgs) -> None:
        """Of `sys`: says nothing of an interruption that Python has dropped."""
        if dropped.exc_type is not _AskedToEndError:
            sys.__unraisablehook__(dropped)


_on_signal = _FirstSignal()


def is_asked_to_end() -> bool:
    """Whether a signal has come: what fails from then on may have failed because of it.

    A library whose import is interrupted makes an error of its own of it. ROS shuts down in a
    thread of its own, and may know before or after.
    """
    return _on_signal.has_come


def run_node(
    make_node: Callable[[], Node],
    args: list[str] | None = None,
    *,
    exit_timeout_s: float = math.inf,
) -> int:
    """Makes a node, spins it until Ctrl-C, SIGTERM or `rclpy.try_shutdown()`, and destroys it.

    A DepthNodesError, from the constructor or from a callback, ends the process with one line.
    Once in a process, whose signal handlers it keeps.

    Args:
        make_node: called after `rclpy.init`.
        args: command line with `--ros-args ...`; that of the process by default.
        exit_timeout_s: how long to wait, once asked to end, for work that cannot be interrupted;
            for nodes that have nothing to save.

    Returns:
        The exit code: 0, or 1 after an error.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    keep_large_blocks()
    sys.unraisablehook = _on_signal.on_unraisable
    for number in (*SIGNALS, signal.SIGALRM):
        signal.signal(number, _on_signal)  # before rclpy.init, whose handlers call this one
    node: Node | None = None
    try:
        try:
            _init(args)
            executor = SingleThreadedExecutor()
            node = make_node()
            executor.add_node(node)
            executor.spin()
        finally:
            _on_signal.disarm()
    except (_AskedToEndError, ExternalShutdownException):
        _on_signal.disarm()  # the signal may have come before the line above was done
        if math.isfinite(exit_timeout_s):
            _exit_after(exit_timeout_s)
    except DepthNodesError as error:
        logger = node.get_logger() if node else rclpy.logging.get_logger('depth_nodes')
        logger.fatal(str(error))
        return 1
    except (Exception, SystemExit):
        if rclpy.ok() and not is_asked_to_end():
            raise
    finally:
        if node is not None:
            node.destroy_node()
        rclpy.try_shutdown()
        for number in SIGNALS:  # Python ends with the default handlers else: exit code -2 or -15
            signal.signal(number, signal.SIG_IGN)
    return 0


def _exit_after(timeout_s: float) -> None:
    """Ends the process then, whatever its threads do: the build of an engine takes minutes."""

    def end() -> None:
        sys.stderr.write(f'ended in the middle of work that took {timeout_s:g} s more\n')
        os._exit(0)

    timer = threading.Timer(timeout_s, end)
    timer.daemon = True
    timer.start()


def _init(args: list[str] | None) -> None:
    try:
        rclpy.init(args=args)
    # rclpy raises bare RuntimeErrors of its C++ part for an unreadable parameter file.
    except RuntimeError as error:
        reason = ' '.join(str(error).split())
        raise DepthNodesError(f'ROS arguments cannot be used: {reason}') from error
