"""Real-time metric depth from one camera, for ROS 2."""
