#!/usr/bin/env bash
# Sources ROS and this package, then becomes the command, so that it gets the signals.
set -e
source "/opt/ros/$ROS_DISTRO/setup.bash"
source /workspace/install/setup.bash
exec "$@"
