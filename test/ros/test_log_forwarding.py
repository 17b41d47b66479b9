import logging

import pytest
from rclpy.logging import get_logger, LoggingSeverity

from depth_nodes.ros.log_forwarding import forward_logs, stop_forwarding


@pytest.fixture
def ros_logger():
    logger = get_logger('forwarded')
    logger.set_level(LoggingSeverity.DEBUG)
    forwarder = forward_logs(logger)
    yield logger
    stop_forwarding(forwarder)


@pytest.mark.parametrize(
    ('level', 'severity'),
    [
        (logging.DEBUG, 'DEBUG'),
        (logging.INFO, 'INFO'),
        (logging.WARNING, 'WARN'),
        (logging.ERROR, 'ERROR'),
        (logging.CRITICAL, 'FATAL'),
    ],
)
def test_severities(ros_logger, capfd, level, severity):
    logging.getLogger('depth_nodes.runtime').log(level, 'loads %s', 'a model')
    captured = capfd.readouterr()
    log = captured.out + captured.err
    assert f'[{severity}]' in log
    assert '[forwarded]: loads a model' in log


def test_nothing_arrives_after_the_end(capfd):
    stop_forwarding(forward_logs(get_logger('ended')))
    logging.getLogger('depth_nodes.runtime').warning('late')
    captured = capfd.readouterr()
    assert '[ended]' not in captured.out + captured.err


def test_logs_of_other_packages_stay_where_they_are(ros_logger, capfd):
    logging.getLogger('elsewhere').error('not ours')
    assert '[forwarded]' not in capfd.readouterr().err
