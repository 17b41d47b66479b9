"""Runs one node in a process of its own, from start to a clean end."""

from __future__ import annotations

from collections.abc import Callable
import signal
import sys
from types import FrameType

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node

from depth_nodes.errors import DepthNodesError
from depth_nodes.ros.malloc import keep_large_blocks

# A thread that computes in Python keeps the interpreter for this long before another may run.
# The default of 5 ms doubles the time of inference beside a busy thread.
SWITCH_INTERVAL_S = 0.0005


class _FirstInterrupt:
    """A SIGINT handler that interrupts once.

    Ctrl-C under `ros2 launch` arrives twice: from the terminal and from launch. The second one
    would otherwise break into the clean-up that the first one started.
    """

    def __init__(self) -> None:
        self.is_armed = True

    def __call__(self, signal_number: int, frame: FrameType | None) -> None:
        if self.is_armed:
            self.is_armed = False
            raise KeyboardInterrupt


def run_node(make_node: Callable[[], Node], args: list[str] | None = None) -> int:
    """Makes a node, spins it until Ctrl-C, SIGTERM or `rclpy.try_shutdown()`, and destroys it.

    A DepthNodesError, from the constructor or from a callback, ends the process with one line.

    Args:
        make_node: called after `rclpy.init`.
        args: command line with `--ros-args ...`; that of the process by default.

    Returns:
        The exit code: 0, or 1 after an error.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    keep_large_blocks()
    on_interrupt = _FirstInterrupt()
    signal.signal(signal.SIGINT, on_interrupt)  # before rclpy.init, whose handler calls this one
    node: Node | None = None
    try:
        _init(args)
        executor = SingleThreadedExecutor()
        node = make_node()
        executor.add_node(node)
        executor.spin()
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    except DepthNodesError as error:
        logger = node.get_logger() if node else rclpy.logging.get_logger('depth_nodes')
        logger.fatal(str(error))
        return 1
    except (Exception, SystemExit):
        # After a SIGTERM in the middle of the start every call to ROS fails, rightly.
        if rclpy.ok():
            raise
    finally:
        on_interrupt.is_armed = False
        if node is not None:
            node.destroy_node()
        rclpy.try_shutdown()
    return 0


def _init(args: list[str] | None) -> None:
    try:
        rclpy.init(args=args)
    # rclpy raises bare RuntimeErrors of its C++ part for an unreadable parameter file.
    except RuntimeError as error:
        reason = ' '.join(str(error).split())
        raise DepthNodesError(f'ROS arguments cannot be used: {reason}') from error
