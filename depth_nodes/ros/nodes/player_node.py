"""Publishes a sequence folder, a video file or a rosbag2 as a camera would."""

from __future__ import annotations

import sys
import threading
from typing import Any

from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile, ReliabilityPolicy

from depth_nodes.errors import DepthNodesError
from depth_nodes.ros.cdr import stamp_ns_from_cdr
from depth_nodes.ros.frame import Playback
from depth_nodes.ros.log_forwarding import forward_logs, stop_forwarding
from depth_nodes.ros.parameters import declare_parameters
from depth_nodes.ros.playback import open_playback
from depth_nodes.ros.player import Player
from depth_nodes.ros.player_parameters import PlayerParameters
from depth_nodes.ros.spin import run_node
from depth_nodes.ros.topics import CLOCK, transported, TYPES

QUEUE_DEPTH = 5


class PlayerNode(Node):
    """Plays in a thread, and shuts ROS down at the end of the source."""

    def __init__(self, **node_arguments: Any) -> None:
        super().__init__('player_node', **node_arguments)
        parameters = declare_parameters(self, PlayerParameters)
        self._log_forwarder = forward_logs(self.get_logger())
        playback = self._open_playback(parameters)
        reliability = ReliabilityPolicy[parameters.reliability.upper()]
        qos = QoSProfile(depth=QUEUE_DEPTH, reliability=reliability)
        topics = (*playback.topics, CLOCK) if parameters.publish_clock else playback.topics
        publishers: dict[str, Publisher] = {
            topic: self.create_publisher(TYPES[topic], transported(self, topic), qos)
            for topic in topics
        }
        self._player = Player(
            playback,
            publishers,
            parameters,
            self.get_logger(),
            is_published=lambda topic: self.count_publishers(topic) > 0,
        )
        if parameters.mode == 'step':
            topic = parameters.answer_topic
            self.create_subscription(TYPES[topic], topic, self._on_answer, qos, raw=True)
        self._error: BaseException | None = None
        self._finished = self.create_guard_condition(self._finish)
        self._thread = threading.Thread(target=self._run, name='player', daemon=True)
        self._thread.start()

    def destroy_node(self) -> None:
        """Stops playing first."""
        self._player.stop()
        self._thread.join()
        stop_forwarding(self._log_forwarder)
        super().destroy_node()

    def _open_playback(self, parameters: PlayerParameters) -> Playback:
        try:
            return open_playback(parameters.source, parameters.playback)
        except DepthNodesError:
            stop_forwarding(self._log_forwarder)
            raise

    def _on_answer(self, cdr: bytes) -> None:
        self._player.answer(stamp_ns_from_cdr(cdr))

    def _run(self) -> None:
        try:
            self._player.play()
        except BaseException as error:  # raised again by _finish, in the thread that spins
            self._error = error
        self._finished.trigger()

    def _finish(self) -> None:
        if self._error is not None:
            raise self._error
        self.context.try_shutdown()


def main() -> None:
    """Entry point."""
    sys.exit(run_node(PlayerNode))


if __name__ == '__main__':
    main()
