"""A player_node that runs as in a process of its own."""

import threading
from typing import Any

import rclpy
from rclpy.context import Context
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.parameter import Parameter

from depth_nodes.ros.nodes.player_node import PlayerNode


class PlayerRun:
    """A player that plays in a ROS context of its own, as its process would have."""

    def __init__(self, **parameters: Any) -> None:
        self.error: BaseException | None = None
        self._context = Context()
        rclpy.init(context=self._context)
        overrides = [Parameter(name, value=value) for name, value in parameters.items()]
        self._node = PlayerNode(context=self._context, parameter_overrides=overrides)
        self._thread = threading.Thread(target=self._spin)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        return not self._thread.is_alive()

    def stop(self) -> None:
        self._context.try_shutdown()
        self._thread.join(10.0)
        assert self.is_over

    def _spin(self) -> None:
        executor = SingleThreadedExecutor(context=self._context)
        executor.add_node(self._node)
        try:
            executor.spin()
        except ExternalShutdownException:
            pass
        except BaseException as error:
            self.error = error
        finally:
            self._node.destroy_node()
            self._context.try_shutdown()
