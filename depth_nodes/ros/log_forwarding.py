"""Sends what the ROS-free code logs to the node's logger, and so to /rosout."""

from __future__ import annotations

import logging

from rclpy.impl.rcutils_logger import RcutilsLogger


class LogForwarder(logging.Handler):
    """A handler of the standard library that ends in a ROS logger."""

    def __init__(self, logger: RcutilsLogger) -> None:
        super().__init__()
        self._logger = logger
        self.setFormatter(logging.Formatter('%(message)s'))

    def emit(self, record: logging.LogRecord) -> None:
        """Logs with the severity of the record."""
        text = self.format(record)
        # One line each: rclpy refuses two severities from one line of code.
        if record.levelno >= logging.CRITICAL:
            self._logger.fatal(text)
        elif record.levelno >= logging.ERROR:
            self._logger.error(text)
        elif record.levelno >= logging.WARNING:
            self._logger.warning(text)
        elif record.levelno >= logging.INFO:
            self._logger.info(text)
        else:
            self._logger.debug(text)


def forward_logs(logger: RcutilsLogger) -> LogForwarder:
    """Forwards the logs of this package from now on; undo with `stop_forwarding`."""
    forwarder = LogForwarder(logger)
    package_logger = logging.getLogger('depth_nodes')
    package_logger.addHandler(forwarder)
    # The ROS logger filters by its own level.
    package_logger.setLevel(logging.DEBUG)
    return forwarder


def stop_forwarding(forwarder: LogForwarder) -> None:
    """Undoes `forward_logs`."""
    package_logger = logging.getLogger('depth_nodes')
    package_logger.removeHandler(forwarder)
    package_logger.setLevel(logging.NOTSET)
